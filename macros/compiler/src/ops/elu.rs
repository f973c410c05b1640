//! Exponential linear unit: `x` above 0, else `alpha (exp(x) - 1)`. d/dx = 1 above 0, else `alpha exp(x)`, as in PyTorch.
//!
//! Source: Clevert et al., "Fast and Accurate Deep Network Learning by Exponential Linear Units", 2015.

use super::call::{Build::One, Call, Method, Problem};
use super::{optional, tensor};
use crate::graph::Value;
use crate::graph::scalar::{Scalar, Unary, arg, constant, greater, mul, select, unary};

/// `x.elu(alpha = 1.0)`.
pub const METHODS: &[Method] =
    &[Method { name: "elu", params: &[tensor("x"), optional("alpha")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let alpha = call.float(1, Some(1.0))?;
    call.map(1, &expression(arg(0), alpha, 1.0))
}

/// `x` above 0, else `alpha (exp(factor · x) - 1)`.
pub(super) fn expression(x: Scalar, alpha: f64, factor: f64) -> Scalar {
    let below = unary(Unary::ExpM1, mul(x.clone(), constant(factor)));
    select(greater(x.clone(), constant(0.0)), x, mul(below, constant(alpha)))
}
