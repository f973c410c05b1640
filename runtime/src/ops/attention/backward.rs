//! The gradients of queries, keys and values, from weights that are computed again.

use super::super::super::Float;
use super::super::super::gemm::{aligned_len, with_scratch};
use super::super::super::lanes::sum_parts;
use super::super::super::ops::lanes;
use super::block::{Place, Product, padded, scale, transpose, weight};
use super::dropout::Kept;
use super::mask_grad::mask_grad;
use super::{Attention, BLOCK_QUERIES, Mask, take};
use crate::isa::{Isa, Loop, dispatch};
use crate::parallel::{for_each_of, for_each_piece};
use std::ops::Range;

/// Gradients to write, each of the shape of what it is the gradient of.
#[derive(Debug)]
pub struct AttentionGrads<'a> {
    /// Overwritten.
    pub query: &'a mut [Float],
    /// Overwritten.
    pub key: &'a mut [Float],
    /// Overwritten.
    pub value: &'a mut [Float],
    /// Overwritten, if it is wanted.
    pub mask: Option<&'a mut [Float]>,
}

/// Operands and results of [`attention`](super::attention).
#[derive(Clone, Copy, Debug)]
pub struct AttentionSaved<'a> {
    /// `[batch, heads, queries, head_dim]`
    pub query: &'a [Float],
    /// `[batch, groups, keys, head_dim]`
    pub key: &'a [Float],
    /// `[batch, groups, keys, value_dim]`
    pub value: &'a [Float],
    /// What was added to the scores.
    pub mask: Option<&'a Mask<'a>>,
    /// `[batch, heads, queries, value_dim]`
    pub output: &'a [Float],
    /// `[batch, heads, queries]`
    pub log_sum: &'a [Float],
}

/// With the weights `p = exp(scores - log_sum)` and `d = p * (grad_output . value - grad_output . output)`:
/// `grad_query = scale d key`, `grad_key = scale d^T query`, `grad_value = p^T grad_output`, and for the mask the sums
/// of `d` over what it is repeated along.
///
/// With dropout that multiplies weights by `m`, `d = p * (m * (grad_output . value) - grad_output . output)` and
/// `grad_value = (p * m)^T grad_output`: the sum of `p * m * (grad_output . value)` over the keys is
/// `grad_output . output` as well.
///
/// # Panics
/// When a slice does not have the length of its shape, `groups` does not divide `heads`, dropout is refused as in
/// [`attention`](super::attention), or a gradient of a mask is wanted that was not given.
///
/// # Numerics
/// Sums in the computing type, in an order that depends on the shape alone. Queries without a visible key have
/// gradients of 0. A small weight comes out with the relative error of `scores - log_sum`: `2^-24 |log_sum|` in f32.
pub fn attention_grad(
    grads: AttentionGrads<'_>,
    grad_output: &[Float],
    saved: &AttentionSaved<'_>,
    shape: &Attention,
) {
    let &AttentionSaved { query, key, value, mask, output, log_sum } = saved;
    shape.check(query, key, value, mask);
    let rows = shape.num_heads() * shape.queries;
    assert_eq!(output.len(), rows * shape.value_dim, "elements of the output of attention");
    assert_eq!(grad_output.len(), output.len(), "elements of the output gradient of attention");
    assert_eq!(log_sum.len(), rows, "elements of the logarithms of attention");
    assert_eq!(grads.query.len(), query.len(), "elements of the gradient of queries");
    assert_eq!(grads.key.len(), key.len(), "elements of the gradient of keys");
    assert_eq!(grads.value.len(), value.len(), "elements of the gradient of values");
    let turned_len = Turned::len(shape);
    with_scratch(shape.num_heads() * turned_len, |turned| {
        turn(turned, grad_output, saved, shape);
        let backward = Backward { shape, saved, grad_output, turned };
        if let Some(grad) = grads.mask {
            mask_grad(grad, &backward);
        }
        backward.run(grads.query, grads.key, grads.value);
    });
}

/// What the backward pass needs of a head, by column: queries times the scale, the gradient of the output, then the
/// logarithm of the sum and `grad_output . output` of each query. Blocks of queries lie one after the other.
#[derive(Clone, Copy)]
pub(super) struct Turned<'a> {
    query: &'a [Float],
    grad_output: &'a [Float],
    log_sum: &'a [Float],
    overlap: &'a [Float],
}

