//! `x` above 0, else `negative_slope · x`. d/dx = 1 above 0, else the slope, also at 0, as in PyTorch.
//!
//! Source: Maas et al., "Rectifier Nonlinearities Improve Neural Network Acoustic Models", 2013.

use super::call::{Build::One, Call, Method, Problem};
use super::{optional, tensor};
use crate::graph::Value;
use crate::graph::scalar::{Scalar, arg, constant, greater, mul, select};

/// `x.leaky_relu(negative_slope = 0.01)`.
pub const METHODS: &[Method] =
    &[Method { name: "leaky_relu", params: &[tensor("x"), optional("negative_slope")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let negative_slope = call.float(1, Some(0.01))?;
    call.map(1, &expression(arg(0), constant(negative_slope)))
}

/// `x` above 0, else `slope · x`.
pub(super) fn expression(x: Scalar, slope: Scalar) -> Scalar {
    select(greater(x.clone(), constant(0.0)), x.clone(), mul(slope, x))
}
