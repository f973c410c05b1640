//! Reductions in sixteen lanes: the order in which elements are combined is the same on every instruction set.

use crate::isa::{Isa, Loop, Portable, dispatch};
use crate::math::{maximum, minimum};

/// Number of lanes.
pub const LANES: usize = 16;

/// How elements are combined to one.
pub trait Reduction: Copy + Send + Sync + 'static {
    /// Changes nothing when it is combined.
    const IDENTITY: f32;
    /// Two elements as one.
    fn combine(a: f32, b: f32) -> f32;
}

/// `a + b`.
#[derive(Clone, Copy, Debug)]
pub struct Sum;
/// `a * b`.
#[derive(Clone, Copy, Debug)]
pub struct Product;
/// The larger; NaN if either is.
#[derive(Clone, Copy, Debug)]
pub struct Max;
/// The smaller; NaN if either is.
#[derive(Clone, Copy, Debug)]
pub struct Min;

impl Reduction for Sum {
    const IDENTITY: f32 = 0.0;
    #[inline(always)]
    fn combine(a: f32, b: f32) -> f32 {
        a + b
    }
}

impl Reduction for Product {
    const IDENTITY: f32 = 1.0;
    #[inline(always)]
    fn combine(a: f32, b: f32) -> f32 {
        a * b
    }
}

impl Reduction for Max {
    const IDENTITY: f32 = f32::NEG_INFINITY;
    #[inline(always)]
    fn combine(a: f32, b: f32) -> f32 {
        maximum::<Portable>(a, b)
    }
}

impl Reduction for Min {
    const IDENTITY: f32 = f32::INFINITY;
    #[inline(always)]
    fn combine(a: f32, b: f32) -> f32 {
        minimum::<Portable>(a, b)
    }
}

/// Two elements as one.
#[inline(always)]
pub fn combine<R: Reduction>(a: f32, b: f32) -> f32 {
    R::combine(a, b)
}

/// Combines `values[i]` into `lanes[i % 16]`, in order.
#[inline(always)]
pub fn fold<R: Reduction>(lanes: &mut [f32; LANES], values: &[f32]) {
    let (blocks, rest) = values.as_chunks::<LANES>();
    for block in blocks {
        for lane in 0..LANES {
            lanes[lane] = R::combine(lanes[lane], block[lane]);
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        *lane = R::combine(*lane, value);
    }
}

/// All lanes as one, pairwise.
#[inline(always)]
pub fn total<R: Reduction>(lanes: &[f32; LANES]) -> f32 {
    let mut totals = *lanes;
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            totals[lane] = R::combine(totals[lane], totals[lane + width]);
        }
        width /= 2;
    }
    totals[0]
}

struct Accumulate<'a>(&'a mut [f32], &'a [f32]);

impl Loop for Accumulate<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        for (out, value) in self.0.iter_mut().zip(self.1) {
            *out += value;
        }
    }
}

/// `out[i] += values[i]`.
pub fn accumulate(out: &mut [f32], values: &[f32]) {
    assert_eq!(out.len(), values.len(), "what is added has as many elements as what it is added to");
    dispatch(Accumulate(out, values));
}
