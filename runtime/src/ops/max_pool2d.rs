//! 2-D maximum pooling.

use super::super::Float;
use super::super::math::{maximum, select};
use super::lanes::LANES;
use super::pool2d::{BLOCK, Pool2d};
use crate::isa::{Isa, Loop, dispatch};
use crate::parallel::{for_each_piece, num_parts};
use std::ops::Range;

/// `output[p, y, x] = max over the window of input[p, ..]`; padding counts as `-inf`.
///
/// # Shapes
/// - `output`: `[planes, out_height, out_width]`, contiguous; overwritten
/// - `input`: `[planes, height, width]`, contiguous
///
/// # Panics
/// When a length disagrees with `pool`.
///
/// # Numerics
/// Exact. A NaN in the window gives NaN.
pub fn max_pool2d(output: &mut [Float], input: &[Float], pool: &Pool2d) {
    assert_eq!(input.len(), pool.input_len(), "elements of the input of a pooling");
    assert_eq!(output.len(), pool.output_len(), "elements of the output of a pooling");
    if output.is_empty() {
        return;
    }
    let rows = pool.planes * pool.out_height();
    let parts = num_parts(rows, input.len().max(output.len()));
    for_each_piece(output, pool.out_width(), rows, parts, &|part, output| {
        dispatch(Forward { output, input, pool, first_row: rows * part / parts });
    });
}

/// `grad_input[p, i] = sum of grad_output over the windows whose maximum is input[p, i]`.
///
/// The maximum of a window is found again from `input`: the first of equal ones in row-major order, but the last NaN
/// if there are any, as in PyTorch.
///
/// # Shapes
/// - `grad_input`: `[planes, height, width]`, contiguous; overwritten
/// - `grad_output`: `[planes, out_height, out_width]`, contiguous
/// - `input`: as `grad_input`
///
/// # Panics
/// When a length disagrees with `pool`.
///
/// # Numerics
/// Sums in the computing type in row-major order of the windows.
pub fn max_pool2d_grad(grad_input: &mut [Float], grad_output: &[Float], input: &[Float], pool: &Pool2d) {
    assert_eq!(input.len(), pool.input_len(), "elements of the input of a pooling");
    assert_eq!(grad_input.len(), pool.input_len(), "elements of the input gradient of a pooling");
    assert_eq!(grad_output.len(), pool.output_len(), "elements of the output gradient of a pooling");
    let plane = pool.height * pool.width;
    assert!(plane < NOWHERE as usize, "a plane of a pooling has fewer than 2^32 elements");
    if input.is_empty() {
        return;
    }
    let out_plane = pool.out_height() * pool.out_width();
    let parts = num_parts(pool.planes, input.len());
    for_each_piece(grad_input, plane, pool.planes, parts, &|part, grad_input| {
        let first = pool.planes * part / parts;
        let planes = grad_input.len() / plane;
        let input = &input[first * plane..][..planes * plane];
        let grad_output = &grad_output[first * out_plane..][..planes * out_plane];
        dispatch(Backward { grad_input, grad_output, input, pool });
    });
}

/// `output[p, y, x] = values[p, i]`, where `i` is the place of the maximum of the window of `input[p, ..]`, chosen as by
/// [`max_pool2d_grad`], whose gradient this is; 0 where a window holds no element of the input.
///
/// # Shapes
/// - `output`: `[planes, out_height, out_width]`, contiguous; overwritten
/// - `values`, `input`: `[planes, height, width]`, contiguous
///
/// # Panics
/// When a length disagrees with `pool`.
///
/// # Numerics
/// Exact.
pub fn max_pool2d_at(output: &mut [Float], values: &[Float], input: &[Float], pool: &Pool2d) {
    assert_eq!(input.len(), pool.input_len(), "elements of the input of a pooling");
    assert_eq!(values.len(), pool.input_len(), "elements of the values of a pooling");
    assert_eq!(output.len(), pool.output_len(), "elements of the output of a pooling");
    let plane = pool.height * pool.width;
    assert!(plane < NOWHERE as usize, "a plane of a pooling has fewer than 2^32 elements");
    if output.is_empty() {
        return;
    }
    let rows = pool.planes * pool.out_height();
    let parts = num_parts(rows, input.len().max(output.len()));
    for_each_piece(output, pool.out_width(), rows, parts, &|part, output| {
        dispatch(At { output, values, input, pool, first_row: rows * part / parts });
    });
}

