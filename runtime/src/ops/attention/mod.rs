//! Scaled dot-product attention that never stores a weight for every query and key.
//!
//! Scores are computed for a block of queries and a block of keys at a time, laid out by key: a row holds the scores of
//! all queries of the block with one key. So the largest score of each query, the sum of its weights and everything
//! else along keys are element-wise over rows, and all products read their operands in place.
//!
//! - `block`: products and transposes of blocks, band and mask.
//! - `dropout`: weights dropped at random.
//! - `forward`: the output, block of queries by block of queries.
//! - `backward`: the gradients of queries, keys and values, block of keys by block of keys.
//! - `mask_grad`: the gradient of the mask.
//!
//! Source: Dao, Fu, Ermon, Rudra and Ré, "FlashAttention: Fast and Memory-Efficient Exact Attention with IO-Awareness",
//! NeurIPS 2022, algorithms 1 and 4; Dao, "FlashAttention-2", 2023, section 3.1 for the logarithm of the sum that the
//! backward pass keeps.

mod backward;
mod block;
mod dropout;
mod forward;
mod mask_grad;
mod reference;

pub use backward::{AttentionGrads, AttentionSaved, attention_grad};
pub use dropout::WeightDropout;
pub use forward::attention;
pub use reference::{attention_grad_ref, attention_ref};

use super::super::Float;
use super::super::gemm::FLOPS_PER_PART;
use crate::parallel::MAX_PARTS;
use std::ops::Range;

/// Sizes and options.
#[derive(Clone, Copy, Debug)]
pub struct Attention {
    /// Product of the leading axes.
    pub batch: usize,
    /// Heads of the queries.
    pub heads: usize,
    /// Heads of keys and values, each for `heads / groups` consecutive heads of the queries.
    pub groups: usize,
    /// Number of queries.
    pub queries: usize,
    /// Number of keys.
    pub keys: usize,
    /// Elements of a query and of a key.
    pub head_dim: usize,
    /// Elements of a value.
    pub value_dim: usize,
    /// What scores are multiplied by.
    pub scale: Float,
    /// Query `t` sees no key before `t + first`.
    pub first: Option<isize>,
    /// Query `t` sees no key after `t + last`.
    pub last: Option<isize>,
    /// Which weights are dropped, after the softmax.
    pub dropout: Option<WeightDropout>,
}

/// Numbers that are added to the scores, repeated along axes of size 1.
#[derive(Clone, Copy, Debug)]
pub struct Mask<'a> {
    /// The elements, row-major.
    pub values: &'a [Float],
    /// For each leading axis and for the heads: the size, and the distance between neighbours in the mask, which is 0
    /// where the mask is repeated.
    pub leading: &'a [(usize, usize)],
    /// 1 or the number of queries.
    pub rows: usize,
    /// 1 or the number of keys.
    pub columns: usize,
}

impl Mask<'_> {
    /// Where the mask of a head starts; heads of all batch elements are counted through.
    fn start(&self, mut head: usize) -> usize {
        let mut start = 0;
        for &(size, stride) in self.leading.iter().rev() {
            start += head % size * stride;
            head /= size;
        }
        start
    }

    fn check(&self, shape: &Attention) {
        assert_eq!(
            self.leading.iter().map(|&(size, _)| size).product::<usize>(),
            shape.batch * shape.heads,
            "heads of the mask of attention"
        );
        assert!(self.rows == 1 || self.rows == shape.queries, "rows of the mask of attention");
        assert!(self.columns == 1 || self.columns == shape.keys, "columns of the mask of attention");
        let last: usize = self.leading.iter().map(|&(size, stride)| size.saturating_sub(1) * stride).sum();
        assert!(self.values.len() >= last + self.rows * self.columns, "elements of the mask of attention");
    }
}

