//! Blocks of scores: products, transposes, band and mask.

use super::super::super::Float;
use super::super::super::gemm::{Gemm, Pack, Plan, kernels, with_scratch};
use super::super::super::math::exp;
use super::{Attention, BLOCK_QUERIES, LANES, Mask};
use crate::isa::{Isa, Loop, dispatch};
use std::ops::Range;

/// Columns of a block of scores for this many queries, those beyond of no meaning.
pub(super) fn padded(queries: usize) -> usize {
    queries.next_multiple_of(LANES)
}

/// Sizes of `c[i * columns_c + j] (+)= sum over p of a[..] * b[p * n + j]`.
pub(super) struct Product {
    pub(super) m: usize,
    pub(super) n: usize,
    pub(super) k: usize,
    /// Distance between the rows of A, and between its columns: one of them is 1.
    pub(super) a: (usize, usize),
    pub(super) accumulate: bool,
}

impl Product {
    /// `c (+)= a b`, on this thread. Rows of B and C have `n` elements.
    ///
    /// # Panics
    /// When a slice is too short.
    pub(super) fn run(&self, c: &mut [Float], a: &[Float], b: &[Float]) {
        let &Product { m, n, k, a: (a_row, a_step), accumulate } = self;
        if m == 0 || n == 0 {
            return;
        }
        assert!(c.len() >= m * n && b.len() >= k * n, "operands of a product hold their elements");
        assert!(k == 0 || a.len() > (m - 1) * a_row + (k - 1) * a_step, "the first operand of a product");
        let plan = Plan::new(&Gemm {
            m,
            n,
            k,
            a: a.as_ptr(),
            a_row,
            a_step,
            b: b.as_ptr(),
            b_step: n,
            b_column: 1,
            c: c.as_mut_ptr(),
            c_row: n,
            accumulate,
        });
        // Blocks are so small that no operand is packed, but for vectors of many thousand elements.
        // SAFETY: the extents lie within the slices, as asserted above; `c` is borrowed uniquely; the scratch has the
        // length that the plan asks for.
        with_scratch(plan.scratch_len(), |scratch| unsafe { plan.run(scratch, false) });
    }
}

/// `target[p * width + i] = source[i * stride + p]` for `i < rows`, `p < columns`, zero for `rows <= i < width`.
///
/// # Panics
/// When a slice is too short.
pub(super) fn transpose(
    target: &mut [Float],
    width: usize,
    source: &[Float],
    stride: usize,
    rows: usize,
    columns: usize,
) {
    if rows == 0 || columns == 0 {
        return;
    }
    assert!(rows <= width && target.len() >= columns * width, "the target of a transpose");
    assert!(source.len() >= (rows - 1) * stride + columns, "the source of a transpose");
    if rows < width {
        target[..columns * width].fill(0.0);
    }
    let pack = Pack {
        k: columns,
        width: rows,
        source: source.as_ptr(),
        step: 1,
        lane: stride,
        target: target.as_mut_ptr(),
        target_step: width,
    };
    // SAFETY: `kernels()` are those of this machine; both extents were checked above, and `target` is borrowed uniquely.
    unsafe { (kernels().pack)(&pack) }
}

struct Scale<'a>(&'a mut [Float], Float);

impl Loop for Scale<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        for value in self.0 {
            *value *= self.1;
        }
    }
}

/// Multiplies all elements by a factor.
pub(super) fn scale(values: &mut [Float], factor: Float) {
    dispatch(Scale(values, factor));
}

/// `e^x` for a weight, which is at most about 1. What is below the smallest normal number is 0: denormal numbers would
/// take hundreds of cycles each, and masked scores are many.
#[inline(always)]
pub(super) fn weight<S: Isa>(x: Float) -> Float {
    let is_none = x < -87.0;
    let value = exp::<S>(if is_none { -87.0 } else { x });
    if is_none { 0.0 } else { value }
}

/// A block of scores: of `queries` of a head with `keys`.
pub(super) struct Place<'a> {
    pub(super) shape: &'a Attention,
    pub(super) mask: Option<&'a Mask<'a>>,
    /// Counted through all batch elements.
    pub(super) head: usize,
    pub(super) queries: Range<usize>,
    pub(super) keys: Range<usize>,
}