/// Whether windows are `2 x 2`, side by side and inside the input.
fn is_2x2(pool: &Pool2d) -> bool {
    pool.kernel == [2, 2]
        && pool.stride == [2, 2]
        && pool.padding == [0, 0]
        && pool.dilation == [1, 1]
        && 2 * pool.out_height() <= pool.height
        && 2 * pool.out_width() <= pool.width
}

struct Forward<'a> {
    output: &'a mut [Float],
    input: &'a [Float],
    pool: &'a Pool2d,
    first_row: usize,
}

impl Loop for Forward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let Forward { output, input, pool, first_row } = self;
        let (out_height, out_width) = (pool.out_height(), pool.out_width());
        let (height, width) = (pool.height, pool.width);
        let is_2x2 = is_2x2(pool);
        for (index, output) in output.chunks_exact_mut(out_width).enumerate() {
            let row = first_row + index;
            let plane = &input[row / out_height * height * width..][..height * width];
            let y = row % out_height;
            if is_2x2 {
                let (upper, lower) = plane[2 * y * width..][..2 * width].split_at(width);
                for ((out, upper), lower) in
                    output.iter_mut().zip(upper.chunks_exact(2)).zip(lower.chunks_exact(2))
                {
                    *out = maximum::<S>(maximum::<S>(upper[0], upper[1]), maximum::<S>(lower[0], lower[1]));
                }
                continue;
            }
            for (block, output) in output.chunks_mut(BLOCK).enumerate() {
                let columns = block * BLOCK..block * BLOCK + output.len();
                output.copy_from_slice(&forward_block::<S>(plane, pool, y, &columns)[..columns.len()]);
            }
        }
    }
}

/// Maxima of the windows `columns`, at most [`BLOCK`], of output row `y`; unspecified beyond them.
#[inline(always)]
fn forward_block<S: Isa>(plane: &[Float], pool: &Pool2d, y: usize, columns: &Range<usize>) -> [Float; BLOCK] {
    let mut best = [Float::NEG_INFINITY; BLOCK];
    let mut buffer = best;
    for ky in 0..pool.kernel[0] {
        let input_row = pool.input_row(y, ky);
        if input_row >= pool.height {
            continue;
        }
        for kx in 0..pool.kernel[1] {
            let values = pool.window_column(&mut buffer, plane, input_row, kx, columns, Float::NEG_INFINITY);
            let (best, values) = (best.as_chunks_mut::<LANES>().0, values.as_chunks::<LANES>().0);
            for (best, values) in best.iter_mut().zip(values).take(columns.len().div_ceil(LANES)) {
                for lane in 0..LANES {
                    best[lane] = maximum::<S>(values[lane], best[lane]);
                }
            }
        }
    }
    best
}

/// Position of the maximum of a window that has none.
const NOWHERE: u32 = u32::MAX;

struct Backward<'a> {
    grad_input: &'a mut [Float],
    grad_output: &'a [Float],
    input: &'a [Float],
    pool: &'a Pool2d,
}

impl Loop for Backward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let Backward { grad_input, grad_output, input, pool } = self;
        let (plane, out_plane) = (pool.height * pool.width, pool.out_height() * pool.out_width());
        let is_2x2 = is_2x2(pool);
        for (index, (grad_input, input)) in
            grad_input.chunks_exact_mut(plane).zip(input.chunks_exact(plane)).enumerate()
        {
            let grad_output = &grad_output[index * out_plane..][..out_plane];
            if is_2x2 {
                backward_2x2(grad_input, grad_output, input, pool);
            } else {
                backward_plane::<S>(grad_input, grad_output, input, pool);
            }
        }
    }
}

