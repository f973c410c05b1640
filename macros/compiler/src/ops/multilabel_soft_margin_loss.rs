//! Binary cross-entropy of the scores of all classes, one decision each, averaged over the classes (the last axis):
//! `-mean_c weight_c (t_c ln p_c + (1 - t_c) ln(1 - p_c))` with `p = sigmoid(x)`. PyTorch's
//! `multilabel_soft_margin_loss`; stable as `bce_with_logits_loss`.

use super::bce_with_logits_loss::expression;
use super::call::{Build::One, Call, Method, Problem};
use super::loss::{combine, reduction, same_shapes, scale, sum_along};
use super::mean::divide;
use super::{optional, required, tensor};
use crate::graph::Value;
use crate::graph::scalar::{arg, mul};

/// `scores.multilabel_soft_margin_loss(target, weight, reduction = "mean")`.
pub const METHODS: &[Method] = &[Method {
    name: "multilabel_soft_margin_loss",
    params: &[tensor("scores"), required("target"), optional("weight"), optional("reduction")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let mut operands = same_shapes(call, 2)?;
    let shape = call.shape(0)?;
    let Some(classes) = shape.last().cloned() else {
        return Err(Problem::from(format!("`{}` takes scores [.., classes], found []", call.method.name))
            .at(0)
            .help("give one score for each class"));
    };
    let reduction = reduction(call, 3)?;
    let mut loss = expression(arg(0), arg(1), None);
    if let Some(weight) = scale(call, 2, &shape)? {
        operands.push(weight);
        loss = mul(loss, arg(2));
    }
    let losses = call.builder.map(&loss, &operands);
    let sums = sum_along(call.builder, losses, shape.len() - 1);
    let means = divide(call.builder, sums, &classes);
    Ok(combine(call.builder, means, reduction))
}
