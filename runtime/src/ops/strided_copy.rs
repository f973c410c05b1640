//! Copies between contiguous and strided layouts: permutations, slices, flips, broadcasts and the gradient of slices.

use crate::element::{Element, Movable, as_bits, as_bits_mut};
use crate::isa::{Isa, Loop, dispatch};
use crate::parallel::{for_each_piece, num_parts};

/// Most dimensions of a copy.
pub const MAX_RANK: usize = 8;

/// `output[index] = input[offset + sum over d of index[d] * strides[d]]`.
///
/// # Shapes
/// - `output`: `sizes`, contiguous; overwritten
/// - `input`: any that holds all elements addressed; `strides` and `offset` count elements, a stride of 0 repeats, a
///   negative one runs backwards
///
/// # Panics
/// When there are more than [`MAX_RANK`] dimensions, `sizes` and `strides` differ in number, the product of `sizes`
/// is not the length of `output`, or an address lies outside `input`.
pub fn strided_copy<T: Element>(
    output: &mut [T],
    input: &[T],
    sizes: &[usize],
    strides: &[isize],
    offset: usize,
) {
    copy_bits(as_bits_mut(output), as_bits(input), sizes, strides, offset);
}

/// [`strided_copy`] for the elements of one size.
fn copy_bits<T: Movable>(output: &mut [T], input: &[T], sizes: &[usize], strides: &[isize], offset: usize) {
    let Some(dims) = Dims::new(sizes, strides, offset, output.len(), input.len()) else { return };
    let Some((rows, stride)) = dims.first() else {
        output[0] = input[offset];
        return;
    };
    let row = output.len() / rows;
    let parts = num_parts(rows, output.len());
    for_each_piece(output, row, rows, parts, &|part, output| {
        let dims = dims.with_rows(output.len() / row);
        let start = offset.wrapping_add_signed((rows * part / parts) as isize * stride);
        dispatch(Gather { output, input, start, dims });
    });
}

/// `output[offset + sum over d of index[d] * strides[d]] = input[index]`, and 0 where nothing is addressed: the
/// gradient of a slice. Where indices share an address, the last of them in row-major order wins.
///
/// # Shapes
/// - `output`: any that holds all elements addressed; overwritten
/// - `input`: `sizes`, contiguous
///
/// # Panics
/// As [`strided_copy`], with the roles of `output` and `input` exchanged, and when a stride is negative.
pub fn strided_scatter<T: Element>(
    output: &mut [T],
    input: &[T],
    sizes: &[usize],
    strides: &[isize],
    offset: usize,
) {
    scatter_bits(as_bits_mut(output), as_bits(input), sizes, strides, offset);
}

/// [`strided_scatter`] for the elements of one size.
fn scatter_bits<T: Movable>(
    output: &mut [T],
    input: &[T],
    sizes: &[usize],
    strides: &[isize],
    offset: usize,
) {
    assert!(strides.iter().all(|&stride| stride >= 0), "strides {strides:?} of a scatter run backwards");
    let dims = Dims::new(sizes, strides, offset, input.len(), output.len());
    let len = output.len();
    for_each_piece(output, 1, len, num_parts(len, len), &|_, output| output.fill(T::default()));
    let Some(dims) = dims else { return };
    let output = &mut output[offset..];
    let Some((rows, stride)) = dims.first() else {
        output[0] = input[0];
        return;
    };
    let (row, stride) = (input.len() / rows, stride as usize);
    if stride < dims.row_span() {
        // Rows interleave, so they cannot be handed to several threads.
        return dispatch(Scatter { output, input, dims });
    }
    // The last row may end before the next one would start.
    let (first_rows, last_row) = output.split_at_mut((rows - 1) * stride);
    let parts = num_parts(rows - 1, input.len());
    for_each_piece(first_rows, stride, rows - 1, parts, &|part, output| {
        let dims = dims.with_rows(output.len() / stride);
        let input = &input[(rows - 1) * part / parts * row..][..output.len() / stride * row];
        dispatch(Scatter { output, input, dims });
    });
    dispatch(Scatter { output: last_row, input: &input[(rows - 1) * row..], dims: dims.with_rows(1) });
}

/// Sizes and strides without dimensions of size 1, neighbours merged where they form one dimension in memory.
#[derive(Clone, Copy)]
struct Dims {
    rank: usize,
    sizes: [usize; MAX_RANK],
    strides: [isize; MAX_RANK],
}

