//! Sums and maxima in sixteen lanes: the order of additions is the same on every instruction set.

use crate::isa::{Isa, Loop, dispatch};

/// Number of lanes.
pub const LANES: usize = 16;

/// `lanes[i % 16] += values[i]`, in order.
#[inline(always)]
pub fn add(lanes: &mut [f32; LANES], values: &[f32]) {
    let (blocks, rest) = values.as_chunks::<LANES>();
    for block in blocks {
        for lane in 0..LANES {
            lanes[lane] += block[lane];
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *lane += value;
    }
}

/// `lanes[i % 16] = max(lanes[i % 16], values[i])`; NaN wins.
#[inline(always)]
pub fn larger(lanes: &mut [f32; LANES], values: &[f32]) {
    let pick = |a: f32, b: f32| if b > a || b.is_nan() { b } else { a };
    let (blocks, rest) = values.as_chunks::<LANES>();
    for block in blocks {
        for lane in 0..LANES {
            lanes[lane] = pick(lanes[lane], block[lane]);
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *lane = pick(*lane, *value);
    }
}

/// The sum of all lanes, pairwise.
#[inline(always)]
pub fn total(lanes: &[f32; LANES]) -> f32 {
    let mut sums = *lanes;
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            sums[lane] += sums[lane + width];
        }
        width /= 2;
    }
    sums[0]
}

/// The largest of all lanes; NaN if any is.
#[inline(always)]
pub fn largest(lanes: &[f32; LANES]) -> f32 {
    let mut best = f32::NEG_INFINITY;
    for &lane in lanes {
        best = if lane > best || lane.is_nan() || best.is_nan() {
            if best.is_nan() { best } else { lane }
        } else {
            best
        };
    }
    best
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
