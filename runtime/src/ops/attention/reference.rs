//! Attention with all weights stored, in f64: what tests compare with.

use super::super::super::Float;
use super::{Attention, AttentionGrads, AttentionSaved, Mask};

/// Scores of a query of a head with all keys; negative infinity where it does not see one.
fn scores(
    query: &[Float],
    key: &[Float],
    mask: Option<&Mask<'_>>,
    shape: &Attention,
    (head, t): (usize, usize),
) -> Vec<f64> {
    let group = head / shape.heads_per_group();
    let query = &query[(head * shape.queries + t) * shape.head_dim..][..shape.head_dim];
    (0..shape.keys)
        .map(|j| {
            let distance = j as isize - t as isize;
            let is_hidden = shape.first.is_some_and(|first| distance < first)
                || shape.last.is_some_and(|last| distance > last);
            if is_hidden {
                return f64::NEG_INFINITY;
            }
            let key = &key[(group * shape.keys + j) * shape.head_dim..][..shape.head_dim];
            let dot: f64 = query.iter().zip(key).map(|(&q, &k)| f64::from(q) * f64::from(k)).sum();
            dot * f64::from(shape.scale)
                + mask.map_or(0.0, |mask| f64::from(mask.values[place(mask, head, t, j)]))
        })
        .collect()
}

/// Where the mask of a score lies.
fn place(mask: &Mask<'_>, head: usize, t: usize, j: usize) -> usize {
    let (row, column) = (if mask.rows == 1 { 0 } else { t }, if mask.columns == 1 { 0 } else { j });
    mask.start(head) + row * mask.columns + column
}

/// Weights of scores, all 0 if nothing is seen, and the logarithm of the sum.
fn softmax(scores: &[f64]) -> (Vec<f64>, f64) {
    let max = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if max == f64::NEG_INFINITY {
        return (vec![0.0; scores.len()], f64::INFINITY);
    }
    let sum: f64 = scores.iter().map(|score| (score - max).exp()).sum();
    (scores.iter().map(|score| (score - max).exp() / sum).collect(), max + sum.ln())
}

/// What dropout multiplies the weight of query `t` of a head for key `j` by.
fn factor(shape: &Attention, head: usize, t: usize, j: usize) -> f64 {
    shape.dropout.map_or(1.0, |dropout| dropout.factor_ref(shape, head, t, j))
}

/// The plain form of [`attention`](super::attention).
pub fn attention_ref(
    output: &mut [Float],
    log_sum: &mut [Float],
    query: &[Float],
    key: &[Float],
    value: &[Float],
    mask: Option<&Mask<'_>>,
    shape: &Attention,
) {
    shape.check(query, key, value, mask);
    for (head, t) in (0..shape.num_heads()).flat_map(|head| (0..shape.queries).map(move |t| (head, t))) {
        let (mut weights, logarithm) = softmax(&scores(query, key, mask, shape, (head, t)));
        weights.iter_mut().enumerate().for_each(|(j, weight)| *weight *= factor(shape, head, t, j));
        let row = head * shape.queries + t;
        log_sum[row] = logarithm as Float;
        let first = head / shape.heads_per_group() * shape.keys;
        for e in 0..shape.value_dim {
            let value_at = |j: usize| f64::from(value[(first + j) * shape.value_dim + e]);
            let sum: f64 = weights.iter().enumerate().map(|(j, weight)| weight * value_at(j)).sum();
            output[row * shape.value_dim + e] = sum as Float;
        }
    }
}

/// The plain form of [`attention_grad`](super::attention_grad); output and logarithms are computed again.
pub fn attention_grad_ref(
    grads: AttentionGrads<'_>,
    grad_output: &[Float],
    saved: &AttentionSaved<'_>,
    shape: &Attention,
) {
    let &AttentionSaved { query, key, value, mask, .. } = saved;
    shape.check(query, key, value, mask);
    let &Attention { head_dim, value_dim, .. } = shape;
    let mut sums = [query.len(), key.len(), value.len(), mask.map_or(0, |mask| mask.values.len())]
        .map(|len| vec![0.0f64; len]);
    for (head, t) in (0..shape.num_heads()).flat_map(|head| (0..shape.queries).map(move |t| (head, t))) {
        let (weights, _) = softmax(&scores(query, key, mask, shape, (head, t)));
        let row = head * shape.queries + t;
        let first = head / shape.heads_per_group() * shape.keys;
        let grad = |e: usize| f64::from(grad_output[row * value_dim + e]);
        let of_weights: Vec<f64> = (0..shape.keys)
            .map(|j| {
                let value_at = |e: usize| f64::from(value[(first + j) * value_dim + e]);
                let of_kept: f64 = (0..value_dim).map(|e| grad(e) * value_at(e)).sum();
                of_kept * factor(shape, head, t, j)
            })
            .collect();
        let mean: f64 = weights.iter().zip(&of_weights).map(|(p, d)| p * d).sum();
        for (j, (weight, of_weight)) in weights.iter().zip(&of_weights).enumerate() {
            let of_score = weight * (of_weight - mean);
            for d in 0..head_dim {
                let (q, k) = (row * head_dim + d, (first + j) * head_dim + d);
                sums[0][q] += of_score * f64::from(shape.scale) * f64::from(key[k]);
                sums[1][k] += of_score * f64::from(shape.scale) * f64::from(query[q]);
            }
            let kept = weight * factor(shape, head, t, j);
            for e in 0..value_dim {
                sums[2][(first + j) * value_dim + e] += kept * grad(e);
            }
            if let Some(mask) = mask {
                sums[3][place(mask, head, t, j)] += of_score;
            }
        }
    }
    let targets = [Some(grads.query), Some(grads.key), Some(grads.value), grads.mask];
    for (target, sums) in targets.into_iter().zip(&sums) {
        if let Some(target) = target {
            target.iter_mut().zip(sums).for_each(|(target, &sum)| *target = sum as Float);
        }
    }
}
