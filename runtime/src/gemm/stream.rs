//! One row times a matrix: B is read once, in order, at the speed of memory.

use super::super::Float;
use super::simd::Simd;
use super::tile::unroll;

/// `c[j] (+)= sum over p of a[p * a_step] * b[p * b_step + j]` for `j < n`.
#[derive(Clone, Copy)]
pub(crate) struct Stream {
    pub(crate) n: usize,
    pub(crate) k: usize,
    pub(crate) a: *const Float,
    pub(crate) a_step: usize,
    pub(crate) b: *const Float,
    pub(crate) b_step: usize,
    pub(crate) c: *mut Float,
    pub(crate) accumulate: bool,
}

/// # Safety
/// The machine has the kernel's instruction set; `a` and `b` are valid for reads and `c` for reads and writes over
/// the sizes given (its values are only used if `accumulate`); nobody else accesses `c` meanwhile.
pub(crate) type StreamFn = unsafe fn(&Stream);

/// Columns at a time: their part of C stays in the first-level cache while the rows of B pass by.
const COLUMNS: usize = 4096;
/// Rows of B at a time: as many streams as hardware prefetchers follow, and one pass over C for all of them.
const ROWS: usize = 8;

/// The body of every [`StreamFn`].
///
/// # Safety
/// As [`StreamFn`].
#[inline(always)]
pub(super) unsafe fn stream<S: Simd>(s: &Stream) {
    for column in (0..s.n).step_by(COLUMNS) {
        let columns = COLUMNS.min(s.n - column);
        // SAFETY: `column + columns <= n`, so C and every row of B have `columns` elements from `column` on.
        unsafe {
            let c = s.c.add(column);
            if !s.accumulate {
                std::slice::from_raw_parts_mut(c, columns).fill(0.0);
            }
            for row in (0..s.k).step_by(ROWS) {
                add_rows::<S>(s, row, column, columns, c);
            }
        }
    }
}

/// `c += a[row..row + 8] b[row..row + 8, column..column + columns]`, or fewer rows at the end.
#[inline(always)]
unsafe fn add_rows<S: Simd>(s: &Stream, row: usize, column: usize, columns: usize, c: *mut Float) {
    // SAFETY: only rows below `k` and columns below `n`, for which the caller vouches, are accessed: whole vectors
    // where all their lanes exist, masked ones elsewhere.
    unsafe {
        let rows = ROWS.min(s.k - row);
        let mut weights = [S::zero(); ROWS];
        unroll!(ROWS, I => {
            if I < rows {
                weights[I] = S::splat(*s.a.add((row + I) * s.a_step));
            }
        });
        let b = s.b.add(row * s.b_step + column);
        let mut j = 0;
        if rows == ROWS {
            while j + S::LANES <= columns {
                let (mut even, mut odd) = (S::load(c.add(j)), S::zero());
                unroll!(ROWS, I => {
                    let sum = if I & 1 == 0 { &mut even } else { &mut odd };
                    *sum = S::mul_add(weights[I], S::load(b.add(I * s.b_step + j)), *sum);
                });
                S::store(c.add(j), S::add(even, odd));
                j += S::LANES;
            }
        }
        while j < columns {
            let mask = S::mask(columns - j);
            let (mut even, mut odd) = (S::load_masked(c.add(j), mask), S::zero());
            unroll!(ROWS, I => {
                if I < rows {
                    let b = S::load_masked(b.add(I * s.b_step + j), mask);
                    let sum = if I & 1 == 0 { &mut even } else { &mut odd };
                    *sum = S::mul_add(weights[I], b, *sum);
                }
            });
            S::store_masked(c.add(j), mask, S::add(even, odd));
            j += S::LANES;
        }
    }
}
