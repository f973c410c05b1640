//! Rounding to the nearest whole number, the even one of two; or to a number of decimals: `round(10^d x) / 10^d`, which
//! for negative `decimals` rounds to tens, hundreds and so on. The gradient is 0. All as in PyTorch.

use super::call::{Build::One, Call, Method, Problem};
use super::{optional, tensor};
use crate::graph::Value;
use crate::graph::scalar::{Unary, arg, constant, div, mul, unary};

/// `x.round(decimals = 0)`.
pub const METHODS: &[Method] =
    &[Method { name: "round", params: &[tensor("x"), optional("decimals")], build: One(build) }];

/// More decimals than a number of type `f32` has on either side.
const MOST_DECIMALS: i32 = 38;

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let decimals = call.signed(1, Some(0), -MOST_DECIMALS..=MOST_DECIMALS)?;
    let power = constant(10f64.powi(decimals.abs()));
    let expression = match decimals {
        0 => unary(Unary::Round, arg(0)),
        1.. => div(unary(Unary::Round, mul(arg(0), power.clone())), power),
        _ => mul(unary(Unary::Round, div(arg(0), power.clone())), power),
    };
    call.map(1, &expression)
}