/// Every input belongs to one window at most, so gradients are selected, not scattered.
///
/// Not inlined, so that it is compiled without AVX-512, whose scatters LLVM would choose: they are slower than moves.
#[inline(never)]
fn backward_2x2(grad_input: &mut [Float], grad_output: &[Float], input: &[Float], pool: &Pool2d) {
    let (width, out_width) = (pool.width, pool.out_width());
    for y in 0..pool.out_height() {
        let (grad_upper, grad_lower) = grad_input[2 * y * width..][..2 * width].split_at_mut(width);
        let (upper, lower) = input[2 * y * width..][..2 * width].split_at(width);
        let grad_output = &grad_output[y * out_width..][..out_width];
        grad_upper[2 * out_width..].fill(0.0);
        grad_lower[2 * out_width..].fill(0.0);
        let inputs = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
        let grads = grad_upper.as_chunks_mut::<2>().0.iter_mut().zip(grad_lower.as_chunks_mut::<2>().0);
        for ((&grad, (upper, lower)), (grad_upper, grad_lower)) in grad_output.iter().zip(inputs).zip(grads) {
            let (mut best, mut position) = (upper[0], 0);
            for (index, value) in [(1, upper[1]), (2, lower[0]), (3, lower[1])] {
                let take = (value > best) | value.is_nan();
                best = if take { value } else { best };
                position = if take { index } else { position };
            }
            *grad_upper = [0, 1].map(|index| if position == index { grad } else { 0.0 });
            *grad_lower = [2, 3].map(|index| if position == index { grad } else { 0.0 });
        }
    }
    grad_input[2 * pool.out_height() * width..].fill(0.0);
}

#[inline(always)]
fn backward_plane<S: Isa>(grad_input: &mut [Float], grad_output: &[Float], input: &[Float], pool: &Pool2d) {
    grad_input.fill(0.0);
    let out_width = pool.out_width();
    for y in 0..pool.out_height() {
        let grad_output = &grad_output[y * out_width..][..out_width];
        for (block, grad_output) in grad_output.chunks(BLOCK).enumerate() {
            let columns = block * BLOCK..block * BLOCK + grad_output.len();
            let positions = max_positions::<S>(input, pool, y, &columns);
            for ((x, position), grad) in columns.zip(positions).zip(grad_output) {
                if let Some(position) = checked_position(position, pool, y, x) {
                    grad_input[position] += grad;
                }
            }
        }
    }
}

struct At<'a> {
    output: &'a mut [Float],
    values: &'a [Float],
    input: &'a [Float],
    pool: &'a Pool2d,
    first_row: usize,
}

impl Loop for At<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let At { output, values, input, pool, first_row } = self;
        let (out_height, out_width) = (pool.out_height(), pool.out_width());
        let plane = pool.height * pool.width;
        for (index, output) in output.chunks_exact_mut(out_width).enumerate() {
            let (start, y) = ((first_row + index) / out_height * plane, (first_row + index) % out_height);
            let (values, input) = (&values[start..][..plane], &input[start..][..plane]);
            for (block, output) in output.chunks_mut(BLOCK).enumerate() {
                let columns = block * BLOCK..block * BLOCK + output.len();
                let positions = max_positions::<S>(input, pool, y, &columns);
                for ((x, position), out) in columns.zip(positions).zip(output) {
                    *out = checked_position(position, pool, y, x).map_or(0.0, |position| values[position]);
                }
            }
        }
    }
}

/// What [`max_positions`] found; where nothing exceeds -inf, the first element is the maximum.
#[inline(always)]
fn checked_position(position: u32, pool: &Pool2d, y: usize, x: usize) -> Option<usize> {
    let position = if position == NOWHERE { first_position(pool, y, x) } else { position };
    (position != NOWHERE).then_some(position as usize)
}

