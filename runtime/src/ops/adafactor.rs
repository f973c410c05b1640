//! The update of Adafactor: mean squares of matrices kept as means of rows and columns.

use super::super::Float;
use super::super::math;
use super::sum::{Term, sum, sum_of_squares};
use super::update::{UpdateRule, update};
use crate::isa::{Isa, Loop, dispatch};
use crate::parallel::{MAX_PARTS, for_each_piece, num_parts};

/// What [`adafactor_matrices`] and [`adafactor_vector`] apply to one tensor.
#[derive(Clone, Copy, Debug)]
pub struct AdafactorOptions {
    /// Relative step size, `min(lr, 1 / sqrt(step))`.
    pub step_size: f64,
    /// 1 to go against the gradient, -1 to go along it.
    pub sign: Float,
    /// Weight of the new squares in their means, `step^beta2_decay`.
    pub weight: Float,
    /// Bounds the mean of row means from below, and its square every mean square.
    pub eps1: Float,
    /// Bounds the root mean square of the parameters from below.
    pub eps2: f64,
    /// Largest root mean square of a step, before the step size.
    pub threshold: f64,
    /// Factor on the parameter before the step, `1 - lr weight_decay`.
    pub shrink: Float,
}

/// One step on matrices that lie one after the other and are clipped together.
///
/// With `g = sign grad`: `row[r] <- row[r] + weight (mean over c of g[r, c]^2 - row[r])`, `col` likewise by columns,
/// `v[r, c] = row[r] col[c] / max(mean of row, eps1)`, `u = g / sqrt(max(v, eps1^2))`,
/// `param <- shrink param - step_size max(eps2, rms(param)) u / max(1, rms(u) / threshold)`, where `rms` is over all
/// matrices and that of `param` is taken before it shrinks.
///
/// # Shapes
/// - `param`, `grad`: `[matrices, rows, cols]`
/// - `row`: `[matrices, rows]`
/// - `col`: `[matrices, cols]`
///
/// # Panics
/// When the lengths do not fit.
///
/// # Numerics
/// Sums in f64, in an order that depends on the shape alone.
///
/// # Source
/// N. Shazeer, M. Stern, "Adafactor: adaptive learning rates with sublinear memory cost", 2018, algorithm 4, with the
/// bounds of PyTorch.
pub fn adafactor_matrices(
    options: &AdafactorOptions,
    param: &mut [Float],
    row: &mut [Float],
    col: &mut [Float],
    grad: &[Float],
    [matrices, rows, cols]: [usize; 3],
) {
    let numel = matrices * rows * cols;
    assert_eq!(
        (param.len(), grad.len()),
        (numel, numel),
        "parameters and gradients of a [{rows}, {cols}] matrix"
    );
    assert_eq!((row.len(), col.len()), (matrices * rows, matrices * cols), "means of rows and columns");
    if numel == 0 {
        return;
    }
    let step_size = options.step_size * root_mean_square(param).max(options.eps2);
    let parts = num_parts(rows, rows * cols);
    let each =
        |index: usize| (index * rows * cols..(index + 1) * rows * cols, index * cols..(index + 1) * cols);
    let mut total = 0.0;
    for (index, row) in row.chunks_exact_mut(rows).enumerate() {
        let (range, col_range) = each(index);
        let (grad, col) = (&grad[range], &mut col[col_range]);
        average_rows(row, grad, cols, options.weight, parts);
        average_columns(col, grad, rows, options.weight);
        let mean = mean_of(row, options.eps1);
        let floor = options.eps1 * options.eps1;
        let mut sums = [0.0; MAX_PARTS];
        for_each_piece(&mut sums[..parts], 1, parts, parts, &|part, sum| {
            let range = rows * part / parts..rows * (part + 1) / parts;
            let (row, grad) = (&row[range.clone()], &grad[range.start * cols..range.end * cols]);
            sum[0] = dispatch(Measure { row, col, mean, floor, grad });
        });
        total += sums[..parts].iter().sum::<f64>();
    }
    let factor = (step_size / damping(total, numel, options.threshold)) as Float * options.sign;
    for (index, row) in row.chunks_exact(rows).enumerate() {
        let (range, col_range) = each(index);
        let (param, grad, col) = (&mut param[range.clone()], &grad[range], &col[col_range]);
        let mean = mean_of(row, options.eps1);
        let (floor, shrink) = (options.eps1 * options.eps1, options.shrink);
        for_each_piece(param, cols, rows, parts, &|part, param| {
            let first = rows * part / parts;
            let row = &row[first..][..param.len() / cols];
            let grad = &grad[first * cols..][..param.len()];
            dispatch(Apply { row, col, mean, floor, shrink, factor, param, grad });
        });
    }
}

/// One step on a tensor of fewer than two axes, whose mean squares are kept in full: as [`adafactor_matrices`] with
/// `v <- v + weight (g^2 - v)` in `square`.
///
/// # Shapes
/// - `param`, `square`, `grad`: `[n]`
///
/// # Panics
/// When the lengths differ.
pub fn adafactor_vector(
    options: &AdafactorOptions,
    param: &mut [Float],
    square: &mut [Float],
    grad: &[Float],
) {
    if param.is_empty() {
        return;
    }
    let step_size = options.step_size * root_mean_square(param).max(options.eps2);
    update(&Square { weight: options.weight }, [square], grad);
    let floor = options.eps1 * options.eps1;
    let total = sum(&SquaredStep { floor }, [square, grad]);
    let factor = (step_size / damping(total, param.len(), options.threshold)) as Float * options.sign;
    update(&Step { floor, factor, shrink: options.shrink }, [param, square], grad);
}