impl Dims {
    /// Checks and simplifies; `None` if there are no elements.
    fn new(
        sizes: &[usize],
        strides: &[isize],
        offset: usize,
        len: usize,
        strided_len: usize,
    ) -> Option<Dims> {
        assert_eq!(sizes.len(), strides.len(), "number of dimensions of a strided copy");
        assert!(sizes.len() <= MAX_RANK, "a strided copy of more than {MAX_RANK} dimensions");
        assert_eq!(sizes.iter().product::<usize>(), len, "elements of a strided copy");
        if len == 0 {
            return None;
        }
        let reach = |backwards: bool| {
            let dims = sizes.iter().zip(strides).filter(|&(_, &stride)| (stride < 0) == backwards);
            dims.map(|(&size, &stride)| (size - 1) as isize * stride).sum::<isize>()
        };
        let (first, last) = (offset as isize + reach(true), offset as isize + reach(false));
        assert!(first >= 0, "a strided copy addresses element {first} of {strided_len}");
        assert!((last as usize) < strided_len, "a strided copy addresses element {last} of {strided_len}");
        let mut dims = Dims { rank: 0, sizes: [1; MAX_RANK], strides: [0; MAX_RANK] };
        for (&size, &stride) in sizes.iter().zip(strides).filter(|&(&size, _)| size != 1) {
            if dims.rank > 0 && dims.strides[dims.rank - 1] == size as isize * stride {
                dims.sizes[dims.rank - 1] *= size;
                dims.strides[dims.rank - 1] = stride;
            } else {
                dims.sizes[dims.rank] = size;
                dims.strides[dims.rank] = stride;
                dims.rank += 1;
            }
        }
        Some(dims)
    }

    /// Size and stride of the first dimension; `None` for a single element.
    fn first(&self) -> Option<(usize, isize)> {
        (self.rank > 0).then_some((self.sizes[0], self.strides[0]))
    }

    /// The same with another number of rows.
    fn with_rows(mut self, rows: usize) -> Dims {
        self.sizes[0] = rows;
        self
    }

    /// Elements from the first to the last address of a row; strides are not negative.
    fn row_span(&self) -> usize {
        (1..self.rank).map(|d| (self.sizes[d] - 1) * self.strides[d] as usize).sum::<usize>() + 1
    }

    /// The dimension other than the last along which addresses are neighbours, where the last one's are not.
    fn transposed(&self) -> Option<usize> {
        let last = self.rank - 1;
        if self.strides[last] <= 1 { None } else { (0..last).find(|&d| self.strides[d] == 1) }
    }
}

/// Walks the addresses of all indices of some dimensions in row-major order, in two layouts at once.
struct Odometer {
    rank: usize,
    sizes: [usize; MAX_RANK],
    steps: [[isize; 2]; MAX_RANK],
    index: [usize; MAX_RANK],
    addresses: [isize; 2],
}

impl Odometer {
    fn new(dims: impl Iterator<Item = (usize, [isize; 2])>) -> Odometer {
        let mut odometer = Odometer {
            rank: 0,
            sizes: [1; MAX_RANK],
            steps: [[0; 2]; MAX_RANK],
            index: [0; MAX_RANK],
            addresses: [0; 2],
        };
        for (size, steps) in dims {
            odometer.sizes[odometer.rank] = size;
            odometer.steps[odometer.rank] = steps;
            odometer.rank += 1;
        }
        odometer
    }

    /// Moves to the next index; false after the last.
    #[inline(always)]
    fn advance(&mut self) -> bool {
        for d in (0..self.rank).rev() {
            self.index[d] += 1;
            self.addresses[0] += self.steps[d][0];
            self.addresses[1] += self.steps[d][1];
            if self.index[d] < self.sizes[d] {
                return true;
            }
            self.index[d] = 0;
            self.addresses[0] -= self.steps[d][0] * self.sizes[d] as isize;
            self.addresses[1] -= self.steps[d][1] * self.sizes[d] as isize;
        }
        false
    }
}

struct Gather<'a, T> {
    output: &'a mut [T],
    input: &'a [T],
    /// Address of the first element.
    start: usize,
    dims: Dims,
}

impl<T: Movable> Loop for Gather<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        match self.dims.transposed() {
            Some(transposed) => gather_transposed(self, transposed),
            None => gather_rows(self),
        }
    }
}

#[inline(always)]
fn gather_rows<T: Movable>(Gather { output, input, start, dims }: Gather<'_, T>) {
    let last = dims.rank - 1;
    let (len, stride) = (dims.sizes[last], dims.strides[last]);
    let span = (len - 1) * stride.unsigned_abs();
    let mut odometer = Odometer::new((0..last).map(|d| (dims.sizes[d], [dims.strides[d], 0])));
    for output in output.chunks_exact_mut(len) {
        let first = start.wrapping_add_signed(odometer.addresses[0]);
        let lowest = if stride < 0 { first - span } else { first };
        let input = &input[lowest..][..span + 1];
        match stride {
            0 => output.fill(input[0]),
            1 => output.copy_from_slice(input),
            -1 => {
                for (out, &x) in output.iter_mut().zip(input.iter().rev()) {
                    *out = x;
                }
            }
            _ if stride < 0 => {
                for (out, &x) in output.iter_mut().zip(input.iter().rev().step_by(stride.unsigned_abs())) {
                    *out = x;
                }
            }
            _ => {
                for (out, &x) in output.iter_mut().zip(input.iter().step_by(stride as usize)) {
                    *out = x;
                }
            }
        }
        odometer.advance();
    }
}

