//! A matrix product cut into tiles, blocked for the caches, with packing where it pays, on all threads.
//!
//! Every element of C is one sequential sum over each block of k, whatever the tile it lies in, so the cut into tiles
//! and parts does not change its bits.

use super::super::Float;
use super::kernels::{Kernels, TileSize};
use super::pack::Pack;
use super::scratch::aligned_len;
use super::tile::Tile;
use super::{FLOPS_PER_PART, Gemm, MAX_GEMM_PARTS};
use crate::parallel::for_each_part;
use std::ops::Range;

/// Steps of k per block: a strip of A of 8 rows (16 KiB) stays in the first-level cache. Values from 384 to 1024 are
/// within 3% on a Zen 4 core, 256 loses up to 8%.
const BLOCK_K: usize = 512;
/// Columns per block: bounds the packed B (8 MiB).
const BLOCK_N: usize = 4096;
/// Rows per block of packed A (4 MiB), shared by all threads.
const BLOCK_M: usize = 2048;
/// Rows that a thread multiplies by one strip of B after the other: their part of A (400 KiB) stays in the
/// second-level cache.
const CACHED_ROWS: usize = 192;
/// An operand of fewer elements is read fast enough in place. Thresholds found on a Zen 4 core with 1 MiB of
/// second-level cache; in place, 256 x 256 x 256 gains 3% to 10%, while 1024 x 1024 x 1024 takes twice the time.
const PACK_FROM: usize = 200 * 1024;
/// From here on packing B pays for half as many rows.
const PACK_LARGE_B_FROM: usize = 600 * 1024;
/// Elements worth a part of their own when packing.
const PACK_PER_PART: usize = 64 * 1024;

/// How a product is cut; depends on its shape and the instruction set alone.
#[derive(Clone, Copy)]
pub(super) struct Blocking {
    tile: TileSize,
    k_blocks: usize,
    /// Most steps of a block of k.
    block_k: usize,
    block_n: usize,
    block_m: usize,
    pack_a: bool,
    pack_b: bool,
}

impl Blocking {
    pub(super) fn new(kernels: &Kernels, g: &Gemm) -> Self {
        let tile = kernels.tile_size(g.m);
        let (a_len, b_len) = (g.m * g.k, g.k * g.n);
        let pack_a = a_len > PACK_FROM && g.n > 3 * tile.vectors * kernels.lanes;
        let pack_b = g.b_column != 1
            || (b_len > PACK_FROM && g.m > 12 * tile.rows)
            || (b_len > PACK_LARGE_B_FROM && g.m > 6 * tile.rows);
        let k_blocks = g.k.div_ceil(BLOCK_K).max(1);
        let n_blocks = g.n.div_ceil(BLOCK_N).max(1);
        Blocking {
            tile,
            k_blocks,
            block_k: g.k.div_ceil(k_blocks),
            block_n: g.n.div_ceil(n_blocks).next_multiple_of(tile.vectors * kernels.lanes),
            block_m: if pack_a { g.m.min(BLOCK_M) } else { g.m },
            pack_a,
            pack_b,
        }
    }

    fn packed_b_len(&self) -> usize {
        if self.pack_b { aligned_len(self.block_k * self.block_n) } else { 0 }
    }

    /// Elements of scratch that [`run`] needs.
    pub(super) fn scratch_len(&self, kernels: &Kernels) -> usize {
        let strips = self.block_m.div_ceil(self.tile.rows);
        let packed_a = if self.pack_a { strips * kernels.packed_rows * self.block_k } else { 0 };
        self.packed_b_len() + packed_a
    }
}

/// One block of k times one block of columns times one block of rows.
struct Block<'a> {
    kernels: &'a Kernels,
    g: &'a Gemm,
    blocking: &'a Blocking,
    k: Range<usize>,
    columns: Range<usize>,
    rows: Range<usize>,
    packed_a: *mut Float,
    packed_b: *mut Float,
    parallel: bool,
}

// SAFETY: a block is shared by threads that write disjoint parts of C and of the packed strips, and read the rest.
unsafe impl Sync for Block<'_> {}

