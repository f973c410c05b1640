//! Binary cross-entropy in which easy examples count less: with `p = sigmoid(x)` and `p_t` the probability of the target,
//! `alpha_t (1 - p_t)^gamma · bce`, where `alpha_t` is `alpha` for targets of 1 and `1 - alpha` for 0. A negative
//! `alpha` leaves it out. torchvision's `sigmoid_focal_loss`, one loss per element by default as there.
//!
//! `1 - p_t` is computed as `t sigmoid(-x) + (1 - t) sigmoid(x)`, which keeps its digits where `p_t` is close to 1.
//! Source: Lin et al., "Focal Loss for Dense Object Detection", 2017.

use super::bce_with_logits_loss::expression;
use super::call::{Build::One, Call, Method, Problem};
use super::loss::{combine, not_negative, reduction_or_none, same_shapes};
use super::pairwise_distance::power;
use super::{optional, required, tensor};
use crate::graph::Value;
use crate::graph::scalar::{Unary, add, arg, constant, mul, neg, sub, unary};

/// `scores.sigmoid_focal_loss(target, alpha = 0.25, gamma = 2.0, reduction = "none")`.
pub const METHODS: &[Method] = &[Method {
    name: "sigmoid_focal_loss",
    params: &[
        tensor("scores"),
        required("target"),
        optional("alpha"),
        optional("gamma"),
        optional("reduction"),
    ],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let operands = same_shapes(call, 2)?;
    let alpha = call.float(2, Some(0.25))?;
    let gamma = not_negative(call, 3, 2.0)?;
    let reduction = reduction_or_none(call, 4)?;
    if alpha.is_nan() || alpha > 1.0 {
        return Err(Problem::from(format!(
            "`alpha` of `{}` is the weight of targets of 1, at most 1, found {alpha}",
            call.method.name
        ))
        .at(2)
        .help("write a number from 0 to 1, or a negative one for no weights"));
    }
    let other = |x| sub(constant(1.0), x);
    let (score, target) = (arg(0), arg(1));
    let sigmoid = |x| unary(Unary::Sigmoid, x);
    let missed = add(
        mul(target.clone(), sigmoid(neg(score.clone()))),
        mul(other(target.clone()), sigmoid(score.clone())),
    );
    let mut loss = expression(score, target.clone(), None);
    if gamma > 0.0 {
        loss = mul(loss, power(missed, gamma));
    }
    if alpha >= 0.0 {
        let weight = add(mul(constant(alpha), target.clone()), mul(constant(1.0 - alpha), other(target)));
        loss = mul(weight, loss);
    }
    let losses = call.builder.map(&loss, &operands);
    Ok(combine(call.builder, losses, reduction))
}
