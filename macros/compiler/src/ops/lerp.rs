//! Linear interpolation: `start + weight (end - start)`, operands broadcast; the weight is a number or a tensor.
//!
//! From |weight| = 1/2 on it is `end - (1 - weight)(end - start)`, so that both ends are exact, as in PyTorch.
//! d/dstart = 1 - weight, d/dend = weight, d/dweight = end - start.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Scalar, Unary, add, arg, constant, less, mul, select, sub, unary};

/// `start + weight (end - start)`.
pub const METHODS: &[Method] = &[Method {
    name: "lerp",
    params: &[tensor("start"), tensor("end"), tensor("weight")],
    build: One(|call| call.map(3, &expression(arg(0), arg(1), arg(2)))),
}];

fn expression(start: Scalar, end: Scalar, weight: Scalar) -> Scalar {
    let difference = sub(end.clone(), start.clone());
    let from_start = add(start, mul(weight.clone(), difference.clone()));
    let from_end = sub(end, mul(difference, sub(constant(1.0), weight.clone())));
    select(less(unary(Unary::Abs, weight), constant(0.5)), from_start, from_end)
}