/// `C (+)= A B`, by tiles, on the pool if `parallel`.
///
/// # Safety
/// As [`super::gemm`]; moreover `kernels` are those of an instruction set that the machine has, `blocking` was made
/// for them and for `g`, and `scratch` has its length.
pub(super) unsafe fn run(
    kernels: &Kernels,
    g: &Gemm,
    blocking: &Blocking,
    scratch: &mut [Float],
    parallel: bool,
) {
    let (packed_b, packed_a) = scratch.split_at_mut(blocking.packed_b_len());
    let mut block = Block {
        kernels,
        g,
        blocking,
        k: 0..0,
        columns: 0..0,
        rows: 0..0,
        packed_a: packed_a.as_mut_ptr(),
        packed_b: packed_b.as_mut_ptr(),
        parallel,
    };
    for first_column in (0..g.n).step_by(blocking.block_n) {
        block.columns = first_column..g.n.min(first_column + blocking.block_n);
        for k_block in 0..blocking.k_blocks {
            block.k = g.k * k_block / blocking.k_blocks..g.k * (k_block + 1) / blocking.k_blocks;
            // SAFETY: the block lies within the matrices that the caller vouches for, and the scratch holds its
            // packed strips: `Blocking::scratch_len` counts the largest block.
            unsafe {
                if blocking.pack_b {
                    block.pack_b();
                }
                for first_row in (0..g.m).step_by(blocking.block_m) {
                    block.rows = first_row..g.m.min(first_row + blocking.block_m);
                    if blocking.pack_a {
                        block.pack_a();
                    }
                    block.multiply();
                }
            }
        }
    }
}

/// Strip `i` when `total` things are cut into `strips` of even size.
fn strip(total: usize, strips: usize, i: usize) -> Range<usize> {
    total * i / strips..total * (i + 1) / strips
}

