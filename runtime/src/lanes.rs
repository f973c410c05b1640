//! Reductions in sixteen lanes: the order in which elements are combined is the same on every instruction set.

use super::Float;
use super::math::{maximum, minimum};
use crate::isa::{Isa, Loop, Portable, dispatch};
use std::marker::PhantomData;

/// Number of lanes.
pub const LANES: usize = 16;

/// How elements are combined to one.
pub trait Reduction: Copy + Send + Sync + 'static {
    /// Changes nothing when it is combined.
    const IDENTITY: Float;
    /// Two elements as one.
    fn combine(a: Float, b: Float) -> Float;
    /// See [`fold`](fn@fold).
    fn fold(lanes: &mut [Float; LANES], values: &[Float]);
    /// See [`total`](fn@total).
    fn total(lanes: &[Float; LANES]) -> Float;
}

macro_rules! reduction {
    ($(#[$attribute:meta])* $name:ident, $identity:expr, $combine:expr) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Reduction for $name {
            const IDENTITY: Float = $identity;

            #[inline(always)]
            fn combine(a: Float, b: Float) -> Float {
                $combine(a, b)
            }

            // Compiled here, once per instruction set, rather than in every loop of generated code that reduces: there
            // they were most of what LLVM had to optimise. One call serves a block of some hundred elements.
            #[inline(never)]
            fn fold(lanes: &mut [Float; LANES], values: &[Float]) {
                dispatch(Fold::<$name>(lanes, values, PhantomData));
            }

            #[inline(never)]
            fn total(lanes: &[Float; LANES]) -> Float {
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
    Float::NEG_INFINITY,
    maximum::<Portable>
);
reduction!(
    /// The smaller; NaN if either is.
    Min,
    Float::INFINITY,
    minimum::<Portable>
);

/// Two elements as one.
#[inline(always)]
pub fn combine<R: Reduction>(a: Float, b: Float) -> Float {
    R::combine(a, b)
}

struct Fold<'a, R>(&'a mut [Float; LANES], &'a [Float], PhantomData<R>);

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

struct Total<'a, R>(&'a [Float; LANES], PhantomData<R>);

impl<R: Reduction> Loop for Total<'_, R> {
    type Output = Float;
    #[inline(always)]
    fn run<S: Isa>(self) -> Float {
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
pub fn fold<R: Reduction>(lanes: &mut [Float; LANES], values: &[Float]) {
    R::fold(lanes, values);
}

/// All lanes as one, pairwise.
#[inline(always)]
pub fn total<R: Reduction>(lanes: &[Float; LANES]) -> Float {
    R::total(lanes)
}

struct Accumulate<'a>(&'a mut [Float], &'a [Float]);

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
pub fn accumulate(out: &mut [Float], values: &[Float]) {
    assert_eq!(out.len(), values.len(), "what is added has as many elements as what it is added to");
    dispatch(Accumulate(out, values));
}

struct CombineParts<'a, R> {
    out: &'a mut [Float],
    parts: &'a [Float],
    reduction: PhantomData<R>,
}

impl<R: Reduction> Loop for CombineParts<'_, R> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let len = self.out.len();
        self.out.copy_from_slice(&self.parts[..len]);
        for part in self.parts[len..].chunks_exact(len) {
            for (out, &value) in self.out.iter_mut().zip(part) {
                *out = R::combine(*out, value);
            }
        }
    }
}

/// Combines `partials[p * out.len() + i]` for all parts `p`, in order, to `out[i]`.
pub fn combine_parts<R: Reduction>(out: &mut [Float], partials: &[Float], parts: usize) {
    if !out.is_empty() {
        let partials = &partials[..parts * out.len()];
        dispatch(CombineParts::<R> { out, parts: partials, reduction: PhantomData });
    }
}

/// `out[i] = sum over p of partials[p * out.len() + i]`, in the order of `p`.
pub fn sum_parts(out: &mut [Float], partials: &[Float], parts: usize) {
    combine_parts::<Sum>(out, partials, parts);
}
