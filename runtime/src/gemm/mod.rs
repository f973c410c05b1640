//! Products of matrices: kernels per instruction set, packing, blocking and the choice between them.
//!
//! - `simd`: vectors of an instruction set; those of x86 are beside this module, since they differ by type.
//! - `tile`, `dot`, `stream`, `pack`: the kernels, generic over the vectors.
//! - `kernels`: their instances behind function pointers, chosen at run time.
//! - `blocked`: a large product, cut into tiles.
//! - `scratch`: memory for packed operands.
//!
//! Pointers are used up to the operations in [`crate::ops`], which check lengths once: a tile is no slice.

mod blocked;
mod dot;
mod kernels;
mod pack;
mod scratch;
pub(crate) mod simd;
mod stream;
mod tile;

use super::Float;
use crate::parallel::for_each_part;
use blocked::Blocking;
use dot::{Dot, MAX_COLUMNS};
pub(crate) use kernels::{Kernels, TileSize, kernels};
pub(crate) use pack::Pack;
pub(crate) use scratch::{aligned_len, for_each_part_with_scratch, with_scratch, with_scratch_of};
use std::ops::Range;
use stream::Stream;
pub(crate) use tile::Tile;

/// Floating-point operations worth a part of their own: about 5 us, some fifty times what handing a part to another
/// thread costs inside the pool.
pub(crate) const FLOPS_PER_PART: usize = 1 << 19;
/// Most parts of a product: enough to keep the threads of common machines busy.
pub(crate) const MAX_GEMM_PARTS: usize = 32;
/// Most rows of A for which dot products along k beat packing a transposed B.
const MAX_DOT_ROWS: usize = 10;

/// `c[i * c_row + j] (+)= sum over p of a[i * a_row + p * a_step] * b[p * b_step + j * b_column]` for `i < m`,
/// `j < n`, `p < k`. Without `accumulate`, `c` is never read.
#[derive(Clone, Copy)]
pub(crate) struct Gemm {
    pub(crate) m: usize,
    pub(crate) n: usize,
    pub(crate) k: usize,
    pub(crate) a: *const Float,
    pub(crate) a_row: usize,
    pub(crate) a_step: usize,
    pub(crate) b: *const Float,
    pub(crate) b_step: usize,
    pub(crate) b_column: usize,
    pub(crate) c: *mut Float,
    pub(crate) c_row: usize,
    pub(crate) accumulate: bool,
}

// SAFETY: the pointers are used only inside the unsafe functions below, whose callers vouch for exclusive access to C
// and shared access to A and B, on any thread.
unsafe impl Send for Gemm {}
// SAFETY: as above.
unsafe impl Sync for Gemm {}

impl Gemm {
    /// The product of the same shape on matrices that lie the given numbers of elements further on.
    pub(crate) fn moved(&self, a: usize, b: usize, c: usize) -> Self {
        Gemm { a: self.a.wrapping_add(a), b: self.b.wrapping_add(b), c: self.c.wrapping_add(c), ..*self }
    }
}

/// How to compute a product; depends on its shape and the instruction set alone.
enum Method {
    /// Nothing to sum: C is cleared or kept.
    Empty,
    Stream,
    Dot,
    Tiles(Blocking),
}

/// A product with the kernels and the method chosen for it.
pub(crate) struct Plan {
    g: Gemm,
    kernels: &'static Kernels,
    method: Method,
}

/// Computes a product on the pool's threads.
///
/// # Safety
/// `g.a` and `g.b` are valid for reads, `g.c` for writes, and for reads if `accumulate`, over the extents that the
/// sizes and strides describe; nobody writes A or B or accesses C meanwhile.
pub(crate) unsafe fn gemm(g: &Gemm) {
    let plan = Plan::new(g);
    // SAFETY: the caller's obligations; the scratch has the length the plan asks for.
    with_scratch(plan.scratch_len(), |scratch| unsafe { plan.run(scratch, true) });
}

impl Plan {
    /// Chooses a method.
    pub(crate) fn new(g: &Gemm) -> Self {
        let kernels = kernels();
        let mut g = *g;
        if g.n == 1 && g.m > 1 && g.c_row == 1 {
            g = transposed(&g);
        }
        let method = if g.m == 0 || g.n == 0 || g.k == 0 {
            Method::Empty
        } else if g.m == 1 && g.b_column == 1 {
            Method::Stream
        } else if g.m <= MAX_DOT_ROWS && g.b_column != 1 && g.b_step == 1 && g.a_step == 1 {
            Method::Dot
        } else {
            Method::Tiles(Blocking::new(kernels, &g))
        };
        Plan { g, kernels, method }
    }

    /// Elements of scratch that [`Plan::run`] needs.
    pub(crate) fn scratch_len(&self) -> usize {
        match &self.method {
            Method::Tiles(blocking) => blocking.scratch_len(self.kernels),
            Method::Empty | Method::Stream | Method::Dot => 0,
        }
    }

    /// Computes the product, on the pool's threads if `parallel`.
    ///
    /// # Safety
    /// As [`gemm`], and `scratch` has [`Plan::scratch_len`] elements.
    pub(crate) unsafe fn run(&self, scratch: &mut [Float], parallel: bool) {
        // SAFETY: `kernels()` returns those of an instruction set that this machine has; the rest is the caller's.
        unsafe {
            match &self.method {
                Method::Empty => self.clear(),
                Method::Stream => self.over_columns(parallel, &|columns| self.stream(columns)),
                Method::Dot => self.over_columns(parallel, &|columns| self.dot(columns)),
                Method::Tiles(blocking) => blocked::run(self.kernels, &self.g, blocking, scratch, parallel),
            }
        }
    }

