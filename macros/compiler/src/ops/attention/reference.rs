//! Attention in the reference, with all weights stored.

use super::AttentionOptions;
use crate::graph::TensorType;
use crate::graph::scalar::Number;
use crate::ops::dropout::reference_uniform;
use crate::reference::{Array, Sizes, indices};

/// One query.
struct Query {
    /// Its index in the scores, without the key.
    at: Vec<usize>,
    /// The leading axes and the head of the keys.
    group: Vec<usize>,
    /// Its weights before dropout, all 0 if it sees nothing.
    weights: Vec<f64>,
    /// The logarithm of the sum of exponentials, infinite if it sees nothing.
    log_sum: f64,
    /// What dropout multiplies its weights by.
    factors: Vec<f64>,
}

/// `[.., i, j]`
fn index(leading: &[usize], rest: &[usize]) -> Vec<usize> {
    [leading, rest].concat()
}

impl AttentionOptions {
    fn scale(&self, head_dim: usize) -> f64 {
        self.scale.map_or(1.0 / (head_dim as f64).sqrt(), Number::value)
    }

    /// What dropout multiplies the weight by whose index is `place`, counted through all scores. The mask is the
    /// reference's own: it has no random numbers of the runtime, only their statistics.
    fn factor(&self, place: usize) -> f64 {
        let Some(dropout) = &self.dropout else { return 1.0 };
        let rate = dropout.rate.value();
        if reference_uniform(place, dropout.site) < rate { 0.0 } else { 1.0 / (1.0 - rate) }
    }

    /// All queries with their weights, in the order of their indices.
    fn queries(&self, inputs: &[&Array], sizes: &Sizes) -> Vec<Query> {
        let (q, k, mask) = (inputs[0], inputs[1], inputs.get(3));
        let rank = q.shape.len();
        let num_keys = k.shape[rank - 2];
        let [first, last] =
            [&self.first, &self.last].map(|bound| bound.as_ref().map(|size| sizes.value(size)));
        let scale = self.scale(q.shape[rank - 1]);
        let query = |(row, at): (usize, Vec<usize>)| {
            let (leading, head, t) = (&at[..rank - 3], at[rank - 3], at[rank - 2]);
            let group = index(leading, &[head / (q.shape[rank - 3] / k.shape[rank - 3])]);
            let score = |j: usize| {
                let distance = j as i64 - t as i64;
                if first.is_some_and(|first| distance < first) || last.is_some_and(|last| distance > last) {
                    return f64::NEG_INFINITY;
                }
                let dims = 0..q.shape[rank - 1];
                let dot: f64 = dims.map(|d| q.at(&index(&at, &[d])) * k.at(&index(&group, &[j, d]))).sum();
                dot * scale + mask.map_or(0.0, |mask| mask.broadcast_at(&index(&at, &[j])))
            };
            let scores: Vec<f64> = (0..num_keys).map(score).collect();
            let factors = (0..num_keys).map(|j| self.factor(row * num_keys + j)).collect();
            let max = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            if max == f64::NEG_INFINITY {
                return Query { at, group, weights: vec![0.0; num_keys], log_sum: f64::INFINITY, factors };
            }
            let sum: f64 = scores.iter().map(|score| (score - max).exp()).sum();
            let weights = scores.iter().map(|score| (score - max).exp() / sum).collect();
            Query { at, group, weights, log_sum: max + sum.ln(), factors }
        };
        indices(&q.shape[..rank - 1]).enumerate().map(query).collect()
    }

    /// The output and the logarithms, from the operands of [`Attention`](super::Attention).
    pub(super) fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let [mut output, mut log_sum] =
            [0, 1].map(|index| Array::full(&sizes.shape(&outputs[index].shape), 0.0));
        for (row, query) in self.queries(inputs, sizes).iter().enumerate() {
            log_sum.data[row] = query.log_sum;
            for (j, (weight, factor)) in query.weights.iter().zip(&query.factors).enumerate() {
                for e in 0..inputs[2].shape[inputs[2].shape.len() - 1] {
                    let at = output.offset(&index(&query.at, &[e]));
                    output.data[at] += weight * factor * inputs[2].at(&index(&query.group, &[j, e]));
                }
            }
        }
        vec![output, log_sum]
    }

    /// The gradients of those of `operands` whose types are in `outputs`; output and logarithms are computed again.
    pub(super) fn evaluate_grad(
        &self,
        grad: &Array,
        operands: &[&Array],
        outputs: &[TensorType],
        sizes: &Sizes,
    ) -> Vec<Array> {
        let [q, k, v] = [0, 1, 2].map(|index| operands[index]);
        let mut grads: Vec<Array> =
            outputs.iter().map(|ty| Array::full(&sizes.shape(&ty.shape), 0.0)).collect();
        let [head_dim, value_dim] = [q, v].map(|array| array.shape[array.shape.len() - 1]);
        let scale = self.scale(head_dim);
        for Query { at, group, weights, factors, .. } in self.queries(operands, sizes) {
            let of_weight = |j: usize| -> f64 {
                let products =
                    (0..value_dim).map(|e| grad.at(&index(&at, &[e])) * v.at(&index(&group, &[j, e])));
                factors[j] * products.sum::<f64>()
            };
            let mean: f64 = weights.iter().enumerate().map(|(j, weight)| weight * of_weight(j)).sum();
            for (j, weight) in weights.iter().enumerate() {
                let of_score = weight * (of_weight(j) - mean);
                for d in 0..head_dim {
                    let (of_q, of_k) = (q.offset(&index(&at, &[d])), k.offset(&index(&group, &[j, d])));
                    grads[0].data[of_q] += scale * of_score * k.data[of_k];
                    grads[1].data[of_k] += scale * of_score * q.data[of_q];
                }
                for e in 0..value_dim {
                    let of_value = weight * factors[j] * grad.at(&index(&at, &[e]));
                    grads[2].data[v.offset(&index(&group, &[j, e]))] += of_value;
                }
                if let Some(of_mask) = grads.get_mut(3) {
                    let place = of_mask.broadcast_offset(&index(&at, &[j]));
                    of_mask.data[place] += of_score;
                }
            }
        }
        grads
    }
}