impl Block<'_> {
    /// Number of vectors that the columns fill, the last one perhaps in part, and of strips they are cut into.
    fn column_strips(&self) -> (usize, usize) {
        let vectors = self.columns.len().div_ceil(self.kernels.lanes);
        (vectors, vectors.div_ceil(self.blocking.tile.vectors))
    }

    fn row_strips(&self) -> usize {
        self.rows.len().div_ceil(self.blocking.tile.rows)
    }

    fn num_parts(&self, work: usize, work_per_part: usize) -> usize {
        if self.parallel { (work / work_per_part).clamp(1, MAX_GEMM_PARTS) } else { 1 }
    }

    /// # Safety
    /// As [`run`]; nobody else accesses the packed B.
    unsafe fn pack_b(&self) {
        let (vectors, strips) = self.column_strips();
        let parts = self.num_parts(self.k.len() * self.columns.len(), PACK_PER_PART).min(strips);
        let lanes = self.kernels.lanes;
        let pack_strip = |i: usize| {
            let strip = strip(vectors, strips, i);
            let (first, last) = (strip.start * lanes, self.columns.len().min(strip.end * lanes));
            // SAFETY: the strip lies within B and, as strips are consecutive and `block_n` is a multiple of the
            // lanes, within the packed B, where no other strip overlaps it.
            unsafe {
                let column = self.columns.start + first;
                (self.kernels.pack)(&Pack {
                    k: self.k.len(),
                    width: last - first,
                    source: self.g.b.add(self.k.start * self.g.b_step + column * self.g.b_column),
                    step: self.g.b_step,
                    lane: self.g.b_column,
                    target: self.packed_b.add(first * self.k.len()),
                    target_step: strip.len() * lanes,
                });
            }
        };
        for_each_part(parts, &|part| strip(strips, parts, part).for_each(pack_strip));
    }

    /// # Safety
    /// As [`run`]; nobody else accesses the packed A.
    unsafe fn pack_a(&self) {
        let strips = self.row_strips();
        let parts = self.num_parts(self.k.len() * self.rows.len(), PACK_PER_PART).min(strips);
        let target_step = self.kernels.packed_rows;
        let pack_strip = |i: usize| {
            let strip = strip(self.rows.len(), strips, i);
            // SAFETY: the strip lies within A, and strip `i` of the packed A is reserved for it.
            unsafe {
                let row = self.rows.start + strip.start;
                (self.kernels.pack)(&Pack {
                    k: self.k.len(),
                    width: strip.len(),
                    source: self.g.a.add(row * self.g.a_row + self.k.start * self.g.a_step),
                    step: self.g.a_step,
                    lane: self.g.a_row,
                    target: self.packed_a.add(i * target_step * self.k.len()),
                    target_step,
                });
            }
        };
        for_each_part(parts, &|part| strip(strips, parts, part).for_each(pack_strip));
    }

    /// # Safety
    /// As [`run`]; the strips are packed, if `blocking` says so.
    unsafe fn multiply(&self) {
        let flops = 2 * self.k.len() * self.columns.len() * self.rows.len();
        let parts = self.num_parts(flops, FLOPS_PER_PART);
        let (_, column_strips) = self.column_strips();
        let row_strips = self.row_strips();
        let (column_parts, row_parts) = if self.columns.len() >= self.rows.len() {
            let column_parts = parts.min(column_strips);
            (column_parts, (parts / column_parts).clamp(1, row_strips))
        } else {
            let row_parts = parts.min(row_strips);
            ((parts / row_parts).clamp(1, column_strips), row_parts)
        };
        for_each_part(column_parts * row_parts, &|part| {
            let columns = strip(column_strips, column_parts, part % column_parts);
            let rows = strip(row_strips, row_parts, part / column_parts);
            // SAFETY: the parts write disjoint rectangles of the block of C.
            unsafe { self.multiply_strips(columns, rows) }
        });
    }

    /// # Safety
    /// As [`Block::multiply`]; nobody else accesses this rectangle of C.
    unsafe fn multiply_strips(&self, column_strips: Range<usize>, row_strips: Range<usize>) {
        let cached_strips = (CACHED_ROWS / self.blocking.tile.rows).max(1);
        let (vectors, num_column_strips) = self.column_strips();
        for first in row_strips.clone().step_by(cached_strips) {
            let cached = first..row_strips.end.min(first + cached_strips);
            for i in column_strips.clone() {
                let strip = strip(vectors, num_column_strips, i);
                // SAFETY: the strips are within the block.
                unsafe { self.multiply_strip(strip, cached.clone()) }
            }
        }
    }

    /// One strip of columns, given in vectors, times some strips of rows.
    ///
    /// # Safety
    /// As [`Block::multiply_strips`].
    unsafe fn multiply_strip(&self, vectors: Range<usize>, row_strips: Range<usize>) {
        let (g, lanes, k) = (self.g, self.kernels.lanes, self.k.len());
        let first = vectors.start * lanes;
        let last = self.columns.len().min(vectors.end * lanes);
        let num_row_strips = self.row_strips();
        // SAFETY: all offsets stay within the block of each matrix, or within its packed copy.
        unsafe {
            let (b, b_step) = if self.blocking.pack_b {
                (self.packed_b.cast_const().add(first * k), vectors.len() * lanes)
            } else {
                (g.b.add(self.k.start * g.b_step + self.columns.start + first), g.b_step)
            };
            for q in row_strips {
                let rows = strip(self.rows.len(), num_row_strips, q);
                let row = self.rows.start + rows.start;
                let (a, a_row, a_step) = if self.blocking.pack_a {
                    let step = self.kernels.packed_rows;
                    (self.packed_a.cast_const().add(q * step * k), 1, step)
                } else {
                    (g.a.add(row * g.a_row + self.k.start * g.a_step), g.a_row, g.a_step)
                };
                self.kernels.tile(rows.len(), vectors.len(), false)(&Tile {
                    k,
                    a,
                    a_row,
                    a_step,
                    b,
                    b_step,
                    offsets: std::ptr::null(),
                    c: g.c.add(row * g.c_row + self.columns.start + first),
                    c_row: g.c_row,
                    last_lanes: last - (vectors.end - 1) * lanes,
                    accumulate: g.accumulate || self.k.start > 0,
                });
            }
        }
    }
}
