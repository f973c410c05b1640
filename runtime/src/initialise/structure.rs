//! Tensors with a structure.

use super::elements;
use crate::isa::{Isa, Loop, dispatch};
use crate::parallel::{for_each_piece, num_parts};
use crate::random::Philox;

/// The identity matrix, cut or filled up with zeros.
pub(super) fn eye(values: &mut [f32], shape: &[usize]) {
    let &[_, cols] = shape else { panic!("an identity has 2 axes, not those of {shape:?}") };
    values.fill(0.0);
    if cols > 0 {
        for (row, values) in values.chunks_exact_mut(cols).enumerate().take(cols) {
            values[row] = 1.0;
        }
    }
}

/// Convolution weights that pass channels on, in each of `groups` groups.
pub(super) fn dirac(values: &mut [f32], shape: &[usize], groups: usize) {
    let [outputs, inputs, kernel @ ..] = shape else { panic!("no convolution has weights of {shape:?}") };
    values.fill(0.0);
    let window: usize = kernel.iter().product();
    let center = kernel.iter().fold(0, |center, size| center * size + size / 2);
    let per_group = outputs / groups;
    for group in 0..groups {
        for channel in 0..per_group.min(*inputs) {
            values[((group * per_group + channel) * inputs + channel) * window + center] = 1.0;
        }
    }
}

/// `gain` times a matrix of the first axis by all others whose rows, or if there are more rows than columns whose
/// columns, are orthonormal, any such matrix as likely as any other. A vector is a column.
///
/// # Numerics
/// Modified Gram-Schmidt in f64 on normal vectors, which is the QR decomposition with a positive diagonal. It loses
/// orthogonality in proportion to the condition of the vectors, some 1e-10 at worst, far below the rounding to f32.
///
/// # Source
/// A. Saxe, J. McClelland, S. Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
/// networks", 2014; F. Mezzadri, "How to generate random matrices from the classical compact groups", 2007.
pub(super) fn orthogonal(values: &mut [f32], shape: &[usize], gain: f32, seed: u64, stream: u64) {
    if values.is_empty() {
        return;
    }
    let rows = shape[0];
    let cols = values.len() / rows;
    elements::normal(values, 0.0, 1.0, seed, stream);
    // Each vector is contiguous: a row, or a column of a matrix with more rows.
    let (count, len) = (rows.min(cols), rows.max(cols));
    let at = |vector: usize, i: usize| if rows > cols { i * cols + vector } else { vector * cols + i };
    let mut vectors: Vec<f64> =
        (0..count * len).map(|index| f64::from(values[at(index / len, index % len)])).collect();
    for done in 0..count {
        let (vector, rest) = vectors[done * len..].split_at_mut(len);
        dispatch(Normalise { vector });
        let left = count - done - 1;
        let parts = num_parts(left, left * len);
        for_each_piece(rest, len, left, parts, &|_, rest| dispatch(Project { vector, rest }));
    }
    for (index, value) in vectors.into_iter().enumerate() {
        values[at(index / len, index % len)] = (f64::from(gain) * value) as f32;
    }
}

/// Independent sums of an inner product.
const LANES: usize = 16;

#[inline(always)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let ((a, a_end), (b, b_end)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum::<f64>() + a_end.iter().zip(b_end).map(|(a, b)| a * b).sum::<f64>()
}

struct Normalise<'a> {
    vector: &'a mut [f64],
}

impl Loop for Normalise<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let norm = dot(self.vector, self.vector).sqrt();
        for value in self.vector {
            *value /= norm;
        }
    }
}

/// Takes out of each of `rest` its part along `vector`.
struct Project<'a> {
    vector: &'a [f64],
    rest: &'a mut [f64],
}

impl Loop for Project<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        for other in self.rest.chunks_exact_mut(self.vector.len()) {
            let part = dot(self.vector, other);
            for (other, &value) in other.iter_mut().zip(self.vector) {
                *other -= part * value;
            }
        }
    }
}

/// A normal matrix in each of whose columns `num_zeros` elements, any as likely as any other, are zero.
///
/// # Source
/// J. Martens, "Deep learning via Hessian-free optimization", 2010.
pub(super) fn sparse(
    values: &mut [f32],
    shape: &[usize],
    num_zeros: usize,
    std: f32,
    seed: u64,
    stream: u64,
) {
    let &[rows, cols] = shape else { panic!("a sparse matrix has 2 axes, not those of {shape:?}") };
    elements::normal(values, 0.0, std, seed, stream);
    // A stream of its own: the tensor's is in use.
    let mut random = Philox::new(seed, !stream);
    let mut order: Vec<usize> = (0..rows).collect();
    for col in 0..cols {
        for chosen in 0..num_zeros.min(rows) {
            order.swap(chosen, chosen + random.below(rows - chosen));
            values[order[chosen] * cols + col] = 0.0;
        }
    }
}
