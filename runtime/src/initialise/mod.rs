//! Initial values of parameters: drawn element by element, or made with a structure.
//!
//! All of them depend on the seed, the stream of the tensor and its shape alone, for any number of threads.

mod elements;
mod structure;

use crate::float::Float;
use crate::state::Init;

/// Fills a tensor as declared. One that depends on another stays as it is: see [`norms`].
///
/// Of uniform and normal values, element `i` depends on `seed`, `stream` and `i` only: it comes from word `i % 4` of
/// `philox([i / 4, stream], seed)`, or for normal values from the pair of words that `i % 4` belongs to.
///
/// # Shapes
/// - `values`: `shape`, row-major; structures need it, values drawn by element do not look at it
///
/// # Panics
/// When the shape does not suit the structure: the compiler has checked it.
pub fn initialise(values: &mut [f32], shape: &[usize], init: Init, seed: u64, stream: u64) {
    match init {
        Init::Constant(value) => values.fill(value as f32),
        Init::Uniform { low, high } => elements::uniform(values, low as f32, high as f32, seed, stream),
        Init::Normal { mean, std } => elements::normal(values, mean as f32, std as f32, seed, stream),
        Init::NormalExcept { std, start, end } => {
            elements::normal(values, 0.0, std as f32, seed, stream);
            values[start..end].fill(0.0);
        }
        Init::TruncNormal { mean, std, low, high } => {
            let interval = [low as f32, high as f32];
            elements::trunc_normal(values, mean as f32, std as f32, interval, seed, stream);
        }
        Init::Eye => structure::eye(values, shape),
        Init::Dirac { groups } => structure::dirac(values, shape, groups),
        Init::Orthogonal { gain } => structure::orthogonal(values, shape, gain as f32, seed, stream),
        Init::Sparse { num_zeros, std } => {
            structure::sparse(values, shape, num_zeros, std as f32, seed, stream)
        }
        Init::NormOf { .. } => {}
    }
}

/// Fills a tensor of an f64 model as declared: constants are exact, and what is drawn are the numbers that an f32 model
/// draws, so that both start from the same values.
///
/// # Panics
/// As [`initialise`].
pub fn initialise_wide(values: &mut [f64], shape: &[usize], init: Init, seed: u64, stream: u64) {
    match init {
        Init::Constant(value) => values.fill(value),
        Init::NormOf { .. } => {}
        _ => {
            let mut drawn = vec![0.0; values.len()];
            initialise(&mut drawn, shape, init, seed, stream);
            values.iter_mut().zip(drawn).for_each(|(value, drawn)| *value = f64::from(drawn));
        }
    }
}

/// Euclidean norms over the axes that have size 1 in the shape of the result, or are missing in front of it.
///
/// # Shapes
/// - `values`: `of`, row-major
/// - result: `shape`, whose sizes are those at the end of `of`, or 1
///
/// # Numerics
/// Sums in f64 in the order of the elements.
pub fn norms<F: Float>(values: &[F], of: &[usize], shape: &[usize]) -> Vec<F> {
    let mut squares = vec![0.0_f64; shape.iter().product()];
    let reduced = of.len() - shape.len();
    for (index, &value) in values.iter().enumerate() {
        // The place of the element among the norms, from the last axis to the first.
        let (mut rest, mut place, mut stride) = (index, 0, 1);
        for (&full, &size) in of[reduced..].iter().zip(shape).rev() {
            place += rest % full % size * stride;
            (rest, stride) = (rest / full, stride * size);
        }
        squares[place] += value.into().powi(2);
    }
    squares.into_iter().map(|sum| F::from_f64(sum.sqrt())).collect()
}
