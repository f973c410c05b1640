//! Each query finds its own key among all keys of the batch: cross-entropy of the cosines over the temperature, where row
//! `i` of the keys belongs to row `i` of the queries: `-ln(exp(s_ii) / Σ_j exp(s_ij))`, `s = q kᵀ / temperature`.
//!
//! One direction; CLIP's loss is the mean of this and of the keys' loss against the queries. The maximum of a row is
//! subtracted before the exponentials. Source: van den Oord et al., "Representation Learning with Contrastive
//! Predictive Coding", 2018, equation 4, with the normalised vectors of Chen et al., "A Simple Framework for
//! Contrastive Learning of Visual Representations", 2020.

use super::call::{Build::One, Call, Method, Problem};
use super::detach::Detach;
use super::loss::{combine, positive, reduction, same_shapes, sum_along};
use super::matmul::Matmul;
use super::pairwise_distance::{drop_axis, normalized};
use super::reduce::ReduceKind;
use super::{optional, required, tensor};
use crate::graph::scalar::{Unary, add, arg, constant, mul, sub, unary};
use crate::graph::{Value, shape_text};

/// `queries.info_nce_loss(keys, temperature = 0.1, reduction = "mean")`.
pub const METHODS: &[Method] = &[Method {
    name: "info_nce_loss",
    params: &[tensor("queries"), required("keys"), optional("temperature"), optional("reduction")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let operands = same_shapes(call, 2)?;
    let shape = call.shape(0)?;
    if shape.len() != 2 {
        return Err(Problem::from(format!(
            "`{}` takes [N, features], found {}",
            call.method.name,
            shape_text(&shape)
        ))
        .at(0)
        .help("add or merge axes with `reshape`"));
    }
    let temperature = positive(call, 2, 0.1)?;
    let reduction = reduction(call, 3)?;
    let builder = &mut *call.builder;
    // A number stands for a tensor that is full of it.
    let operands = operands.iter().map(|&operand| builder.expand(operand, shape.clone())).collect::<Vec<_>>();
    let [queries, keys] = [0, 1].map(|side| normalized(builder, operands[side], 2.0, 1, 1e-12));
    let inverse = constant(1.0 / temperature);
    let cosines = builder.add(Matmul { transpose_a: false, transpose_b: true }, &[queries, keys]);
    let scores = builder.map(&mul(arg(0), inverse.clone()), &[cosines]);
    let products = builder.map(&mul(mul(arg(0), arg(1)), inverse), &[queries, keys]);
    let own = sum_along(builder, products, 1);
    let largest = builder.reduce(ReduceKind::Max, scores, vec![1]);
    let largest = builder.add(Detach, &[largest]);
    let exponentials = builder.map(&unary(Unary::Exp, sub(arg(0), arg(1))), &[scores, largest]);
    let sum = sum_along(builder, exponentials, 1);
    let largest = drop_axis(builder, largest, 1);
    let loss = sub(add(unary(Unary::Ln, arg(0)), arg(1)), arg(2));
    let losses = builder.map(&loss, &[sum, largest, own]);
    Ok(combine(builder, losses, reduction))
}
