//! Sums over flat buffers, in f64 and in an order that depends on the length alone.

use crate::isa::{Isa, Loop};
use crate::parallel::{MAX_PARTS, RowLoop, num_parts, run_rows};

/// Independent sums of a reduction, on every instruction set.
const LANES: usize = 16;

/// What one element adds to a sum, from its values in `K` buffers.
pub trait Term<const K: usize>: Copy + Send {
    /// The term of an element. To be marked `#[inline(always)]`.
    fn of<S: Isa>(&self, values: [f32; K]) -> f64;
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
pub fn sum<const K: usize>(term: &impl Term<K>, values: [&[f32]; K]) -> f64 {
    let n = values.first().map_or(0, |values| values.len());
    assert!(
        values.iter().all(|values| values.len() == n),
        "buffers to be summed together have lengths {:?}",
        values.map(<[f32]>::len)
    );
    let parts = num_parts(n / LANES, n);
    let mut sums = [0.0; MAX_PARTS];
    run_rows(Rows { term: *term, values, sums: &mut sums[..parts] }, parts);
    sums[..parts].iter().sum()
}

struct Rows<'a, T, const K: usize> {
    term: T,
    values: [&'a [f32]; K],
    /// One for each part.
    sums: &'a mut [f64],
}

impl<T: Term<K>, const K: usize> Loop for Rows<'_, T, K> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let Rows { term, values, sums } = self;
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
        sums[0] = lanes.iter().sum();
    }
}

impl<T: Term<K>, const K: usize> RowLoop for Rows<'_, T, K> {
    fn num_rows(&self) -> usize {
        self.values.first().map_or(0, |values| values.len()) / LANES
    }
    /// A row is one vector; what is left of one goes with the last part.
    fn split(self, rows: usize, parts: usize) -> (Self, Self) {
        let Rows { term, values, sums } = self;
        let sums = sums.split_at_mut(parts);
        (
            Rows { term, values: values.map(|values| &values[..rows * LANES]), sums: sums.0 },
            Rows { term, values: values.map(|values| &values[rows * LANES..]), sums: sums.1 },
        )
    }
}

/// The sum of squares of all elements.
///
/// # Numerics
/// A square of an f32 is exact in f64, so the result has the same bits on every instruction set, for any number of
/// threads, and overflows for no finite input.
pub fn sum_of_squares(values: &[f32]) -> f64 {
    sum(&Square, [values])
}

/// The sum of magnitudes of all elements.
pub fn sum_of_magnitudes(values: &[f32]) -> f64 {
    sum(&Magnitude, [values])
}

/// The inner product `sum a[i] b[i]`.
///
/// # Panics
/// When the lengths differ.
///
/// # Numerics
/// As for [`sum_of_squares`].
pub fn dot(a: &[f32], b: &[f32]) -> f64 {
    sum(&Product, [a, b])
}

#[derive(Clone, Copy)]
struct Square;

impl Term<1> for Square {
    #[inline(always)]
    fn of<S: Isa>(&self, [value]: [f32; 1]) -> f64 {
        f64::from(value) * f64::from(value)
    }
}

#[derive(Clone, Copy)]
struct Magnitude;

impl Term<1> for Magnitude {
    #[inline(always)]
    fn of<S: Isa>(&self, [value]: [f32; 1]) -> f64 {
        f64::from(value.abs())
    }
}

#[derive(Clone, Copy)]
struct Product;

impl Term<2> for Product {
    #[inline(always)]
    fn of<S: Isa>(&self, [a, b]: [f32; 2]) -> f64 {
        f64::from(a) * f64::from(b)
    }
}

/// The largest magnitude of all elements, 0 of none; NaN if any is.
pub fn largest_magnitude(values: &[f32]) -> f32 {
    let parts = num_parts(values.len() / LANES, values.len());
    let mut largest = [0.0; MAX_PARTS];
    run_rows(Largest { values, largest: &mut largest[..parts] }, parts);
    largest[..parts].iter().fold(0.0, |largest, &value| larger(largest, value))
}

/// The larger of two magnitudes, or NaN if either is.
#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if a.is_nan() || a > b { a } else { b }
}

struct Largest<'a> {
    values: &'a [f32],
    /// One for each part.
    largest: &'a mut [f32],
}

impl Loop for Largest<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let mut lanes = [0.0_f32; LANES];
        let (rows, rest) = self.values.as_chunks::<LANES>();
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
        self.largest[0] = largest;
    }
}

impl RowLoop for Largest<'_> {
    fn num_rows(&self) -> usize {
        self.values.len() / LANES
    }
    /// As for sums.
    fn split(self, rows: usize, parts: usize) -> (Self, Self) {
        let values = self.values.split_at(rows * LANES);
        let largest = self.largest.split_at_mut(parts);
        (Largest { values: values.0, largest: largest.0 }, Largest { values: values.1, largest: largest.1 })
    }
}
