//! Reductions in sixteen lanes: the order in which elements are combined is the same on every instruction set.

use crate::isa::{Isa, Loop, Portable, dispatch};
use crate::math::{maximum, minimum};
use std::marker::PhantomData;

/// Number of lanes.
pub const LANES: usize = 16;

/// How elements are combined to one.
pub trait Reduction: Copy + Send + Sync + 'static {
    /// Changes nothing when it is combined.
    const IDENTITY: f32;
    /// Two elements as one.
    fn combine(a: f32, b: f32) -> f32;
    /// See [`fold`](fn@fold).
    fn fold(lanes: &mut [f32; LANES], values: &[f32]);
    /// See [`total`](fn@total).
    fn total(lanes: &[f32; LANES]) -> f32;
}

macro_rules! reduction {
    ($(#[$attribute:meta])* $name:ident, $identity:expr, $combine:expr) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Reduction for $name {
            const IDENTITY: f32 = $identity;

            #[inline(always)]
            fn combine(a: f32, b: f32) -> f32 {
                $combine(a, b)
            }

            // Compiled here, once per instruction set, rather than in every loop of generated code that reduces: there
            // they were most of what LLVM had to optimise. One call serves a block of some hundred elements.
            #[inline(never)]
            fn fold(lanes: &mut [f32; LANES], values: &[f32]) {
                dispatch(Fold::<$name>(lanes, values, PhantomData));
            }

            #[inline(never)]
            fn total(lanes: &[f32; LANES]) -> f32 {
                dispatch(Total::<$name>(lanes, PhantomData))
            }
        }
    };
}

reduction!(
    /// `a + b`.
    Sum,
    0.0,
    |a, b| a + b
);
reduction!(
    /// `a * b`.
    Product,
    1.0,
    |a, b| a * b
);
reduction!(
    /// The larger; NaN if either is.
    Max,
    f32::NEG_INFINITY,
    maximum::<Portable>
);
reduction!(
    /// The smaller; NaN if either is.
    Min,
    f32::INFINITY,
    minimum::<Portable>
);

/// Two elements as one.
#[inline(always)]
pub fn combine<R: Reduction>(a: f32, b: f32) -> f32 {
    R::combine(a, b)
}

struct Fold<'a, R>(&'a mut [f32; LANES], &'a [f32], PhantomData<R>);

impl<R: Reduction> Loop for Fold<'_, R> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let Fold(out, values, _) = self;
        // Copied, so that they stay in registers: `values` might lie where `out` does for all that LLVM knows.
        let mut lanes = *out;
        let (blocks, rest) = values.as_chunks::<LANES>();
        for block in blocks {
            for lane in 0..LANES {
                lanes[lane] = R::combine(lanes[lane], block[lane]);
            }
        }
        for (lane, &value) in lanes.iter_mut().zip(rest) {
            *lane = R::combine(*lane, value);
        }
        *out = lanes;
    }
}

struct Total<'a, R>(&'a [f32; LANES], PhantomData<R>);

impl<R: Reduction> Loop for Total<'_, R> {
    type Output = f32;
    #[inline(always)]
    fn run<S: Isa>(self) -> f32 {
        let mut totals = *self.0;
        let mut width = LANES / 2;
        while width > 0 {
            for lane in 0..width {
                totals[lane] = R::combine(totals[lane], totals[lane + width]);
            }
            width /= 2;
        }
        totals[0]
    }
}

/// Combines `values[i]` into `lanes[i % 16]`, in order.
#[inline(always)]
pub fn fold<R: Reduction>(lanes: &mut [f32; LANES], values: &[f32]) {
    R::fold(lanes, values);
}

/// All lanes as one, pairwise.
#[inline(always)]
pub fn total<R: Reduction>(lanes: &[f32; LANES]) -> f32 {
    R::total(lanes)
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
