//! The output, with a softmax that follows the blocks of keys.

use super::super::super::Float;
use super::super::super::gemm::with_scratch;
use super::super::super::math::ln;
use super::block::{Place, Product, Row, padded, scale, transpose, weight};
use super::dropout::{DropWeights, Kept};
use super::{Attention, BLOCK_QUERIES, LANES, Mask, take};
use crate::isa::{Isa, Loop, dispatch};
use crate::parallel::for_each_of;
use std::ops::Range;

/// `output[t] = sum over j of weights[t, j] * value[j]`, where `weights[t]` is the softmax over the keys that query `t`
/// sees of `scale * (query[t] . key[j]) + mask[t, j]`; `log_sum[t]` is the logarithm of the sum of their exponentials.
/// With dropout, some of these weights are 0 and the others larger.
///
/// # Shapes
/// - `output`: `[batch, heads, queries, value_dim]`; overwritten
/// - `log_sum`: `[batch, heads, queries]`; overwritten
/// - `query`: `[batch, heads, queries, head_dim]`
/// - `key`: `[batch, groups, keys, head_dim]`
/// - `value`: `[batch, groups, keys, value_dim]`
///
/// # Panics
/// When a slice does not have the length of its shape, `groups` does not divide `heads`, the rate of dropout is not in
/// `[0, 1]`, or there are more than `2^34` weights in a head some of which are dropped.
///
/// # Numerics
/// The largest score so far is subtracted before exponentials, sums are in the computing type in the order of the keys.
/// Weights under `e^-87` of the largest are 0. A query that sees no key, or whose scores are all `-inf`, has the output
/// 0 and the logarithm `inf`, which makes all its weights 0 in the backward pass. The bits do not depend on the number
/// of threads.
pub fn attention(
    output: &mut [Float],
    log_sum: &mut [Float],
    query: &[Float],
    key: &[Float],
    value: &[Float],
    mask: Option<&Mask<'_>>,
    shape: &Attention,
) {
    shape.check(query, key, value, mask);
    let rows = shape.num_heads() * shape.queries;
    assert_eq!(output.len(), rows * shape.value_dim, "elements of the output of attention");
    assert_eq!(log_sum.len(), rows, "elements of the logarithms of attention");
    let blocks = shape.query_blocks();
    let tasks = shape.num_heads() * blocks;
    let parts = shape.num_parts(2, tasks);
    let first_row = |task: usize| match task.checked_div(blocks) {
        Some(head) => head * shape.queries + task % blocks * BLOCK_QUERIES,
        None => 0,
    };
    let scratch_len = shape.head_dim * BLOCK_QUERIES + 2 * shape.scores_len();
    with_scratch(parts * scratch_len, |scratch| {
        let (mut output, mut log_sum, mut scratch) = (output, log_sum, scratch);
        let next = |part: usize| {
            let tasks = tasks * part / parts..tasks * (part + 1) / parts;
            let rows = first_row(tasks.end) - first_row(tasks.start);
            let output = take(&mut output, rows * shape.value_dim);
            (tasks, output, take(&mut log_sum, rows), take(&mut scratch, scratch_len))
        };
        for_each_of(parts, next, &|(tasks, mut output, mut log_sum, scratch): (Range<usize>, _, _, _)| {
            for task in tasks {
                let queries = shape.query_block(task % blocks);
                let output = take(&mut output, queries.len() * shape.value_dim);
                let log_sum = take(&mut log_sum, queries.len());
                let block = Block { shape, mask, head: task / blocks, queries };
                block.run(output, log_sum, [query, key, value], scratch);
            }
        });
    });
}

/// A block of queries of one head.
struct Block<'a> {
    shape: &'a Attention,
    mask: Option<&'a Mask<'a>>,
    head: usize,
    queries: Range<usize>,
}