/// Queries of a block: rows of four whole vectors of AVX-512.
const BLOCK_QUERIES: usize = 64;
/// Most keys of a block: with 64 queries, a block of scores (32 KiB) stays in the first-level cache.
const BLOCK_KEYS: usize = 128;
/// Most elements of a block of keys or values, so that products of long vectors read them in place.
const BLOCK_ELEMENTS: usize = 128 * 1024;
/// Columns of a block of scores are filled up to a multiple of this.
const LANES: usize = super::super::ops::lanes::LANES;

impl Attention {
    fn num_heads(&self) -> usize {
        self.batch * self.heads
    }

    fn num_groups(&self) -> usize {
        self.batch * self.groups
    }

    /// Heads of the queries that share keys and values.
    fn heads_per_group(&self) -> usize {
        self.heads / self.groups
    }

    fn query_blocks(&self) -> usize {
        self.queries.div_ceil(BLOCK_QUERIES)
    }

    fn query_block(&self, block: usize) -> Range<usize> {
        block * BLOCK_QUERIES..((block + 1) * BLOCK_QUERIES).min(self.queries)
    }

    /// Keys of a block.
    fn keys_per_block(&self) -> usize {
        let longest = self.head_dim.max(self.value_dim).max(1);
        (BLOCK_ELEMENTS / longest).clamp(LANES, BLOCK_KEYS)
    }

    fn key_blocks(&self) -> usize {
        self.keys.div_ceil(self.keys_per_block())
    }

    fn key_block(&self, block: usize) -> Range<usize> {
        let size = self.keys_per_block();
        block * size..((block + 1) * size).min(self.keys)
    }

    /// Elements of a block of scores.
    fn scores_len(&self) -> usize {
        BLOCK_QUERIES * self.keys_per_block()
    }

    /// Keys that some of these queries see.
    fn visible_keys(&self, queries: &Range<usize>) -> Range<usize> {
        let first = self.first.map_or(0, |first| (queries.start as isize).saturating_add(first));
        let end = self.last.map_or(isize::MAX, |last| (queries.end as isize).saturating_add(last));
        within(first, end, self.keys)
    }

    /// Queries that see some of these keys.
    fn visible_queries(&self, keys: &Range<usize>) -> Range<usize> {
        let first = self.last.map_or(0, |last| (keys.start as isize).saturating_sub(last));
        let end = self.first.map_or(isize::MAX, |first| (keys.end as isize).saturating_sub(first));
        within(first, end, self.queries)
    }

    /// In how many parts to cut `passes` products of all queries with all keys.
    fn num_parts(&self, passes: usize, tasks: usize) -> usize {
        let flops = passes * self.num_heads() * self.queries * self.keys * (self.head_dim + self.value_dim);
        (flops / FLOPS_PER_PART).clamp(1, MAX_PARTS).min(tasks.max(1))
    }

    /// # Panics
    /// When a slice does not have the length of its shape, groups do not divide heads, or the rate of dropout is no
    /// probability.
    fn check(&self, query: &[Float], key: &[Float], value: &[Float], mask: Option<&Mask<'_>>) {
        assert!(
            self.groups > 0 && self.heads.is_multiple_of(self.groups),
            "{} heads of attention in {} groups",
            self.heads,
            self.groups
        );
        assert_eq!(query.len(), self.num_heads() * self.queries * self.head_dim, "elements of the queries");
        assert_eq!(key.len(), self.num_groups() * self.keys * self.head_dim, "elements of the keys");
        assert_eq!(value.len(), self.num_groups() * self.keys * self.value_dim, "elements of the values");
        if let Some(mask) = mask {
            mask.check(self);
        }
        if let Some(dropout) = &self.dropout {
            dropout.check(self);
        }
    }
}

/// `first..end` cut to `0..count`.
fn within(first: isize, end: isize, count: usize) -> Range<usize> {
    let first = (first.max(0) as usize).min(count);
    let end = (end.max(0) as usize).min(count);
    first..end.max(first)
}

/// Takes the first `len` elements off a slice.
fn take<'a>(rest: &mut &'a mut [Float], len: usize) -> &'a mut [Float] {
    let (first, others) = std::mem::take(rest).split_at_mut(len);
    *rest = others;
    first
}
