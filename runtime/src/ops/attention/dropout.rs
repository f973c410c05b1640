//! Weights dropped at random. Which ones is computed where they are, so that the backward pass drops the same.

use super::super::super::Float;
use super::super::super::ops::dropout::{Keep, is_kept_ref};
use super::super::super::ops::element_words::ElementWords;
use super::block::Place;
use super::{Attention, BLOCK_QUERIES};
use crate::isa::{Isa, Loop};
use crate::random::{CHUNK, RandomKey};

/// Each weight is 0 with probability `rate`, else divided by `1 - rate`, after the softmax.
///
/// Whether the weight of query `t` for key `j` is kept depends on `key`, `site`, the head (counted through all batch
/// elements) and element `j * queries.next_multiple_of(64) + t`, as in [`dropout`](crate::ops::dropout::dropout).
#[derive(Clone, Copy, Debug)]
pub struct WeightDropout {
    /// Probability of dropping.
    pub rate: Float,
    /// Seed and step.
    pub key: RandomKey,
    /// Identity of the place in the program.
    pub site: u64,
}

impl WeightDropout {
    /// Heads have streams of random words of their own: one stream numbers its blocks of words in 32 bits. Iterations of
    /// loops are added to a site, too; small multiples of the golden ratio of `2^64` are so far apart that no head draws
    /// what another head draws in another iteration.
    fn site_of_head(&self, head: usize) -> u64 {
        self.site.wrapping_add((head as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// # Panics
    /// When the rate is no probability, or a head has more weights than a stream has words.
    pub(super) fn check(&self, shape: &Attention) {
        assert!((0.0..=1.0).contains(&self.rate), "the rate of dropout is a probability, not {}", self.rate);
        let words = shape.keys as u64 * (shape.query_blocks() * BLOCK_QUERIES) as u64;
        assert!(words <= 4 << 32, "dropout of more than 2^34 weights of attention in one head");
    }

    /// What the weight of query `t` of a head for key `j` is multiplied by.
    pub(super) fn factor_ref(&self, shape: &Attention, head: usize, t: usize, j: usize) -> f64 {
        let words = ElementWords::new(self.key, self.site_of_head(head));
        let element = j * shape.queries.next_multiple_of(BLOCK_QUERIES) + t;
        if is_kept_ref(&words, self.rate, element) { f64::from(1.0 / (1.0 - self.rate)) } else { 0.0 }
    }
}

/// A row of a block has the words of one chunk.
const _: () = assert!(CHUNK == BLOCK_QUERIES);

/// Which weights of a block are kept.
pub(super) struct Kept {
    keep: Keep,
    first_chunk: usize,
    chunks_per_key: usize,
}

impl Kept {
    /// `None` where all are kept.
    pub(super) fn of(place: &Place<'_>) -> Option<Kept> {
        let dropout = place.shape.dropout.filter(|dropout| dropout.rate > 0.0)?;
        let chunks_per_key = place.shape.query_blocks();
        Some(Kept {
            keep: Keep::new(dropout.rate, dropout.key, dropout.site_of_head(place.head)),
            first_chunk: place.keys.start * chunks_per_key + place.queries.start / BLOCK_QUERIES,
            chunks_per_key,
        })
    }

    /// The random words of a row, one per query.
    #[inline(always)]
    pub(super) fn words(&self, row: usize) -> [u32; BLOCK_QUERIES] {
        self.keep.words(self.first_chunk + row * self.chunks_per_key)
    }

    /// A weight with this word, or its gradient.
    #[inline(always)]
    pub(super) fn apply<S: Isa>(&self, word: u32, weight: Float) -> Float {
        self.keep.apply::<S>(word, weight)
    }
}

/// Drops weights of a block, by key in rows of `width`.
pub(super) struct DropWeights<'a> {
    pub(super) weights: &'a mut [Float],
    pub(super) width: usize,
    pub(super) kept: &'a Kept,
}

impl Loop for DropWeights<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        for (row, weights) in self.weights.chunks_exact_mut(self.width).enumerate() {
            let words = self.kept.words(row);
            for (weight, &word) in weights.iter_mut().zip(&words) {
                *weight = self.kept.apply::<S>(word, *weight);
            }
        }
    }
}
