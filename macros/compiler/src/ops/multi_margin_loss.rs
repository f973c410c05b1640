//! The score of the right class exceeds every other by a margin:
//! `weight[y] Σ_{c ≠ y} max(0, margin - x_y + x_c)^p / classes`, PyTorch's `multi_margin_loss`; `p` is 1 or 2.
//!
//! Source: Crammer and Singer, "On the Algorithmic Implementation of Multiclass Kernel-based Vector Machines", 2001.

use super::call::{Build::One, Call, Method, Problem};
use super::class_weight::ClassWeight;
use super::loss::{combine, reduction, sum_along};
use super::mean::divide;
use super::nll_loss::{NllLoss, NllLossGrad, check_labels, class_weights};
use super::{optional, required, tensor};
use crate::graph::scalar::{Binary, Unary, add, arg, binary, constant, mul, select, unary};
use crate::graph::{Size, Value, shape_text};

/// `scores.multi_margin_loss(label, p = 1, margin = 1.0, weight, reduction = "mean")`.
pub const METHODS: &[Method] = &[Method {
    name: "multi_margin_loss",
    params: &[
        tensor("scores"),
        required("label"),
        optional("p"),
        optional("margin"),
        optional("weight"),
        optional("reduction"),
    ],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (scores, label) = check_labels(call)?;
    let shape = call.shape(0)?;
    let [batch, classes] = shape.as_slice() else {
        return Err(Problem::from(format!(
            "`{}` takes scores [N, classes], found {}",
            call.method.name,
            shape_text(&shape)
        ))
        .at(0)
        .help("merge the other axes into the batch with `permute` and `reshape`"));
    };
    let exponent = call.integer(2, Some(1), 1)?;
    if exponent > 2 {
        return Err(Problem::from(format!("`p` of `{}` is 1 or 2, found {exponent}", call.method.name))
            .at(2)
            .help("leave it out for 1"));
    }
    let margin = call.float(3, Some(1.0))?;
    let weight = class_weights(call, 4)?;
    let reduction = reduction(call, 5)?;
    let builder = &mut *call.builder;
    let missing = builder.add(NllLoss { ignore_index: None }, &[scores, label]);
    let missing = builder.reshape(missing, vec![batch.clone(), Size::one()]);
    // 1 at the label, 0 elsewhere.
    let minus_one = builder.constant(-1.0);
    let minus_ones = builder.expand(minus_one, vec![batch.clone()]);
    let hot = builder.add(NllLossGrad { classes: classes.clone(), ignore_index: None }, &[minus_ones, label]);
    let excess = unary(Unary::Relu, add(add(arg(0), arg(1)), constant(margin)));
    let cost = if exponent == 1 { excess } else { mul(excess.clone(), excess) };
    let is_label = binary(Binary::NotEqual, arg(2), constant(0.0));
    let terms = builder.map(&select(is_label, constant(0.0), cost), &[scores, missing, hot]);
    let sums = sum_along(builder, terms, 1);
    let mut losses = divide(builder, sums, classes);
    if let Some(weight) = weight {
        let weights = builder.add(ClassWeight { ignore_index: None }, &[label, weight]);
        losses = builder.map(&mul(arg(0), arg(1)), &[losses, weights]);
    }
    Ok(combine(builder, losses, reduction))
}