fn root_mean_square(values: &[Float]) -> f64 {
    (sum_of_squares(values) / values.len() as f64).sqrt()
}

/// By what a step with this sum of squares is divided.
fn damping(total: f64, numel: usize, threshold: f64) -> f64 {
    ((total / numel as f64).sqrt() / threshold).max(1.0)
}

fn mean_of(row: &[Float], eps1: Float) -> Float {
    let mean = row.iter().map(|&value| f64::from(value)).sum::<f64>() / row.len() as f64;
    (mean as Float).max(eps1)
}

fn average_rows(row: &mut [Float], grad: &[Float], cols: usize, weight: Float, parts: usize) {
    let rows = row.len();
    for_each_piece(row, 1, rows, parts, &|part, piece| {
        let first = rows * part / parts;
        for (index, value) in piece.iter_mut().enumerate() {
            let grad = &grad[(first + index) * cols..][..cols];
            let mean = (sum_of_squares(grad) / cols as f64) as Float;
            *value += weight * (mean - *value);
        }
    });
}

/// Columns that are summed together: what stays in registers while rows pass by.
const BLOCK: usize = 32;

fn average_columns(col: &mut [Float], grad: &[Float], rows: usize, weight: Float) {
    let cols = col.len();
    let parts = num_parts(cols.div_ceil(BLOCK), rows * cols);
    for_each_piece(col, 1, cols, parts, &|part, piece| {
        let first = cols * part / parts;
        for (index, block) in piece.chunks_mut(BLOCK).enumerate() {
            let start = first + index * BLOCK;
            let mut sums = [0.0; BLOCK];
            for row in grad.chunks_exact(cols) {
                for (sum, &value) in sums.iter_mut().zip(&row[start..][..block.len()]) {
                    *sum += f64::from(value) * f64::from(value);
                }
            }
            for (value, sum) in block.iter_mut().zip(sums) {
                *value += weight * ((sum / rows as f64) as Float - *value);
            }
        }
    });
}

/// `1 / sqrt(max(square, floor))`, by which a gradient becomes a step.
#[inline(always)]
fn inverse_root<S: Isa>(square: Float, floor: Float) -> Float {
    1.0 / math::maximum::<S>(square, floor).sqrt()
}

/// Sums the squares of the steps.
struct Measure<'a> {
    row: &'a [Float],
    col: &'a [Float],
    mean: Float,
    floor: Float,
    grad: &'a [Float],
}

impl Loop for Measure<'_> {
    type Output = f64;
    #[inline(always)]
    fn run<S: Isa>(self) -> f64 {
        let mut total = 0.0;
        for (&row, grad) in self.row.iter().zip(self.grad.chunks_exact(self.col.len())) {
            // By column, so that the sum of a row does not wait for each addition.
            let mut lanes = [0.0; 16];
            for (cols, grads) in self.col.chunks(16).zip(grad.chunks(16)) {
                for ((lane, &col), &grad) in lanes.iter_mut().zip(cols).zip(grads) {
                    let step = f64::from(grad * inverse_root::<S>(row * col / self.mean, self.floor));
                    *lane += step * step;
                }
            }
            total += lanes.iter().sum::<f64>();
        }
        total
    }
}

/// Moves the parameters.
struct Apply<'a> {
    row: &'a [Float],
    col: &'a [Float],
    mean: Float,
    floor: Float,
    shrink: Float,
    factor: Float,
    param: &'a mut [Float],
    grad: &'a [Float],
}

impl Loop for Apply<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let cols = self.col.len();
        let rows = self.param.chunks_exact_mut(cols).zip(self.grad.chunks_exact(cols));
        for (&row, (param, grad)) in self.row.iter().zip(rows) {
            for ((param, &grad), &col) in param.iter_mut().zip(grad).zip(self.col) {
                let step = grad * inverse_root::<S>(row * col / self.mean, self.floor);
                *param = S::mul_add(self.shrink, *param, -(self.factor * step));
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Square {
    weight: Float,
}

impl UpdateRule<1> for Square {
    #[inline(always)]
    fn element<S: Isa>(&self, [square]: [Float; 1], grad: Float) -> [Float; 1] {
        [S::mul_add(self.weight, S::mul_add(grad, grad, -square), square)]
    }
}

#[derive(Clone, Copy)]
struct SquaredStep {
    floor: Float,
}

impl Term<2> for SquaredStep {
    #[inline(always)]
    fn of<S: Isa>(&self, [square, grad]: [Float; 2]) -> f64 {
        let step = f64::from(grad * inverse_root::<S>(square, self.floor));
        step * step
    }
}

#[derive(Clone, Copy)]
struct Step {
    floor: Float,
    factor: Float,
    shrink: Float,
}

impl UpdateRule<2> for Step {
    #[inline(always)]
    fn element<S: Isa>(&self, [param, square]: [Float; 2], grad: Float) -> [Float; 2] {
        let step = grad * inverse_root::<S>(square, self.floor);
        [S::mul_add(self.shrink, param, -(self.factor * step)), square]
    }
}
