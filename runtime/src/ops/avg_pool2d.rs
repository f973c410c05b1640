//! 2-D average pooling.

use super::super::Float;
use super::lanes;
use super::pool2d::{BLOCK, Pool2d};
use crate::isa::{Isa, Loop, dispatch};
use crate::parallel::{for_each_piece, num_parts};
use std::ops::Range;

/// `output[p, y, x] = sum of the window of input[p, ..] / divisor`.
///
/// The divisor is the number of elements of the window that lie in the input, or with `count_include_pad` in the
/// padded input; a window that sticks out of the padded input in `ceil_mode` is never counted whole.
///
/// # Shapes
/// - `output`: `[planes, out_height, out_width]`, contiguous; overwritten
/// - `input`: `[planes, height, width]`, contiguous
///
/// # Panics
/// When a length disagrees with `pool`, or its dilation is not 1.
///
/// # Numerics
/// Sums in the computing type in row-major order; a window that is the whole plane in 16 lanes.
pub fn avg_pool2d(output: &mut [Float], input: &[Float], pool: &Pool2d) {
    assert_eq!(pool.dilation, [1, 1], "average pooling has no dilation");
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

/// `grad_input[p, i] = sum of grad_output / divisor over the windows that hold input[p, i]`.
///
/// # Shapes
/// - `grad_input`: `[planes, height, width]`, contiguous; overwritten
/// - `grad_output`: `[planes, out_height, out_width]`, contiguous
///
/// # Panics
/// When a length disagrees with `pool`, or its dilation is not 1.
///
/// # Numerics
/// Sums in the computing type in a fixed order.
pub fn avg_pool2d_grad(grad_input: &mut [Float], grad_output: &[Float], pool: &Pool2d) {
    assert_eq!(pool.dilation, [1, 1], "average pooling has no dilation");
    assert_eq!(grad_input.len(), pool.input_len(), "elements of the input gradient of a pooling");
    assert_eq!(grad_output.len(), pool.output_len(), "elements of the output gradient of a pooling");
    let (plane, out_plane) = (pool.height * pool.width, pool.out_height() * pool.out_width());
    if grad_input.is_empty() {
        return;
    }
    let parts = num_parts(pool.planes, grad_input.len());
    for_each_piece(grad_input, plane, pool.planes, parts, &|part, grad_input| {
        let first = pool.planes * part / parts;
        let grad_output = &grad_output[first * out_plane..][..grad_input.len() / plane * out_plane];
        dispatch(Backward { grad_input, grad_output, pool });
    });
}

/// Whether the one window is the whole plane.
fn is_global(pool: &Pool2d) -> bool {
    pool.kernel == [pool.height, pool.width]
        && pool.padding == [0, 0]
        && pool.out_height() * pool.out_width() == 1
}

/// How many elements of the window at `out` the divisor counts along an axis of `size` elements.
fn num_counted(pool: &Pool2d, axis: usize, size: usize, out: usize) -> usize {
    let (start, padding) = (out * pool.stride[axis], pool.padding[axis]);
    // Positions in the padded input.
    let counted = if pool.count_include_pad { 0..size + 2 * padding } else { padding..size + padding };
    (start + pool.kernel[axis]).min(counted.end).saturating_sub(start.max(counted.start))
}

/// Columns of the output whose divisor counts all columns of the window.
fn full_columns(pool: &Pool2d, out_width: usize) -> Range<usize> {
    let is_full = |out: &usize| num_counted(pool, 1, pool.width, *out) == pool.kernel[1];
    let start = (0..out_width).find(is_full).unwrap_or(out_width);
    let end = (start..out_width).rev().find(is_full).map_or(start, |last| last + 1);
    start..end
}

/// `values[x] /= divisor of output row y and column x`, for the columns from `first` on.
#[inline(always)]
fn divide(values: &mut [Float], pool: &Pool2d, y: usize, first: usize, full: &Range<usize>) {
    let rows = num_counted(pool, 0, pool.height, y);
    let end = first + values.len();
    let inner = full.start.clamp(first, end)..full.end.clamp(first, end);
    let divisor = (rows * pool.kernel[1]) as Float;
    for x in (first..inner.start).chain(inner.end..end) {
        values[x - first] /= (rows * num_counted(pool, 1, pool.width, x)) as Float;
    }
    for value in &mut values[inner.start - first..inner.end - first] {
        *value /= divisor;
    }
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
        if is_global(pool) {
            let planes = input[first_row * height * width..].chunks_exact(height * width);
            for (out, plane) in output.iter_mut().zip(planes) {
                *out = lanes::sum(plane) / (height * width) as Float;
            }
            return;
        }
        let full = full_columns(pool, out_width);
        for (index, output) in output.chunks_exact_mut(out_width).enumerate() {
            let row = first_row + index;
            let plane = &input[row / out_height * height * width..][..height * width];
            let y = row % out_height;
            for (block, output) in output.chunks_mut(BLOCK).enumerate() {
                let columns = block * BLOCK..block * BLOCK + output.len();
                output.copy_from_slice(&sum_block(plane, pool, y, &columns)[..columns.len()]);
            }
            divide(output, pool, y, 0, &full);
        }
    }
}

