//! Packing: copying a strip of A or B into the order in which the tile kernel reads it.

use super::super::Float;
use super::simd::{MAX_LANES, Simd};

/// `target[p * target_step + i] = source[p * step + i * lane]` for `p < k`, `i < width`, and zeros up to the next
/// multiple of the lanes or up to `target_step`, whichever is less.
#[derive(Clone, Copy)]
pub(crate) struct Pack {
    pub(crate) k: usize,
    pub(crate) width: usize,
    pub(crate) source: *const Float,
    /// Distance in the source between values that are `1` apart along k.
    pub(crate) step: usize,
    /// Distance in the source between values of neighbouring columns of B (rows of A).
    pub(crate) lane: usize,
    pub(crate) target: *mut Float,
    pub(crate) target_step: usize,
}

/// # Safety
/// The machine has the kernel's instruction set; `source` is valid for reads over the strip, `target` for writes of
/// `k * target_step` elements that nobody else accesses meanwhile; `target_step >= width`.
pub(crate) type PackFn = unsafe fn(&Pack);

/// The body of every [`PackFn`].
///
/// # Safety
/// As [`PackFn`].
#[inline(always)]
pub(super) unsafe fn pack<S: Simd>(s: &Pack) {
    for first in (0..s.width).step_by(S::LANES) {
        let lanes = S::LANES.min(s.width - first);
        let stored = S::LANES.min(s.target_step - first);
        // SAFETY: the strip from `first` on has `lanes` values at each step, and `target` room for `stored`.
        unsafe {
            if s.lane == 1 {
                copy::<S>(s, first, lanes, stored);
            } else if s.step == 1 {
                transpose::<S>(s, first, lanes, stored);
            } else {
                gather(s, first, lanes, stored);
            }
        }
    }
}

/// Writes the first `stored` lanes of `value`.
#[inline(always)]
unsafe fn store_lanes<S: Simd>(target: *mut Float, value: S::Vector, stored: usize) {
    // SAFETY: the caller vouches for `stored` elements.
    unsafe {
        if stored == S::LANES {
            S::store(target, value);
        } else {
            S::store_masked(target, S::mask(stored), value);
        }
    }
}

#[inline(always)]
unsafe fn copy<S: Simd>(s: &Pack, first: usize, lanes: usize, stored: usize) {
    // SAFETY: `lanes` values exist at each step of the source, and `stored` places in the target.
    unsafe {
        let (source, target) = (s.source.add(first), s.target.add(first));
        if lanes == S::LANES {
            for p in 0..s.k {
                S::store(target.add(p * s.target_step), S::load(source.add(p * s.step)));
            }
        } else {
            let mask = S::mask(lanes);
            for p in 0..s.k {
                let value = S::load_masked(source.add(p * s.step), mask);
                store_lanes::<S>(target.add(p * s.target_step), value, stored);
            }
        }
    }
}

#[inline(always)]
unsafe fn transpose<S: Simd>(s: &Pack, first: usize, lanes: usize, stored: usize) {
    for p in (0..s.k).step_by(S::LANES) {
        let steps = S::LANES.min(s.k - p);
        // SAFETY: `lanes` rows of the source have `steps` values from `p` on, and the target has as many steps.
        unsafe {
            let source = s.source.add(first * s.lane + p);
            let mut rows = [S::zero(); MAX_LANES];
            if lanes == S::LANES && steps == S::LANES {
                for (i, row) in rows.iter_mut().enumerate().take(S::LANES) {
                    *row = S::load(source.add(i * s.lane));
                }
            } else {
                let mask = S::mask(steps);
                for (i, row) in rows.iter_mut().enumerate().take(S::LANES) {
                    if i < lanes {
                        *row = S::load_masked(source.add(i * s.lane), mask);
                    }
                }
            }
            let columns = S::transpose(rows);
            let target = s.target.add(p * s.target_step + first);
            for (i, &column) in columns.iter().enumerate().take(S::LANES) {
                if i < steps {
                    store_lanes::<S>(target.add(i * s.target_step), column, stored);
                }
            }
        }
    }
}

#[inline(always)]
unsafe fn gather(s: &Pack, first: usize, lanes: usize, stored: usize) {
    for p in 0..s.k {
        for i in 0..stored {
            // SAFETY: `i < lanes` exists in the source at step `p`, `i < stored` in the target.
            unsafe {
                let value = if i < lanes { *s.source.add(p * s.step + (first + i) * s.lane) } else { 0.0 };
                *s.target.add(p * s.target_step + first + i) = value;
            }
        }
    }
}
