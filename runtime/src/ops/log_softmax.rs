//! Logarithm of the softmax along one axis, and the loops that the softmax shares with it.

use super::super::Float;
use super::super::math::{exp, ln};
use super::lanes::{self, LANES, max_lanes, partial, sum_lanes};
use crate::isa::{Isa, Loop, dispatch};
use crate::parallel::{for_each_piece, num_parts};

/// `output[o, j, i] = input[o, j, i] - log(sum over j of exp(input[o, j, i]))`.
///
/// # Shapes
/// - `output`, `input`: `[outer, axis_len, inner]`, contiguous; `output` is overwritten
///
/// # Panics
/// When a length is not the product of the sizes.
///
/// # Numerics
/// The maximum is subtracted first. Sums in the computing type: in 16 lanes when `inner` is 1 and `axis_len` exceeds
/// 64, else in order. Where all inputs of a row are `-inf`, or one is `inf` or NaN, the outputs are NaN, as in PyTorch.
pub fn log_softmax(output: &mut [Float], input: &[Float], outer: usize, axis_len: usize, inner: usize) {
    forward::<true>(output, input, outer, axis_len, inner);
}

/// The softmax, or, with `LOG`, its logarithm.
pub(super) fn forward<const LOG: bool>(
    output: &mut [Float],
    input: &[Float],
    outer: usize,
    axis_len: usize,
    inner: usize,
) {
    assert_eq!(input.len(), outer * axis_len * inner, "elements of the input of a softmax");
    assert_eq!(output.len(), input.len(), "elements of the output of a softmax");
    if output.is_empty() {
        return;
    }
    let row = axis_len * inner;
    let parts = num_parts(outer, input.len() * WORK_PER_ELEMENT);
    for_each_piece(output, row, outer, parts, &|part, output| {
        let input = &input[outer * part / parts * row..][..output.len()];
        dispatch(Forward::<LOG> { output, input, axis_len, inner });
    });
}

/// `grad_input = grad_output - exp(output) * (sum over the axis of grad_output)`.
///
/// # Shapes
/// - `grad_input`, `grad_output`, `output`: `[outer, axis_len, inner]`, contiguous; `grad_input` is overwritten
///
/// # Panics
/// When a length is not the product of the sizes.
///
/// # Numerics
/// Sums in the computing type as in [`log_softmax`].
pub fn log_softmax_grad(
    grad_input: &mut [Float],
    grad_output: &[Float],
    output: &[Float],
    outer: usize,
    axis_len: usize,
    inner: usize,
) {
    backward::<true>(grad_input, grad_output, output, outer, axis_len, inner);
}

/// The gradient of the softmax, or, with `LOG`, of its logarithm.
pub(super) fn backward<const LOG: bool>(
    grad_input: &mut [Float],
    grad_output: &[Float],
    output: &[Float],
    outer: usize,
    axis_len: usize,
    inner: usize,
) {
    assert_eq!(output.len(), outer * axis_len * inner, "elements of the output of a softmax");
    assert_eq!(grad_output.len(), output.len(), "elements of the output gradient of a softmax");
    assert_eq!(grad_input.len(), output.len(), "elements of the input gradient of a softmax");
    if output.is_empty() {
        return;
    }
    let row = axis_len * inner;
    let parts = num_parts(outer, output.len() * WORK_PER_ELEMENT);
    for_each_piece(grad_input, row, outer, parts, &|part, grad_input| {
        let start = outer * part / parts * row;
        let (grad_output, output) =
            (&grad_output[start..][..grad_input.len()], &output[start..][..grad_input.len()]);
        dispatch(Backward::<LOG> { grad_input, grad_output, output, axis_len, inner });
    });
}

/// An element costs some 4 times what one of a plain element-wise loop does, so that parts are smaller.
const WORK_PER_ELEMENT: usize = 4;

/// Positions along `inner` that are reduced at once, on the stack.
const BLOCK: usize = 64;

