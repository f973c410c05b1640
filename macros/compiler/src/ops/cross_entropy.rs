//! Mean cross-entropy of scores against class labels: `mean(-log_softmax(scores)[label])`, PyTorch's
//! `cross_entropy`. The classes lie along axis 1. Combines `log_softmax` and `nll_loss`.

use super::call::{Build::One, Call, Method, Problem};
use super::log_softmax::LogSoftmax;
use super::mean::divide;
use super::nll_loss::{NllLoss, check_labels};
use super::reduce::ReduceKind;
use super::{required, tensor};
use crate::graph::Value;

/// `scores.cross_entropy(label)`: a scalar.
pub const METHODS: &[Method] =
    &[Method { name: "cross_entropy", params: &[tensor("scores"), required("label")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (scores, label) = check_labels(call)?;
    let builder = &mut *call.builder;
    let log_probs = builder.add(LogSoftmax { axis: 1 }, &[scores]);
    let losses = builder.add(NllLoss, &[log_probs, label]);
    let ty = builder.ty(losses).clone();
    let sum = builder.reduce(ReduceKind::Sum, losses, (0..ty.rank()).collect());
    let sum = builder.reshape(sum, Vec::new());
    Ok(divide(builder, sum, &ty.numel()))
}
