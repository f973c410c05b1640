//! `x hardsigmoid(x)`: 0 up to -3, `x` from 3 on. d/dx = x/3 + 1/2 between, 0 at -3 and 1 at 3, as in PyTorch.
//!
//! Source: Howard et al., "Searching for MobileNetV3", 2019.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Scalar, add, arg, constant, less_equal, mul, select};

/// `x min(max(x + 3, 0), 6) / 6`.
pub const METHODS: &[Method] = &[Method {
    name: "hardswish",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &expression(arg(0)))),
}];

fn expression(x: Scalar) -> Scalar {
    let curve = mul(mul(x.clone(), add(x.clone(), constant(3.0))), constant(1.0 / 6.0));
    let upper = select(less_equal(constant(3.0), x.clone()), x.clone(), curve);
    select(less_equal(x, constant(-3.0)), constant(0.0), upper)
}