impl<'a> Turned<'a> {
    fn len(shape: &Attention) -> usize {
        aligned_len(padded(shape.queries) * (shape.head_dim + shape.value_dim + 2))
    }

    /// Of a block of queries.
    fn of(turned: &'a [Float], shape: &Attention, head: usize, queries: &Range<usize>) -> Turned<'a> {
        let (all, width) = (padded(shape.queries), padded(queries.len()));
        let turned = &turned[head * Turned::len(shape)..];
        let part = |start: usize, rows: usize| &turned[start * all + queries.start * rows..][..width * rows];
        let &Attention { head_dim, value_dim, .. } = shape;
        Turned {
            query: part(0, head_dim),
            grad_output: part(head_dim, value_dim),
            log_sum: part(head_dim + value_dim, 1),
            overlap: part(head_dim + value_dim + 1, 1),
        }
    }
}

/// Fills in [`Turned`] of all heads.
fn turn(turned: &mut [Float], grad_output: &[Float], saved: &AttentionSaved<'_>, shape: &Attention) {
    let (heads, all) = (shape.num_heads(), padded(shape.queries));
    let &Attention { head_dim, value_dim, queries: num_queries, .. } = shape;
    let parts = crate::parallel::num_parts(heads, turned.len());
    for_each_piece(turned, Turned::len(shape), heads, parts, &|part, turned| {
        let first = heads * part / parts;
        for (index, mut turned) in turned.chunks_exact_mut(Turned::len(shape).max(1)).enumerate() {
            let row = (first + index) * num_queries;
            let query_t = take(&mut turned, head_dim * all);
            let grad_t = take(&mut turned, value_dim * all);
            let (log_sum, overlap) = (take(&mut turned, all), take(&mut turned, all));
            log_sum[num_queries..].fill(Float::INFINITY);
            log_sum[..num_queries].copy_from_slice(&saved.log_sum[row..][..num_queries]);
            overlap[num_queries..].fill(0.0);
            for queries in (0..shape.query_blocks()).map(|block| shape.query_block(block)) {
                let (width, rows) = (padded(queries.len()), queries.len());
                let target = &mut query_t[queries.start * head_dim..][..width * head_dim];
                transpose(
                    target,
                    width,
                    &saved.query[(row + queries.start) * head_dim..],
                    head_dim,
                    rows,
                    head_dim,
                );
                scale(target, shape.scale);
                let target = &mut grad_t[queries.start * value_dim..][..width * value_dim];
                let grad = &grad_output[(row + queries.start) * value_dim..][..rows * value_dim];
                transpose(target, width, grad, value_dim, rows, value_dim);
                let output = &saved.output[(row + queries.start) * value_dim..][..rows * value_dim];
                dispatch(Overlap { sums: &mut overlap[queries.start..][..rows], output, grad });
            }
        }
    });
}

/// `sums[i] = output[i] . grad[i]`.
struct Overlap<'a> {
    sums: &'a mut [Float],
    output: &'a [Float],
    grad: &'a [Float],
}

impl Loop for Overlap<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let row = self.output.len() / self.sums.len();
        for (i, sum) in self.sums.iter_mut().enumerate() {
            *sum = lanes::dot(&self.output[i * row..][..row], &self.grad[i * row..][..row]);
        }
    }
}

/// The operands of a backward pass.
pub(super) struct Backward<'a> {
    pub(super) shape: &'a Attention,
    saved: &'a AttentionSaved<'a>,
    grad_output: &'a [Float],
    turned: &'a [Float],
}

/// Scratch for one block, beside the weights and their gradients: the mask, by key.
pub(super) const BLOCKS_OF_SCRATCH: usize = 3;