/// Rows up to this length are transposed, 16 at a time, and reduced side by side: a reduction across the lanes of a
/// vector and a logarithm per row would take most of the time. Chosen for `[65536 / axis_len, axis_len]` on Zen 4.
const SHORT: usize = 64;

/// Up to 16 short rows, transposed: row `r` is at `[..][r]`.
type Tile = [[Float; LANES]; SHORT];

/// `tile[j][r] = rows[r * axis_len + j]`.
///
/// Not inlined, so that it is compiled without AVX-512, whose scatters LLVM would choose: they are slower than moves.
#[inline(never)]
fn load_tile(tile: &mut Tile, rows: &[Float], axis_len: usize) {
    for (r, row) in rows.chunks_exact(axis_len).enumerate().take(LANES) {
        for (tile, &x) in tile.iter_mut().zip(row) {
            tile[r] = x;
        }
    }
}

/// `rows[r * axis_len + j] = tile[j][r]`. Not inlined, as [`load_tile`].
#[inline(never)]
fn store_tile(rows: &mut [Float], tile: &Tile, axis_len: usize) {
    for (r, row) in rows.chunks_exact_mut(axis_len).enumerate().take(LANES) {
        for (x, tile) in row.iter_mut().zip(tile) {
            *x = tile[r];
        }
    }
}

struct Forward<'a, const LOG: bool> {
    output: &'a mut [Float],
    input: &'a [Float],
    axis_len: usize,
    inner: usize,
}

impl<const LOG: bool> Loop for Forward<'_, LOG> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let Forward { output, input, axis_len, inner } = self;
        let row = axis_len * inner;
        if inner == 1 && axis_len <= SHORT {
            for (output, input) in output.chunks_mut(LANES * row).zip(input.chunks(LANES * row)) {
                forward_short::<S, LOG>(output, input, axis_len);
            }
            return;
        }
        for (output, input) in output.chunks_exact_mut(row).zip(input.chunks_exact(row)) {
            if inner == 1 {
                forward_row::<S, LOG>(output, input);
            } else {
                for start in (0..inner).step_by(BLOCK) {
                    forward_block::<S, LOG>(output, input, inner, start, BLOCK.min(inner - start));
                }
            }
        }
    }
}

#[inline(always)]
fn larger(a: Float, b: Float) -> Float {
    if a > b { a } else { b }
}

/// An element of the result from `x - max` and the logarithm of the sum or, for the softmax, its reciprocal.
#[inline(always)]
fn finish<S: Isa, const LOG: bool>(x: Float, divisor: Float) -> Float {
    if LOG { x - divisor } else { exp::<S>(x) * divisor }
}

/// One contiguous row. The last elements take part as a vector filled up with `-inf`, whose exponential is 0.
#[inline(always)]
fn forward_row<S: Isa, const LOG: bool>(output: &mut [Float], input: &[Float]) {
    let (vectors, rest) = input.as_chunks::<LANES>();
    let rest = partial(rest, Float::NEG_INFINITY);
    let mut max = rest;
    for vector in vectors {
        for lane in 0..LANES {
            max[lane] = larger(vector[lane], max[lane]);
        }
    }
    // A NaN may get lost here, but not in the sum.
    let max = max_lanes(max);
    let mut sum = [0.0; LANES];
    for lane in 0..LANES {
        sum[lane] = exp::<S>(rest[lane] - max);
    }
    for vector in vectors {
        for lane in 0..LANES {
            sum[lane] += exp::<S>(vector[lane] - max);
        }
    }
    let divisor = if LOG { ln::<S>(sum_lanes(sum)) } else { 1.0 / sum_lanes(sum) };
    for (out, &x) in output.iter_mut().zip(input) {
        *out = finish::<S, LOG>(x - max, divisor);
    }
}