impl Place<'_> {
    /// Scores of one row.
    pub(super) fn width(&self) -> usize {
        padded(self.queries.len())
    }

    /// `scores[j, i] = key[j] . query_t[.., i]`, plus the mask, and negative infinity where the query does not see the key.
    ///
    /// `key` holds the rows of the block, `query_t` the scaled queries by column; `scratch` has the size of the scores.
    pub(super) fn scores(
        &self,
        scores: &mut [Float],
        key: &[Float],
        query_t: &[Float],
        scratch: &mut [Float],
    ) {
        let head_dim = self.shape.head_dim;
        let product =
            Product { m: self.keys.len(), n: self.width(), k: head_dim, a: (head_dim, 1), accumulate: false };
        product.run(scores, key, query_t);
        if let Some(mask) = self.mask {
            self.add_mask(scores, mask, scratch);
        }
        self.hide(scores);
    }

    /// Elements of the block, without rows of other blocks behind.
    pub(super) fn len(&self) -> usize {
        self.keys.len() * self.width()
    }

    fn add_mask(&self, scores: &mut [Float], mask: &Mask<'_>, scratch: &mut [Float]) {
        let (width, num_queries, num_keys) = (self.width(), self.queries.len(), self.keys.len());
        let scores = &mut scores[..num_keys * width];
        let first_row = if mask.rows == 1 { 0 } else { self.queries.start };
        let first_column = if mask.columns == 1 { 0 } else { self.keys.start };
        let values = &mask.values[mask.start(self.head)..];
        if mask.rows == 1 {
            let values = &values[first_column..];
            return dispatch(AddPerKey { scores, width, values, step: usize::from(mask.columns > 1) });
        }
        let values = &values[first_row * mask.columns + first_column..];
        let columns = if mask.columns == 1 { 1 } else { num_keys };
        transpose(scratch, width, values, mask.columns, num_queries, columns);
        dispatch(AddRows { scores, rows: &scratch[..columns * width], width });
    }

    /// Negative infinity where the band hides a key: a part at the start and one at the end of each row.
    fn hide(&self, scores: &mut [Float]) {
        let width = self.width();
        let visible = |key: usize| {
            let seen = self.shape.visible_queries(&(key..key + 1));
            let start = seen.start.clamp(self.queries.start, self.queries.end) - self.queries.start;
            let end = seen.end.clamp(self.queries.start, self.queries.end) - self.queries.start;
            start..end.max(start)
        };
        let all = 0..self.queries.len();
        // Both ends of what is visible grow from row to row: when the outer rows see all, so do those between.
        if visible(self.keys.start) == all && visible(self.keys.end - 1) == all {
            return;
        }
        for (row, key) in scores.chunks_exact_mut(width).zip(self.keys.clone()) {
            let visible = visible(key);
            row[..visible.start].fill(Float::NEG_INFINITY);
            row[visible.end..].fill(Float::NEG_INFINITY);
        }
    }
}

/// `scores[j, i] += values[j * step]`.
struct AddPerKey<'a> {
    scores: &'a mut [Float],
    width: usize,
    values: &'a [Float],
    step: usize,
}

impl Loop for AddPerKey<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        for (j, row) in self.scores.chunks_exact_mut(self.width).enumerate() {
            let value = self.values[j * self.step];
            for score in row {
                *score += value;
            }
        }
    }
}

/// `scores[j, i] += rows[j, i]`, or `rows[i]` when there is one row only.
struct AddRows<'a> {
    scores: &'a mut [Float],
    rows: &'a [Float],
    width: usize,
}

impl Loop for AddRows<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        for (row, added) in
            self.scores.chunks_exact_mut(self.width).zip(self.rows.chunks_exact(self.width).cycle())
        {
            for (score, added) in row.iter_mut().zip(added) {
                *score += added;
            }
        }
    }
}

/// A number for each query of a block.
pub(super) type Row = [Float; BLOCK_QUERIES];