/// Side of a block of a transposition: a cache line of `f32`s, so that each line is read and written once.
pub(crate) const TILE: usize = 16;

/// Copies by blocks in which both reads and writes are contiguous.
#[inline(always)]
fn gather_transposed<T: Movable>(Gather { output, input, start, dims }: Gather<'_, T>, transposed: usize) {
    let last = dims.rank - 1;
    let output_stride = |d: usize| dims.sizes[d + 1..].iter().product::<usize>();
    let others = (0..last).filter(|&d| d != transposed);
    let mut odometer =
        Odometer::new(others.map(|d| (dims.sizes[d], [dims.strides[d], output_stride(d) as isize])));
    let (height, width) = (dims.sizes[transposed], dims.sizes[last]);
    let (output_row, input_row) = (output_stride(transposed), dims.strides[last] as usize);
    loop {
        let [input_start, output_start] = odometer.addresses;
        let input = &input[start.wrapping_add_signed(input_start)..];
        let output = &mut output[output_start as usize..];
        transpose_block(output, input, [height, width], output_row, input_row);
        if !odometer.advance() {
            return;
        }
    }
}

/// `output[i * output_row + j] = input[j * input_row + i]` for `i` below the height and `j` below the width.
#[inline(always)]
pub(crate) fn transpose_block<T: Movable>(
    output: &mut [T],
    input: &[T],
    [height, width]: [usize; 2],
    output_row: usize,
    input_row: usize,
) {
    for y in (0..height).step_by(TILE) {
        for x in (0..width).step_by(TILE) {
            let (tile_height, tile_width) = (TILE.min(height - y), TILE.min(width - x));
            let output = &mut output[y * output_row + x..];
            let input = &input[x * input_row + y..];
            if tile_height == TILE && tile_width == TILE {
                transpose_tile(output, input, output_row, input_row);
            } else {
                for i in 0..tile_height {
                    for j in 0..tile_width {
                        output[i * output_row + j] = input[j * input_row + i];
                    }
                }
            }
        }
    }
}

/// `output[i * output_row + j] = input[j * input_row + i]` for a full tile.
#[inline(always)]
fn transpose_tile<T: Movable>(output: &mut [T], input: &[T], output_row: usize, input_row: usize) {
    let mut tile = [[T::default(); TILE]; TILE];
    for (j, row) in tile.iter_mut().enumerate() {
        row.copy_from_slice(&input[j * input_row..][..TILE]);
    }
    for i in 0..TILE {
        let output = &mut output[i * output_row..][..TILE];
        for j in 0..TILE {
            output[j] = tile[j][i];
        }
    }
}

struct Scatter<'a, T> {
    output: &'a mut [T],
    input: &'a [T],
    dims: Dims,
}

impl<T: Movable> Loop for Scatter<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let Scatter { output, input, dims } = self;
        let last = dims.rank - 1;
        let (len, stride) = (dims.sizes[last], dims.strides[last] as usize);
        let mut odometer = Odometer::new((0..last).map(|d| (dims.sizes[d], [dims.strides[d], 0])));
        for input in input.chunks_exact(len) {
            let output = &mut output[odometer.addresses[0] as usize..][..(len - 1) * stride + 1];
            match stride {
                0 => output[0] = input[len - 1],
                1 => output.copy_from_slice(input),
                _ => {
                    for (out, &x) in output.iter_mut().step_by(stride).zip(input) {
                        *out = x;
                    }
                }
            }
            odometer.advance();
        }
    }
}

/// The plain form of [`strided_copy`].
pub fn strided_copy_ref<T: Copy>(
    output: &mut [T],
    input: &[T],
    sizes: &[usize],
    strides: &[isize],
    offset: usize,
) {
    for (flat, out) in output.iter_mut().enumerate() {
        *out = input[address_ref(flat, sizes, strides, offset)];
    }
}

/// The plain form of [`strided_scatter`].
pub fn strided_scatter_ref<T: Copy + Default>(
    output: &mut [T],
    input: &[T],
    sizes: &[usize],
    strides: &[isize],
    offset: usize,
) {
    output.fill(T::default());
    for (flat, &x) in input.iter().enumerate() {
        output[address_ref(flat, sizes, strides, offset)] = x;
    }
}

/// The address of the index that has position `flat` in row-major order.
fn address_ref(flat: usize, sizes: &[usize], strides: &[isize], offset: usize) -> usize {
    let (mut rest, mut address) = (flat, offset as isize);
    for (&size, &stride) in sizes.iter().zip(strides).rev() {
        address += (rest % size) as isize * stride;
        rest /= size;
    }
    address as usize
}
