//! 0 within ±lambd, else `x`. d/dx = 0 within and at ±lambd, else 1.

use super::call::{Build::One, Call, Method, Problem};
use super::{optional, tensor};
use crate::graph::Value;
use crate::graph::scalar::{Scalar, arg, constant, greater, less_equal, select};

/// `x.hardshrink(lambd = 0.5)`.
pub const METHODS: &[Method] =
    &[Method { name: "hardshrink", params: &[tensor("x"), optional("lambd")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let lambd = call.float(1, Some(0.5))?;
    call.map(1, &expression(arg(0), lambd))
}

fn expression(x: Scalar, lambd: f64) -> Scalar {
    let below = select(less_equal(constant(-lambd), x.clone()), constant(0.0), x.clone());
    select(greater(x.clone(), constant(lambd)), x, below)
}