/// Sums of the windows `columns`, at most [`BLOCK`], of output row `y`; unspecified beyond them.
#[inline(always)]
fn sum_block(plane: &[Float], pool: &Pool2d, y: usize, columns: &Range<usize>) -> [Float; BLOCK] {
    let mut sums = [0.0; BLOCK];
    let mut buffer = sums;
    for ky in 0..pool.kernel[0] {
        let input_row = pool.input_row(y, ky);
        if input_row >= pool.height {
            continue;
        }
        for kx in 0..pool.kernel[1] {
            let values = pool.window_column(&mut buffer, plane, input_row, kx, columns, 0.0);
            for (sum, &value) in sums.iter_mut().zip(values) {
                *sum += value;
            }
        }
    }
    sums
}

/// `output[i * stride] += input[i]`.
#[inline(always)]
fn scatter_add(output: &mut [Float], input: &[Float], stride: usize) {
    if stride == 1 {
        for (out, &x) in output.iter_mut().zip(input) {
            *out += x;
        }
        return;
    }
    let Some((last, input)) = input.split_last() else { return };
    output[input.len() * stride] += last;
    for (out, &x) in output.chunks_exact_mut(stride).zip(input) {
        out[0] += x;
    }
}

struct Backward<'a> {
    grad_input: &'a mut [Float],
    grad_output: &'a [Float],
    pool: &'a Pool2d,
}

impl Loop for Backward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let Backward { grad_input, grad_output, pool } = self;
        let plane = pool.height * pool.width;
        if is_global(pool) {
            for (grad_input, &grad) in grad_input.chunks_exact_mut(plane).zip(grad_output) {
                grad_input.fill(grad / plane as Float);
            }
            return;
        }
        let (out_height, out_width) = (pool.out_height(), pool.out_width());
        let full = full_columns(pool, out_width);
        for (index, grad_input) in grad_input.chunks_exact_mut(plane).enumerate() {
            grad_input.fill(0.0);
            for y in 0..out_height {
                let grad_output = &grad_output[(index * out_height + y) * out_width..][..out_width];
                for (block, grad_output) in grad_output.chunks(BLOCK).enumerate() {
                    let mut quotients = [0.0; BLOCK];
                    let quotients = &mut quotients[..grad_output.len()];
                    quotients.copy_from_slice(grad_output);
                    divide(quotients, pool, y, block * BLOCK, &full);
                    backward_block(grad_input, quotients, pool, y, block * BLOCK);
                }
            }
        }
    }
}

/// Adds `quotients`, which belong to the outputs of row `y` from column `first` on, to the elements of their windows.
#[inline(always)]
fn backward_block(grad_input: &mut [Float], quotients: &[Float], pool: &Pool2d, y: usize, first: usize) {
    for ky in 0..pool.kernel[0] {
        let input_row = pool.input_row(y, ky);
        if input_row >= pool.height {
            continue;
        }
        let grad_input = &mut grad_input[input_row * pool.width..][..pool.width];
        for kx in 0..pool.kernel[1] {
            let valid = pool.valid_columns(kx, first + quotients.len());
            let start = valid.start.max(first);
            if start < valid.end {
                let grad_input = &mut grad_input[pool.input_column(start, kx)..];
                scatter_add(grad_input, &quotients[start - first..valid.end - first], pool.stride[1]);
            }
        }
    }
}

/// The plain form of [`avg_pool2d`].
pub fn avg_pool2d_ref(output: &mut [Float], input: &[Float], pool: &Pool2d) {
    for_each_window_ref(pool, |index, window, divisor| {
        output[index] = window.iter().map(|&position| input[position]).sum::<Float>() / divisor;
    });
}

/// The plain form of [`avg_pool2d_grad`].
pub fn avg_pool2d_grad_ref(grad_input: &mut [Float], grad_output: &[Float], pool: &Pool2d) {
    grad_input.fill(0.0);
    for_each_window_ref(pool, |index, window, divisor| {
        for &position in window {
            grad_input[position] += grad_output[index] / divisor;
        }
    });
}

/// Calls `visit(output position, input positions, divisor)` for every window.
fn for_each_window_ref(pool: &Pool2d, mut visit: impl FnMut(usize, &[usize], Float)) {
    let (out_height, out_width) = (pool.out_height(), pool.out_width());
    for index in 0..pool.output_len() {
        let (plane, y, x) =
            (index / (out_height * out_width), index / out_width % out_height, index % out_width);
        let window: Vec<usize> = pool
            .window_ref(y, x)
            .into_iter()
            .map(|(row, column)| (plane * pool.height + row) * pool.width + column)
            .collect();
        let counted = |axis: usize, size: usize, out: usize| {
            let start = out * pool.stride[axis];
            (start + pool.kernel[axis]).min(size + 2 * pool.padding[axis]) - start
        };
        let divisor = if pool.count_include_pad {
            counted(0, pool.height, y) * counted(1, pool.width, x)
        } else {
            window.len()
        };
        visit(index, &window, divisor as Float);
    }
}
