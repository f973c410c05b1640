//! The update of Muon: momentum, made orthogonal.

use super::super::Float;
use super::matmul::{Matmul, matmul};
use super::sum::sum_of_squares;
use super::vector::{combine, scale};

/// What [`muon`] applies to one matrix.
#[derive(Clone, Copy, Debug)]
pub struct MuonOptions {
    /// Learning rate, adjusted to the shape of the matrix.
    pub lr: Float,
    /// 1 to go against the gradient, -1 to go along it.
    pub sign: Float,
    /// Decay of the mean of gradients.
    pub momentum: Float,
    /// Whether the step looks ahead along the mean.
    pub nesterov: bool,
    /// Coefficients `a`, `b`, `c` of an iteration.
    pub coefficients: [Float; 3],
    /// Number of iterations.
    pub iterations: usize,
    /// Bounds the norm that the matrix is divided by from below.
    pub eps: Float,
    /// Factor on the parameter before the step, `1 - lr weight_decay`.
    pub shrink: Float,
}

/// Elements of scratch that [`muon`] needs for a matrix.
pub fn muon_scratch_len([rows, cols]: [usize; 2]) -> usize {
    let side = rows.min(cols);
    2 * (rows * cols + side * side)
}

/// One step on a matrix, where `g = sign grad`: `mean <- mean + (1 - momentum) (g - mean)`,
/// `x = mean`, or with `nesterov` `g + momentum (mean - g)`, then `x <- x / max(|x|, eps)` and, `iterations` times,
/// `x <- a x + (b x x^T + c (x x^T)^2) x`, and at last `param <- shrink param - lr x`.
///
/// # Shapes
/// - `param`, `mean`, `grad`: `[rows, cols]`
/// - `scratch`: at least [`muon_scratch_len`]
///
/// # Panics
/// When a slice is too short.
///
/// # Numerics
/// Products in the computing type. A matrix with more rows than columns is multiplied from the other side, by its
/// smaller Gram matrix, which gives the same.
///
/// # Source
/// K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024,
/// <https://kellerjordan.github.io/posts/muon/>.
pub fn muon(
    options: &MuonOptions,
    param: &mut [Float],
    mean: &mut [Float],
    grad: &[Float],
    shape: [usize; 2],
    scratch: &mut [Float],
) {
    let numel = shape[0] * shape[1];
    assert_eq!((param.len(), mean.len(), grad.len()), (numel, numel, numel), "a matrix of {shape:?}");
    combine(mean, options.momentum, grad, (1.0 - options.momentum) * options.sign);
    let (matrix, scratch) = scratch.split_at_mut(numel);
    matrix.copy_from_slice(mean);
    if options.nesterov {
        combine(matrix, options.momentum, grad, (1.0 - options.momentum) * options.sign);
    }
    orthogonalise(options, matrix, shape, scratch);
    combine(param, options.shrink, matrix, -options.lr);
}

/// Newton-Schulz iterations on `matrix`, in place.
fn orthogonalise(
    options: &MuonOptions,
    matrix: &mut [Float],
    [rows, cols]: [usize; 2],
    scratch: &mut [Float],
) {
    let side = rows.min(cols);
    let norm = sum_of_squares(matrix).sqrt() as Float;
    scale(matrix, 1.0 / norm.max(options.eps));
    let (product, scratch) = scratch.split_at_mut(rows * cols);
    let (gram, scratch) = scratch.split_at_mut(side * side);
    let polynomial = &mut scratch[..side * side];
    let is_tall = rows > cols;
    let plain = Matmul {
        batch: 1,
        m: side,
        k: side,
        n: side,
        transpose_a: false,
        transpose_b: false,
        shared_a: false,
        shared_b: false,
        accumulate: false,
    };
    let of_matrix = Matmul { k: rows.max(cols), transpose_a: is_tall, transpose_b: !is_tall, ..plain };
    let with_matrix = Matmul { m: rows, n: cols, ..plain };
    let [a, b, c] = options.coefficients;
    for _ in 0..options.iterations {
        matmul(gram, matrix, matrix, &of_matrix);
        matmul(polynomial, gram, gram, &plain);
        combine(polynomial, c, gram, b);
        if is_tall {
            matmul(product, matrix, polynomial, &with_matrix);
        } else {
            matmul(product, polynomial, matrix, &with_matrix);
        }
        combine(matrix, a, product, 1.0);
    }
}