impl Backward<'_> {
    /// The mask of the forward pass.
    pub(super) fn mask(&self) -> Option<&Mask<'_>> {
        self.saved.mask
    }

    /// The weights of a block after dropout, and the gradients of its scores times `factor`.
    pub(super) fn scores(
        &self,
        weights: &mut [Float],
        grads: &mut [Float],
        scratch: &mut [Float],
        place: &Place<'_>,
        factor: Float,
    ) {
        let (shape, saved) = (self.shape, self.saved);
        let turned = Turned::of(self.turned, shape, place.head, &place.queries);
        let first_key = place.head / shape.heads_per_group() * shape.keys + place.keys.start;
        place.scores(weights, &saved.key[first_key * shape.head_dim..], turned.query, scratch);
        let product = Product {
            m: place.keys.len(),
            n: place.width(),
            k: shape.value_dim,
            a: (shape.value_dim, 1),
            accumulate: false,
        };
        product.run(grads, &saved.value[first_key * shape.value_dim..], turned.grad_output);
        let len = place.len();
        dispatch(Weigh {
            weights: &mut weights[..len],
            grads: &mut grads[..len],
            turned: &turned,
            factor,
            kept: Kept::of(place),
        });
    }

    /// The gradients of queries, keys and values.
    ///
    /// The keys of a group are cut in splits when there are few groups: then each split has gradients of the queries of
    /// its own, which are added up afterwards.
    fn run(&self, grad_query: &mut [Float], grad_key: &mut [Float], grad_value: &mut [Float]) {
        let shape = self.shape;
        let groups = shape.num_groups();
        let wanted = shape.num_parts(5, groups * shape.key_blocks());
        let splits = (wanted / groups.max(1)).clamp(1, shape.key_blocks().max(1));
        let query_len = shape.heads_per_group() * shape.queries * shape.head_dim;
        if splits == 1 {
            return self.tasks(grad_query, grad_key, grad_value, 1, wanted.min(groups.max(1)));
        }
        with_scratch(groups * splits * query_len, |partials| {
            self.tasks(partials, grad_key, grad_value, splits, groups * splits);
            for_each_piece(grad_query, query_len, groups, groups, &|group, grad| {
                sum_parts(grad, &partials[group * splits * query_len..], splits);
            });
        });
    }

    /// A task is a group and a split of its keys; `grad_query` has those of its heads for each task.
    fn tasks(
        &self,
        grad_query: &mut [Float],
        grad_key: &mut [Float],
        grad_value: &mut [Float],
        splits: usize,
        parts: usize,
    ) {
        let shape = self.shape;
        let tasks = shape.num_groups() * splits;
        let query_len = shape.heads_per_group() * shape.queries * shape.head_dim;
        let blocks_of = |split: usize| {
            let blocks = shape.key_blocks();
            blocks * split / splits..blocks * (split + 1) / splits
        };
        let keys_of = |blocks: &Range<usize>| {
            let size = shape.keys_per_block();
            (blocks.start * size).min(shape.keys)..(blocks.end * size).min(shape.keys)
        };
        let first_key = |task: usize| task / splits * shape.keys + keys_of(&blocks_of(task % splits)).start;
        let scratch_len = BLOCKS_OF_SCRATCH * shape.scores_len();
        with_scratch(parts * scratch_len, |scratch| {
            let (mut query, mut key, mut value, mut scratch) = (grad_query, grad_key, grad_value, scratch);
            let next = |part: usize| {
                let tasks = tasks * part / parts..tasks * (part + 1) / parts;
                let keys = first_key(tasks.end) - first_key(tasks.start);
                let query = take(&mut query, tasks.len() * query_len);
                let key = take(&mut key, keys * shape.head_dim);
                (
                    tasks,
                    [query, key, take(&mut value, keys * shape.value_dim)],
                    take(&mut scratch, scratch_len),
                )
            };
            for_each_of(parts, next, &|(tasks, grads, scratch): (Range<usize>, [&mut [Float]; 3], _)| {
                let [mut query, mut key, mut value] = grads;
                for task in tasks {
                    let blocks = blocks_of(task % splits);
                    let keys = keys_of(&blocks).len();
                    let key = take(&mut key, keys * shape.head_dim);
                    let value = take(&mut value, keys * shape.value_dim);
                    self.task(take(&mut query, query_len), key, value, task / splits, blocks, scratch);
                }
            });
        });
    }

    /// All queries of a group and some blocks of its keys.
    fn task(
        &self,
        grad_query: &mut [Float],
        mut grad_key: &mut [Float],
        mut grad_value: &mut [Float],
        group: usize,
        blocks: Range<usize>,
        scratch: &mut [Float],
    ) {
        let shape = self.shape;
        grad_query.fill(0.0);
        for keys in blocks.map(|block| shape.key_block(block)) {
            let grad_key = take(&mut grad_key, keys.len() * shape.head_dim);
            let grad_value = take(&mut grad_value, keys.len() * shape.value_dim);
            grad_key.fill(0.0);
            grad_value.fill(0.0);
            let visible = shape.visible_queries(&keys);
            for (index, block) in
                (0..shape.heads_per_group()).flat_map(|i| (0..shape.query_blocks()).map(move |b| (i, b)))
            {
                let queries = shape.query_block(block);
                if queries.end <= visible.start || queries.start >= visible.end {
                    continue;
                }
                let start = (index * shape.queries + queries.start) * shape.head_dim;
                let grad_query = &mut grad_query[start..][..queries.len() * shape.head_dim];
                let head = group * shape.heads_per_group() + index;
                let place = Place { shape, mask: self.saved.mask, head, queries, keys: keys.clone() };
                self.block(&place, [grad_query, grad_key, grad_value], scratch);
            }
        }
    }

    /// Adds what a block contributes.
    fn block(&self, place: &Place<'_>, grads: [&mut [Float]; 3], scratch: &mut [Float]) {
        let (shape, saved) = (self.shape, self.saved);
        let &Attention { head_dim, value_dim, .. } = shape;
        let [grad_query, grad_key, grad_value] = grads;
        let (weights, scratch) = scratch.split_at_mut(shape.scores_len());
        let (grad_scores, scratch) = scratch.split_at_mut(shape.scores_len());
        self.scores(weights, grad_scores, scratch, place, shape.scale);

        let row = place.head * shape.queries + place.queries.start;
        let (num_queries, num_keys, width) = (place.queries.len(), place.keys.len(), place.width());
        let by_key = |n: usize| Product { m: num_keys, n, k: num_queries, a: (width, 1), accumulate: true };
        by_key(value_dim).run(grad_value, weights, &self.grad_output[row * value_dim..]);
        by_key(head_dim).run(grad_key, grad_scores, &saved.query[row * head_dim..]);
        let by_query = Product { m: num_queries, n: head_dim, k: num_keys, a: (1, width), accumulate: true };
        let first_key = place.head / shape.heads_per_group() * shape.keys + place.keys.start;
        by_query.run(grad_query, grad_scores, &saved.key[first_key * head_dim..]);
    }
}