/// Up to 16 rows of at most [`SHORT`] elements.
#[inline(always)]
fn forward_short<S: Isa, const LOG: bool>(output: &mut [Float], input: &[Float], axis_len: usize) {
    let mut tile = [[0.0; LANES]; SHORT];
    load_tile(&mut tile, input, axis_len);
    let mut max = [Float::NEG_INFINITY; LANES];
    for x in &tile[..axis_len] {
        for lane in 0..LANES {
            max[lane] = larger(x[lane], max[lane]);
        }
    }
    let mut sum = [0.0; LANES];
    for x in &tile[..axis_len] {
        for lane in 0..LANES {
            sum[lane] += exp::<S>(x[lane] - max[lane]);
        }
    }
    for lane in 0..LANES {
        sum[lane] = if LOG { ln::<S>(sum[lane]) } else { 1.0 / sum[lane] };
    }
    for x in &mut tile[..axis_len] {
        for lane in 0..LANES {
            x[lane] = finish::<S, LOG>(x[lane] - max[lane], sum[lane]);
        }
    }
    store_tile(output, &tile, axis_len);
}

/// `width` neighbouring positions of `inner`, from `start` on.
#[inline(always)]
fn forward_block<S: Isa, const LOG: bool>(
    output: &mut [Float],
    input: &[Float],
    inner: usize,
    start: usize,
    width: usize,
) {
    let (mut max, mut sum) = ([Float::NEG_INFINITY; BLOCK], [0.0; BLOCK]);
    let (max, sum) = (&mut max[..width], &mut sum[..width]);
    for input in input.chunks_exact(inner) {
        for (max, &x) in max.iter_mut().zip(&input[start..]) {
            *max = larger(x, *max);
        }
    }
    for input in input.chunks_exact(inner) {
        for ((sum, &max), &x) in sum.iter_mut().zip(&*max).zip(&input[start..]) {
            *sum += exp::<S>(x - max);
        }
    }
    for sum in sum.iter_mut() {
        *sum = if LOG { ln::<S>(*sum) } else { 1.0 / *sum };
    }
    for (output, input) in output.chunks_exact_mut(inner).zip(input.chunks_exact(inner)) {
        let inputs = input[start..].iter().zip(&*max).zip(&*sum);
        for (out, ((&x, &max), &divisor)) in output[start..].iter_mut().zip(inputs) {
            *out = finish::<S, LOG>(x - max, divisor);
        }
    }
}

struct Backward<'a, const LOG: bool> {
    grad_input: &'a mut [Float],
    grad_output: &'a [Float],
    output: &'a [Float],
    axis_len: usize,
    inner: usize,
}

impl<const LOG: bool> Loop for Backward<'_, LOG> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let Backward { grad_input, grad_output, output, axis_len, inner } = self;
        let row = axis_len * inner;
        if inner == 1 && axis_len <= SHORT {
            let rows = grad_output.chunks(LANES * row).zip(output.chunks(LANES * row));
            for (grad_input, (grad_output, output)) in grad_input.chunks_mut(LANES * row).zip(rows) {
                backward_short::<S, LOG>(grad_input, grad_output, output, axis_len);
            }
            return;
        }
        let rows = grad_output.chunks_exact(row).zip(output.chunks_exact(row));
        for (grad_input, (grad_output, output)) in grad_input.chunks_exact_mut(row).zip(rows) {
            if inner == 1 {
                let sum = if LOG { lanes::sum(grad_output) } else { lanes::dot(grad_output, output) };
                for ((grad_in, &grad), &y) in grad_input.iter_mut().zip(grad_output).zip(output) {
                    *grad_in = finish_grad::<S, LOG>(grad, y, sum);
                }
            } else {
                for start in (0..inner).step_by(BLOCK) {
                    let width = BLOCK.min(inner - start);
                    backward_block::<S, LOG>(grad_input, grad_output, output, inner, start, width);
                }
            }
        }
    }
}

/// What a gradient adds to the sum of its row.
#[inline(always)]
fn term<const LOG: bool>(grad: Float, y: Float) -> Float {
    if LOG { grad } else { grad * y }
}

