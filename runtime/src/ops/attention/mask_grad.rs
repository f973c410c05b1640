//! The gradient of the mask: that of the scores, summed over what the mask is repeated along.
//!
//! Weights are computed once more, so that each part of the mask is written by one task, whatever it is repeated along.

use super::super::super::Float;
use super::super::super::gemm::with_scratch;
use super::super::super::lanes::accumulate;
use super::super::super::ops::lanes;
use super::backward::{BLOCKS_OF_SCRATCH, Backward};
use super::block::{Place, transpose};
use super::{Mask, take};
use crate::parallel::for_each_of;
use std::ops::Range;

/// Writes the gradient of the mask.
///
/// # Panics
/// When there is no mask, or the gradient does not have its length.
pub(super) fn mask_grad(grad: &mut [Float], backward: &Backward<'_>) {
    let shape = backward.shape;
    let mask = backward.mask().expect("a mask whose gradient is wanted is given");
    assert_eq!(grad.len(), mask.values.len(), "elements of the gradient of the mask");
    let matrix_len = mask.rows * mask.columns;
    if matrix_len == 0 {
        return;
    }
    // A task is a block of rows of one matrix of the mask: a block of queries, or all of them if they share one row.
    let is_cut = mask.rows > 1;
    let blocks = if is_cut { shape.query_blocks() } else { 1 };
    let tasks = grad.len() / matrix_len * blocks;
    let rows_of = |block: usize| if is_cut { shape.query_block(block) } else { 0..1 };
    let first = |task: usize| {
        let block = task % blocks;
        task / blocks * matrix_len + rows_of(block).start * mask.columns
    };
    let parts = shape.num_parts(2, tasks);
    let scratch_len = BLOCKS_OF_SCRATCH * shape.scores_len();
    with_scratch(parts * scratch_len, |scratch| {
        let (mut grad, mut scratch) = (grad, scratch);
        let next = |part: usize| {
            let tasks = tasks * part / parts..tasks * (part + 1) / parts;
            let len = first(tasks.end) - first(tasks.start);
            (tasks, take(&mut grad, len), take(&mut scratch, scratch_len))
        };
        for_each_of(parts, next, &|(tasks, mut grad, scratch): (Range<usize>, _, _)| {
            for task in tasks {
                let (matrix, block) = (task / blocks, task % blocks);
                let grad = take(&mut grad, rows_of(block).len() * mask.columns);
                grad.fill(0.0);
                let heads = (0..shape.num_heads()).filter(|&head| mask.start(head) == matrix * matrix_len);
                for head in heads {
                    if is_cut {
                        add_queries(grad, backward, head, shape.query_block(block), scratch);
                    } else {
                        (0..shape.query_blocks()).for_each(|block| {
                            add_queries(grad, backward, head, shape.query_block(block), scratch);
                        });
                    }
                }
            }
        });
    });
}

/// Adds the gradients of the scores of a block of queries of one head.
fn add_queries(
    grad: &mut [Float],
    backward: &Backward<'_>,
    head: usize,
    queries: Range<usize>,
    scratch: &mut [Float],
) {
    let shape = backward.shape;
    let mask = backward.mask().expect("the caller has checked it");
    let (weights, scratch) = scratch.split_at_mut(shape.scores_len());
    let (scores, scratch) = scratch.split_at_mut(shape.scores_len());
    let visible = shape.visible_keys(&queries);
    for keys in (0..shape.key_blocks()).map(|block| shape.key_block(block)) {
        if keys.end <= visible.start || keys.start >= visible.end {
            continue;
        }
        let place = Place { shape, mask: Some(mask), head, queries: queries.clone(), keys };
        backward.scores(weights, scores, scratch, &place, 1.0);
        add_block(grad, scores, &place, mask, scratch);
    }
}

/// Adds one block, given by key, to rows of the mask, which are by query.
fn add_block(
    grad: &mut [Float],
    scores: &[Float],
    place: &Place<'_>,
    mask: &Mask<'_>,
    scratch: &mut [Float],
) {
    let (width, num_queries) = (place.width(), place.queries.len());
    let by_key = scores.chunks_exact(width).take(place.keys.len());
    if mask.rows > 1 && mask.columns > 1 {
        transpose(scratch, place.keys.len(), scores, width, place.keys.len(), num_queries);
        let rows = scratch.chunks_exact(place.keys.len()).take(num_queries);
        for (grad, row) in grad.chunks_exact_mut(mask.columns).zip(rows) {
            accumulate(&mut grad[place.keys.clone()], row);
        }
    } else if mask.rows > 1 {
        by_key.for_each(|row| accumulate(grad, &row[..num_queries]));
    } else {
        let first = if mask.columns > 1 { place.keys.start } else { 0 };
        for (j, row) in by_key.enumerate() {
            grad[if mask.columns > 1 { first + j } else { 0 }] += lanes::sum(&row[..num_queries]);
        }
    }
}
