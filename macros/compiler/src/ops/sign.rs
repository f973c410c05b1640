//! Sign: -1, 0 or 1; 0 for NaN. The gradient is 0, as in PyTorch.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Scalar, arg, constant, greater, less, select};

/// `sign(x)`.
pub const METHODS: &[Method] =
    &[Method { name: "sign", params: &[tensor("x")], build: One(|call| call.map(1, &expression(arg(0)))) }];

fn expression(x: Scalar) -> Scalar {
    let negative = select(less(x.clone(), constant(0.0)), constant(-1.0), constant(0.0));
    select(greater(x, constant(0.0)), constant(1.0), negative)
}
