//! The dot kernel: a few rows of A times a few rows of B, both contiguous along k. It needs no packing, which pays
//! when few rows of A would share the packed B.

use super::super::Float;
use super::simd::Simd;
use super::tile::unroll;

/// Most rows of B in a [`Dot`].
pub(crate) const MAX_COLUMNS: usize = 8;

/// `c[i * c_row + j] (+)= sum over s, p of a[s * a_segment + i * a_row + p] * b[j][s * b_segment + p]` for
/// `s < segments`, `p < k`.
#[derive(Clone, Copy)]
pub(crate) struct Dot {
    pub(crate) k: usize,
    pub(crate) segments: usize,
    pub(crate) a_segment: usize,
    pub(crate) b_segment: usize,
    pub(crate) a: *const Float,
    pub(crate) a_row: usize,
    pub(crate) b: [*const Float; MAX_COLUMNS],
    pub(crate) c: *mut Float,
    pub(crate) c_row: usize,
    pub(crate) accumulate: bool,
}

/// A dot kernel of fixed size.
///
/// # Safety
/// The machine has the kernel's instruction set; the kernel's rows of `a` and `b` are valid for reads of `k`
/// elements in each segment; its part of `c` is valid for writes, and for reads if `accumulate`; nobody else accesses it meanwhile.
pub(crate) type DotFn = unsafe fn(&Dot);

/// The body of every [`DotFn`].
///
/// # Numerics
/// Each product is summed in the lane `p % LANES`, and the lanes by a tree at the end.
///
/// # Safety
/// As [`DotFn`].
#[inline(always)]
pub(super) unsafe fn dot<S: Simd, const ROWS: usize, const COLUMNS: usize>(d: &Dot) {
    // SAFETY: rows below `ROWS` of A, below `COLUMNS` of B and positions below `k` of each segment are all that is
    // read, and the corresponding part of `c` all that is written; the caller vouches for them.
    unsafe {
        let mut sums = [[S::zero(); COLUMNS]; ROWS];
        let mask = S::mask(d.k % S::LANES);
        for segment in 0..d.segments {
            let first_a = d.a.add(segment * d.a_segment);
            let first_b = segment * d.b_segment;
            let mut p = 0;
            while p + S::LANES <= d.k {
                let mut a = [S::zero(); ROWS];
                unroll!(ROWS, I => { a[I] = S::load(first_a.add(I * d.a_row + p)); });
                unroll!(COLUMNS, J => {
                    let b = S::load(d.b[J].add(first_b + p));
                    unroll!(ROWS, I => { sums[I][J] = S::mul_add(a[I], b, sums[I][J]); });
                });
                p += S::LANES;
            }
            if p < d.k {
                unroll!(COLUMNS, J => {
                    let b = S::load_masked(d.b[J].add(first_b + p), mask);
                    unroll!(ROWS, I => {
                        let a = S::load_masked(first_a.add(I * d.a_row + p), mask);
                        sums[I][J] = S::mul_add(a, b, sums[I][J]);
                    });
                });
            }
        }
        unroll!(ROWS, I => {
            let c = d.c.add(I * d.c_row);
            unroll!(COLUMNS.div_ceil(4), Q => {
                let at = |j: usize| if j < COLUMNS { sums[I][j] } else { S::zero() };
                let total = S::sum_lanes([at(4 * Q), at(4 * Q + 1), at(4 * Q + 2), at(4 * Q + 3)]);
                for (j, &value) in total.iter().enumerate().take(COLUMNS - 4 * Q) {
                    let c = c.add(4 * Q + j);
                    *c = if d.accumulate { *c + value } else { value };
                }
            });
        });
    }
}