/// Turns scores into weights, and gradients of weights into those of scores, times a factor.
struct Weigh<'a> {
    weights: &'a mut [Float],
    grads: &'a mut [Float],
    turned: &'a Turned<'a>,
    factor: Float,
    kept: Option<Kept>,
}

impl Loop for Weigh<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let Weigh { weights, grads, turned, factor, kept } = self;
        let width = turned.log_sum.len().min(BLOCK_QUERIES);
        let (log_sum, overlap) = (&turned.log_sum[..width], &turned.overlap[..width]);
        let rows = weights.chunks_exact_mut(width).zip(grads.chunks_exact_mut(width));
        // A loop of its own, so that nothing is paid for where nothing is dropped.
        let Some(kept) = kept else {
            for (weights, grads) in rows {
                for (((x, grad), log_sum), overlap) in weights.iter_mut().zip(grads).zip(log_sum).zip(overlap)
                {
                    *x = weight::<S>(*x - log_sum);
                    *grad = *x * (*grad - overlap) * factor;
                }
            }
            return;
        };
        for (row, (weights, grads)) in rows.enumerate() {
            let words = kept.words(row);
            let queries = log_sum.iter().zip(overlap).zip(&words);
            for ((x, grad), ((log_sum, overlap), &word)) in weights.iter_mut().zip(grads).zip(queries) {
                let weight = weight::<S>(*x - log_sum);
                *grad = weight * (kept.apply::<S>(word, *grad) - overlap) * factor;
                *x = kept.apply::<S>(word, weight);
            }
        }
    }
}