/// An element of the gradient from the sum of its row.
#[inline(always)]
fn finish_grad<S: Isa, const LOG: bool>(grad: Float, y: Float, sum: Float) -> Float {
    if LOG { S::mul_add(exp::<S>(y), -sum, grad) } else { y * (grad - sum) }
}

/// Up to 16 rows of at most [`SHORT`] elements.
#[inline(always)]
fn backward_short<S: Isa, const LOG: bool>(
    grad_input: &mut [Float],
    grad_output: &[Float],
    output: &[Float],
    axis_len: usize,
) {
    let mut tile = [[0.0; LANES]; SHORT];
    load_tile(&mut tile, grad_output, axis_len);
    let mut results = [[0.0; LANES]; SHORT];
    load_tile(&mut results, output, axis_len);
    let mut sum = [0.0; LANES];
    for (grad, y) in tile[..axis_len].iter().zip(&results) {
        for lane in 0..LANES {
            sum[lane] += term::<LOG>(grad[lane], y[lane]);
        }
    }
    for (grad, y) in tile[..axis_len].iter_mut().zip(&results) {
        for lane in 0..LANES {
            grad[lane] = finish_grad::<S, LOG>(grad[lane], y[lane], sum[lane]);
        }
    }
    store_tile(grad_input, &tile, axis_len);
}

#[inline(always)]
fn backward_block<S: Isa, const LOG: bool>(
    grad_input: &mut [Float],
    grad_output: &[Float],
    output: &[Float],
    inner: usize,
    start: usize,
    width: usize,
) {
    let mut sum = [0.0; BLOCK];
    let sum = &mut sum[..width];
    for (grad_output, output) in grad_output.chunks_exact(inner).zip(output.chunks_exact(inner)) {
        for ((sum, &grad), &y) in sum.iter_mut().zip(&grad_output[start..]).zip(&output[start..]) {
            *sum += term::<LOG>(grad, y);
        }
    }
    let slices = grad_output.chunks_exact(inner).zip(output.chunks_exact(inner));
    for (grad_input, (grad_output, output)) in grad_input.chunks_exact_mut(inner).zip(slices) {
        let inputs = grad_output[start..].iter().zip(&output[start..]).zip(&*sum);
        for (grad_in, ((&grad, &y), &sum)) in grad_input[start..].iter_mut().zip(inputs) {
            *grad_in = finish_grad::<S, LOG>(grad, y, sum);
        }
    }
}

/// The plain form of [`log_softmax`], computed in f64.
pub fn log_softmax_ref(output: &mut [Float], input: &[Float], outer: usize, axis_len: usize, inner: usize) {
    for (o, i) in (0..outer).flat_map(|o| (0..inner).map(move |i| (o, i))) {
        let at = |j: usize| (o * axis_len + j) * inner + i;
        let max = (0..axis_len).map(|j| f64::from(input[at(j)])).fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = (0..axis_len).map(|j| (f64::from(input[at(j)]) - max).exp()).sum();
        for j in 0..axis_len {
            output[at(j)] = (f64::from(input[at(j)]) - max - sum.ln()) as Float;
        }
    }
}

/// The plain form of [`log_softmax_grad`], computed in f64.
pub fn log_softmax_grad_ref(
    grad_input: &mut [Float],
    grad_output: &[Float],
    output: &[Float],
    outer: usize,
    axis_len: usize,
    inner: usize,
) {
    for (o, i) in (0..outer).flat_map(|o| (0..inner).map(move |i| (o, i))) {
        let at = |j: usize| (o * axis_len + j) * inner + i;
        let sum: f64 = (0..axis_len).map(|j| f64::from(grad_output[at(j)])).sum();
        for j in 0..axis_len {
            let prob = f64::from(output[at(j)]).exp();
            grad_input[at(j)] = (f64::from(grad_output[at(j)]) - prob * sum) as Float;
        }
    }
}
