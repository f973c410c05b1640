//! Sums over flat buffers, in f64 and in an order that depends on the length alone.

use super::super::Float;
use crate::isa::{Isa, Loop, dispatch};
use crate::parallel::{MAX_PARTS, cut, for_each_piece, num_parts};
use std::ops::Range;

/// Independent sums of a reduction, on every instruction set.
const LANES: usize = 16;

/// What one element adds to a sum, from its values in `K` buffers.
pub trait Term<const K: usize>: Copy + Send + Sync {
    /// The term of an element. To be marked `#[inline(always)]`.
    fn of<S: Isa>(&self, values: [Float; K]) -> f64;
}

/// The sum of a term over all elements.
///
/// # Shapes
/// - each of `values`: `[n]`
///
/// # Panics
/// When the lengths differ.
///
/// # Numerics
/// f64 in 16 lanes, in an order that depends on the length alone: the same bits for any number of threads, and on every
/// instruction set if the term has.
pub fn sum<const K: usize>(term: &impl Term<K>, values: [&[Float]; K]) -> f64 {
    let n = values.first().map_or(0, |values| values.len());
    assert!(
        values.iter().all(|values| values.len() == n),
        "buffers to be summed together have lengths {:?}",
        values.map(<[Float]>::len)
    );
    let mut partials = [0.0; MAX_PARTS];
    let partials = of_parts(n, &mut partials, &|range| {
        dispatch(Rows { term: *term, values: values.map(|values| &values[range.clone()]) })
    });
    partials.iter().sum()
}

/// A result for each part of `n` elements, in order.
fn of_parts<'a, R: Copy + Send>(
    n: usize,
    results: &'a mut [R; MAX_PARTS],
    work: &(impl Fn(Range<usize>) -> R + Sync),
) -> &'a [R] {
    let rows = n / LANES;
    let parts = num_parts(rows, n);
    for_each_piece(&mut results[..parts], 1, parts, parts, &|part, result| {
        // A row is one vector; what is left of one goes with the last part.
        let end = if part + 1 == parts { n } else { cut(rows, part + 1, parts) * LANES };
        result[0] = work(cut(rows, part, parts) * LANES..end);
    });
    &results[..parts]
}

struct Rows<'a, T, const K: usize> {
    term: T,
    values: [&'a [Float]; K],
}

impl<T: Term<K>, const K: usize> Loop for Rows<'_, T, K> {
    type Output = f64;
    #[inline(always)]
    fn run<S: Isa>(self) -> f64 {
        let Rows { term, values } = self;
        let n = values.first().map_or(0, |values| values.len());
        let mut lanes = [0.0_f64; LANES];
        for start in (0..n / LANES * LANES).step_by(LANES) {
            for lane in 0..LANES {
                let mut element = [0.0; K];
                for k in 0..K {
                    element[k] = values[k][start..][..LANES][lane];
                }
                lanes[lane] += term.of::<S>(element);
            }
        }
        for (lane, i) in (n / LANES * LANES..n).enumerate() {
            let mut element = [0.0; K];
            for k in 0..K {
                element[k] = values[k][i];
            }
            lanes[lane] += term.of::<S>(element);
        }
        lanes.iter().sum()
    }
}

/// The sum of squares of all elements.
///
/// # Numerics
/// A square of an f32 is exact in f64, so the result has the same bits on every instruction set, for any number of
/// threads, and overflows for no finite input.
pub fn sum_of_squares(values: &[Float]) -> f64 {
    sum(&Square, [values])
}

/// The sum of magnitudes of all elements.
pub fn sum_of_magnitudes(values: &[Float]) -> f64 {
    sum(&Magnitude, [values])
}

/// The inner product `sum a[i] b[i]`.
///
/// # Panics
/// When the lengths differ.
///
/// # Numerics
/// As for [`sum_of_squares`].
pub fn dot(a: &[Float], b: &[Float]) -> f64 {
    sum(&Product, [a, b])
}

#[derive(Clone, Copy)]
struct Square;

impl Term<1> for Square {
    #[inline(always)]
    fn of<S: Isa>(&self, [value]: [Float; 1]) -> f64 {
        f64::from(value) * f64::from(value)
    }
}

#[derive(Clone, Copy)]
struct Magnitude;

impl Term<1> for Magnitude {
    #[inline(always)]
    fn of<S: Isa>(&self, [value]: [Float; 1]) -> f64 {
        f64::from(value.abs())
    }
}

#[derive(Clone, Copy)]
struct Product;

impl Term<2> for Product {
    #[inline(always)]
    fn of<S: Isa>(&self, [a, b]: [Float; 2]) -> f64 {
        f64::from(a) * f64::from(b)
    }
}

/// The largest magnitude of all elements, 0 of none; NaN if any is.
pub fn largest_magnitude(values: &[Float]) -> Float {
    let mut largest = [0.0; MAX_PARTS];
    let largest = of_parts(values.len(), &mut largest, &|range| dispatch(Largest(&values[range])));
    largest.iter().fold(0.0, |largest, &value| larger(largest, value))
}

/// The larger of two magnitudes, or NaN if either is.
#[inline(always)]
fn larger(a: Float, b: Float) -> Float {
    if a.is_nan() || a > b { a } else { b }
}

struct Largest<'a>(&'a [Float]);

impl Loop for Largest<'_> {
    type Output = Float;
    #[inline(always)]
    fn run<S: Isa>(self) -> Float {
        let mut lanes = [0.0 as Float; LANES];
        let (rows, rest) = self.0.as_chunks::<LANES>();
        for row in rows {
            for lane in 0..LANES {
                lanes[lane] = larger(lanes[lane], row[lane].abs());
            }
        }
        for (lane, value) in rest.iter().enumerate() {
            lanes[lane] = larger(lanes[lane], value.abs());
        }
        let mut largest = 0.0;
        for lane in lanes {
            largest = larger(largest, lane);
        }
        largest
    }
}
