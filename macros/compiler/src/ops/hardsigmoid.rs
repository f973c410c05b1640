//! Piecewise linear sigmoid: 0 up to -3, 1 from 3 on, `x/6 + 1/2` between. d/dx = 1/6 between, 0 at ±3 and beyond.
//!
//! Source: Howard et al., "Searching for MobileNetV3", 2019.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Scalar, add, arg, constant, less_equal, mul, select};

/// `min(max(x + 3, 0), 6) / 6`.
pub const METHODS: &[Method] = &[Method {
    name: "hardsigmoid",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &expression(arg(0)))),
}];

fn expression(x: Scalar) -> Scalar {
    let line = mul(add(x.clone(), constant(3.0)), constant(1.0 / 6.0));
    let upper = select(less_equal(constant(3.0), x.clone()), constant(1.0), line);
    select(less_equal(x, constant(-3.0)), constant(0.0), upper)
}
