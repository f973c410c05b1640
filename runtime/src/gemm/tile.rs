//! The tile kernel: a few rows of C by a few vectors of columns, summed over k in registers.

use super::super::Float;
use super::simd::Simd;

/// Most vectors of columns in a tile.
pub(super) const MAX_VECTORS: usize = 4;

/// `c[i, j] (+)= sum over p of a[i * a_row + p * a_step] * b_p[j]`, where `b_p` starts at `b + p * b_step`, or at
/// `b + offsets[p]` in the kernels that take a table.
#[derive(Clone, Copy)]
pub(crate) struct Tile {
    pub(crate) k: usize,
    pub(crate) a: *const Float,
    pub(crate) a_row: usize,
    pub(crate) a_step: usize,
    pub(crate) b: *const Float,
    pub(crate) b_step: usize,
    pub(crate) offsets: *const u32,
    pub(crate) c: *mut Float,
    pub(crate) c_row: usize,
    /// Columns of the last vector that exist: from 1 to the number of lanes.
    pub(crate) last_lanes: usize,
    pub(crate) accumulate: bool,
}

/// A tile kernel of fixed size.
///
/// # Safety
/// The machine has the kernel's instruction set; `a`, and `b` at every step, are valid for reads over the tile, with
/// `offsets` valid for `k` reads if the kernel takes a table; `c` is valid for writes over the tile, and for reads
/// if `accumulate`; nobody else accesses that part of `c` meanwhile.
pub(crate) type TileFn = unsafe fn(&Tile);

/// Repeats a block for each `$i` below the constant `$count` (at most 8) before LLVM sees it: left to itself, LLVM
/// stops unrolling the larger kernels and keeps their accumulators in memory.
macro_rules! unroll {
    ($count:expr, $i:ident => $body:block) => { unroll!(@ $count, $i, $body, 0 1 2 3 4 5 6 7) };
    (@ $count:expr, $i:ident, $body:block, $($value:literal)*) => {
        $( if const { $value < $count } { const $i: usize = $value; $body } )*
    };
}
pub(super) use unroll;

/// The body of every [`TileFn`].
///
/// # Safety
/// As [`TileFn`].
#[inline(always)]
pub(super) unsafe fn tile<S: Simd, const ROWS: usize, const VECTORS: usize, const TABLE: bool>(tile: &Tile) {
    // SAFETY: the caller vouches for what both branches need; the first one reads and writes whole vectors only when
    // all their lanes exist.
    unsafe {
        if !S::FREE_MASKED_LOADS && tile.last_lanes == S::LANES {
            tile_body::<S, ROWS, VECTORS, TABLE, false>(tile);
        } else {
            tile_body::<S, ROWS, VECTORS, TABLE, true>(tile);
        }
    }
}

#[inline(always)]
unsafe fn tile_body<
    S: Simd,
    const ROWS: usize,
    const VECTORS: usize,
    const TABLE: bool,
    const MASKED: bool,
>(
    t: &Tile,
) {
    // SAFETY: all accesses are within the tile that the caller vouches for: rows below `ROWS`, `VECTORS - 1` whole
    // vectors of columns and `last_lanes` of the last one. The pointers to rows of A that do not exist are formed by
    // wrapping arithmetic and not read.
    unsafe {
        let mask = S::mask(t.last_lanes);
        let load = |source: *const Float, vector: usize| {
            if MASKED && vector == VECTORS - 1 {
                S::load_masked(source.add(vector * S::LANES), mask)
            } else {
                S::load(source.add(vector * S::LANES))
            }
        };
        let mut sums = [[S::zero(); VECTORS]; ROWS];
        // One pointer per three rows: x86 addresses the second and the third with an index register.
        let mut a = [t.a, t.a.wrapping_add(3 * t.a_row), t.a.wrapping_add(6 * t.a_row)];
        let mut b_next = t.b;
        for p in 0..t.k {
            let b = if TABLE { t.b.add(*t.offsets.add(p) as usize) } else { b_next };
            let mut b_vectors = [S::zero(); VECTORS];
            unroll!(VECTORS, J => { b_vectors[J] = load(b, J); });
            unroll!(ROWS, I => {
                let value = S::splat(*a[I / 3].add(I % 3 * t.a_row));
                unroll!(VECTORS, J => { sums[I][J] = S::mul_add(value, b_vectors[J], sums[I][J]); });
            });
            a = [a[0].wrapping_add(t.a_step), a[1].wrapping_add(t.a_step), a[2].wrapping_add(t.a_step)];
            b_next = b_next.wrapping_add(t.b_step);
        }
        if t.accumulate {
            unroll!(ROWS, I => {
                let c = t.c.add(I * t.c_row);
                unroll!(VECTORS, J => { sums[I][J] = S::add(load(c, J), sums[I][J]); });
            });
        }
        let whole = t.last_lanes == S::LANES;
        unroll!(ROWS, I => {
            let c = t.c.add(I * t.c_row);
            unroll!(VECTORS, J => {
                // Masked stores are slow on AVX2, so the common case avoids them.
                if J < VECTORS - 1 || whole {
                    S::store(c.add(J * S::LANES), sums[I][J]);
                } else {
                    S::store_masked(c.add(J * S::LANES), mask, sums[I][J]);
                }
            });
        });
    }
}