/// Positions in the plane of the maxima of the windows `columns`, at most [`BLOCK`], of output row `y`; unspecified
/// beyond them, and [`NOWHERE`] where all elements are `-inf`.
#[inline(always)]
fn max_positions<S: Isa>(plane: &[Float], pool: &Pool2d, y: usize, columns: &Range<usize>) -> [u32; BLOCK] {
    let mut best = [Float::NEG_INFINITY; BLOCK];
    let mut positions = [NOWHERE; BLOCK];
    let mut buffer = best;
    let stride = pool.stride[1] as u32;
    for ky in 0..pool.kernel[0] {
        let input_row = pool.input_row(y, ky);
        if input_row >= pool.height {
            continue;
        }
        for kx in 0..pool.kernel[1] {
            let values = pool.window_column(&mut buffer, plane, input_row, kx, columns, Float::NEG_INFINITY);
            // Left of the plane it wraps, but padding is never taken.
            let mut candidate =
                (input_row * pool.width + columns.start * pool.stride[1] + kx * pool.dilation[1])
                    .wrapping_sub(pool.padding[1]) as u32;
            for ((best, position), &value) in best.iter_mut().zip(&mut positions).zip(values) {
                let take = (value > *best) | value.is_nan();
                *best = select::<S>(take, value, *best);
                *position = if take { candidate } else { *position };
                candidate = candidate.wrapping_add(stride);
            }
        }
    }
    positions
}

/// Position of the first element of a window, [`NOWHERE`] if none lies in the input.
#[cold]
fn first_position(pool: &Pool2d, y: usize, x: usize) -> u32 {
    let row = (0..pool.kernel[0]).map(|k| pool.input_row(y, k)).find(|&row| row < pool.height);
    let k = (0..pool.kernel[1]).find(|&k| pool.valid_columns(k, x + 1).contains(&x));
    match (row, k) {
        (Some(row), Some(k)) => (row * pool.width + pool.input_column(x, k)) as u32,
        _ => NOWHERE,
    }
}

/// The plain form of [`max_pool2d`].
pub fn max_pool2d_ref(output: &mut [Float], input: &[Float], pool: &Pool2d) {
    for (out, position) in output.iter_mut().zip(positions_ref(input, pool)) {
        *out = position.map_or(Float::NEG_INFINITY, |position| input[position]);
    }
}

/// The plain form of [`max_pool2d_grad`].
pub fn max_pool2d_grad_ref(grad_input: &mut [Float], grad_output: &[Float], input: &[Float], pool: &Pool2d) {
    grad_input.fill(0.0);
    for (grad, position) in grad_output.iter().zip(positions_ref(input, pool)) {
        if let Some(position) = position {
            grad_input[position] += grad;
        }
    }
}

/// The plain form of [`max_pool2d_at`].
pub fn max_pool2d_at_ref(output: &mut [Float], values: &[Float], input: &[Float], pool: &Pool2d) {
    for (out, position) in output.iter_mut().zip(positions_ref(input, pool)) {
        *out = position.map_or(0.0, |position| values[position]);
    }
}

/// Where in the input the maximum of each window is.
fn positions_ref(input: &[Float], pool: &Pool2d) -> Vec<Option<usize>> {
    let mut positions = Vec::new();
    for plane in 0..pool.planes {
        for y in 0..pool.out_height() {
            for x in 0..pool.out_width() {
                let mut best: Option<usize> = None;
                for (input_y, input_x) in pool.window_ref(y, x) {
                    let position = (plane * pool.height + input_y) * pool.width + input_x;
                    let value = input[position];
                    if best.is_none_or(|best| value > input[best] || value.is_nan()) {
                        best = Some(position);
                    }
                }
                positions.push(best);
            }
        }
    }
    positions
}
