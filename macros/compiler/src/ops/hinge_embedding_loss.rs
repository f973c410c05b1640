//! A distance is small where the target is 1 and at least `margin` where it is -1: `x` where the target is not -1, plus
//! `max(0, margin - x)` where it is not 1. PyTorch's `hinge_embedding_loss`.
//!
//! d/dx = 1 or -1; 0 where `x` equals the margin, as in PyTorch.

use super::call::{Build::One, Call, Method, Problem};
use super::loss::elementwise;
use super::{optional, required, tensor};
use crate::graph::Value;
use crate::graph::scalar::{Binary, Scalar, add, arg, binary, constant, select, sub};

/// `x.hinge_embedding_loss(target, margin = 1.0, reduction = "mean")`.
pub const METHODS: &[Method] = &[Method {
    name: "hinge_embedding_loss",
    params: &[tensor("x"), required("target"), optional("margin"), optional("reduction")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let margin = call.float(2, Some(1.0))?;
    let is = |number| binary(Binary::Equal, arg(1), constant(number));
    let apart = select(is(1.0), constant(0.0), hinge(sub(constant(margin), arg(0))));
    elementwise(call, 2, &add(apart, select(is(-1.0), constant(0.0), arg(0))), 3)
}

/// `max(0, x)`, whose derivative at 0 is 0, as that of PyTorch's `clamp_min`. As a choice, unlike `relu`, its gradient does
/// not depend on its value, which keeps second gradients small.
pub(super) fn hinge(x: Scalar) -> Scalar {
    select(binary(Binary::LessEqual, x.clone(), constant(0.0)), constant(0.0), x)
}