impl Block<'_> {
    fn run(
        &self,
        output: &mut [Float],
        log_sum: &mut [Float],
        [query, key, value]: [&[Float]; 3],
        mut scratch: &mut [Float],
    ) {
        let &Block { shape, head, .. } = self;
        let &Attention { head_dim, value_dim, .. } = shape;
        let num_queries = self.queries.len();
        let width = padded(num_queries);
        let group = head / shape.heads_per_group();
        let key = &key[group * shape.keys * head_dim..][..shape.keys * head_dim];
        let value = &value[group * shape.keys * value_dim..][..shape.keys * value_dim];
        let query_t = take(&mut scratch, head_dim * BLOCK_QUERIES);
        let query = &query[(head * shape.queries + self.queries.start) * head_dim..];
        transpose(query_t, width, query, head_dim, num_queries, head_dim);
        scale(&mut query_t[..head_dim * width], shape.scale);

        let scores = take(&mut scratch, shape.scores_len());
        let mut state = State::NOTHING_SEEN;
        let visible = shape.visible_keys(&self.queries);
        let mut is_first = true;
        for keys in (0..shape.key_blocks()).map(|block| shape.key_block(block)) {
            if keys.end <= visible.start || keys.start >= visible.end {
                continue;
            }
            let queries = self.queries.clone();
            let place = Place { shape, mask: self.mask, head, queries, keys: keys.clone() };
            place.scores(scores, &key[keys.start * head_dim..], query_t, scratch);
            let weights = &mut scores[..place.len()];
            dispatch(Weigh { scores: weights, width, state: &mut state });
            // After the sums, which are those of all weights.
            if let Some(kept) = &Kept::of(&place) {
                dispatch(DropWeights { weights, width, kept });
            }
            if !is_first {
                dispatch(ScaleRows { rows: output, row_len: value_dim, factors: &state.factor });
            }
            let product =
                Product { m: num_queries, n: value_dim, k: keys.len(), a: (1, width), accumulate: !is_first };
            product.run(output, scores, &value[keys.start * value_dim..]);
            is_first = false;
        }
        if is_first {
            output.fill(0.0);
        }
        dispatch(Finish { log_sum, state: &mut state });
        dispatch(ScaleRows { rows: output, row_len: value_dim, factors: &state.factor });
    }
}

/// What the blocks of keys so far leave of each query.
struct State {
    /// The largest score.
    max: Row,
    /// The sum of weights: at least 1, or 0 while all scores are negative infinity.
    sum: Row,
    /// What the output so far is to be multiplied by.
    factor: Row,
}

impl State {
    const NOTHING_SEEN: State = State {
        max: [Float::NEG_INFINITY; BLOCK_QUERIES],
        sum: [0.0; BLOCK_QUERIES],
        factor: [0.0; BLOCK_QUERIES],
    };
}

/// Turns scores into weights relative to the largest score so far.
struct Weigh<'a> {
    scores: &'a mut [Float],
    width: usize,
    state: &'a mut State,
}

impl Loop for Weigh<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let Weigh { scores, width, state } = self;
        let max = state.max.as_chunks_mut::<LANES>().0;
        let sum = state.sum.as_chunks_mut::<LANES>().0;
        let factor = state.factor.as_chunks_mut::<LANES>().0;
        for (column, ((max, sum), factor)) in
            max.iter_mut().zip(sum).zip(factor).enumerate().take(width / LANES)
        {
            let scores = scores.as_chunks_mut::<LANES>().0;
            let (first, step) = (column, width / LANES);
            let mut largest = *max;
            for score in scores[first..].iter().step_by(step) {
                for lane in 0..LANES {
                    largest[lane] = if largest[lane] > score[lane] { largest[lane] } else { score[lane] };
                }
            }
            let mut shift = [0.0; LANES];
            let mut total = [0.0; LANES];
            for lane in 0..LANES {
                shift[lane] = if largest[lane] == Float::NEG_INFINITY { 0.0 } else { largest[lane] };
                factor[lane] = weight::<S>(max[lane] - shift[lane]);
                total[lane] = sum[lane] * factor[lane];
            }
            for score in scores[first..].iter_mut().step_by(step) {
                for lane in 0..LANES {
                    score[lane] = weight::<S>(score[lane] - shift[lane]);
                    total[lane] += score[lane];
                }
            }
            *max = largest;
            *sum = total;
        }
    }
}

/// The logarithm of the sum, and 1 over the sum as the last factor.
struct Finish<'a> {
    log_sum: &'a mut [Float],
    state: &'a mut State,
}

impl Loop for Finish<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let State { max, sum, factor } = self.state;
        for (((log_sum, max), sum), factor) in self.log_sum.iter_mut().zip(max).zip(sum).zip(factor) {
            let is_none = *sum == 0.0;
            *factor = if is_none { 0.0 } else { 1.0 / *sum };
            *log_sum = if is_none { Float::INFINITY } else { *max + ln::<S>(*sum) };
        }
    }
}

/// `rows[i, ..] *= factors[i]`.
struct ScaleRows<'a> {
    rows: &'a mut [Float],
    row_len: usize,
    factors: &'a Row,
}

impl Loop for ScaleRows<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        if self.row_len == 0 {
            return;
        }
        for (row, &factor) in self.rows.chunks_exact_mut(self.row_len).zip(self.factors) {
            if factor != 1.0 {
                for value in row {
                    *value *= factor;
                }
            }
        }
    }
}