    /// # Safety
    /// As [`gemm`].
    unsafe fn clear(&self) {
        if !self.g.accumulate {
            for i in 0..self.g.m {
                // SAFETY: row `i < m` of C has `n` elements.
                unsafe { std::slice::from_raw_parts_mut(self.g.c.add(i * self.g.c_row), self.g.n).fill(0.0) }
            }
        }
    }

    /// Calls `work` for ranges of columns that start at multiples of 64, so that the cut moves no column to another
    /// lane.
    fn over_columns(&self, parallel: bool, work: &(impl Fn(Range<usize>) + Sync)) {
        const UNIT: usize = 64;
        let units = self.g.n.div_ceil(UNIT);
        let flops = 2 * self.g.m * self.g.n * self.g.k;
        let parts = if parallel { (flops / FLOPS_PER_PART).clamp(1, MAX_GEMM_PARTS.min(units)) } else { 1 };
        for_each_part(parts, &|part| {
            let (first, last) = (units * part / parts * UNIT, units * (part + 1) / parts * UNIT);
            work(first..last.min(self.g.n));
        });
    }

    /// # Safety
    /// As [`gemm`], for these columns; the plan's method is `Stream`.
    unsafe fn stream(&self, columns: Range<usize>) {
        let g = &self.g;
        // SAFETY: the columns lie within B and C.
        unsafe {
            (self.kernels.stream)(&Stream {
                n: columns.len(),
                k: g.k,
                a: g.a,
                a_step: g.a_step,
                b: g.b.add(columns.start),
                b_step: g.b_step,
                c: g.c.add(columns.start),
                accumulate: g.accumulate,
            });
        }
    }

    /// # Safety
    /// As [`gemm`], for these columns; the plan's method is `Dot`.
    unsafe fn dot(&self, columns: Range<usize>) {
        let g = &self.g;
        // SAFETY: the columns lie within B and C.
        unsafe {
            let a = DotRows {
                rows: g.m,
                k: g.k,
                a: g.a,
                a_row: g.a_row,
                segments: 1,
                a_segment: 0,
                b_segment: 0,
            };
            let c = g.c.add(columns.start);
            let column = |j: usize| g.b.wrapping_add((columns.start + j) * g.b_column);
            dot_rows(self.kernels, &a, columns.len(), column, c, g.c_row, g.accumulate);
        }
    }
}

/// `C^T = B^T A^T`, for a C of one column that is stored without gaps.
fn transposed(g: &Gemm) -> Gemm {
    Gemm {
        m: g.n,
        n: g.m,
        a: g.b,
        a_row: g.b_column,
        a_step: g.b_step,
        b: g.a,
        b_step: g.a_step,
        b_column: g.a_row,
        c_row: g.m,
        ..*g
    }
}

/// Some rows, each of `segments` runs of `k` contiguous elements.
pub(crate) struct DotRows {
    pub(crate) rows: usize,
    pub(crate) k: usize,
    pub(crate) a: *const Float,
    pub(crate) a_row: usize,
    pub(crate) segments: usize,
    /// Distance between the segments of a row, and of a column of B.
    pub(crate) a_segment: usize,
    pub(crate) b_segment: usize,
}

/// `c[i * c_row + j] (+)= a_i . b_j`, where `b_j` starts at `column(j)` and has the segments of a row of A.
///
/// # Safety
/// `kernels` are those of an instruction set that the machine has. The rows of A, and all segments from `column(j)`
/// on for each `j < columns`, are valid for reads; C is valid for writes, and for reads if `accumulate`; nobody else accesses
/// C meanwhile.
pub(crate) unsafe fn dot_rows(
    kernels: &Kernels,
    a: &DotRows,
    columns: usize,
    column: impl Fn(usize) -> *const Float,
    c: *mut Float,
    c_row: usize,
    accumulate: bool,
) {
    let strips = a.rows.div_ceil(kernels.dot_rows());
    let mut j = 0;
    while j < columns {
        // The widest kernel that has at least as many rows as the largest strip, so that all strips take it.
        let rows = a.rows.div_ceil(strips);
        let fits = |&&(width, dots): &&(usize, &[dot::DotFn])| width <= columns - j && rows <= dots.len();
        let &(width, dots) =
            kernels.dots.iter().find(fits).expect("the last entry has one column and all rows");
        let mut b = [std::ptr::null(); MAX_COLUMNS];
        (0..width).for_each(|i| b[i] = column(j + i));
        for strip in 0..strips {
            let (first, last) = (a.rows * strip / strips, a.rows * (strip + 1) / strips);
            // SAFETY: rows below `a.rows` and columns below `columns`; the caller vouches for the rest.
            unsafe {
                dots[last - first - 1](&Dot {
                    k: a.k,
                    segments: a.segments,
                    a_segment: a.a_segment,
                    b_segment: a.b_segment,
                    a: a.a.add(first * a.a_row),
                    a_row: a.a_row,
                    b,
                    c: c.add(first * c_row + j),
                    c_row,
                    accumulate,
                });
            }
        }
        j += width;
    }
}
