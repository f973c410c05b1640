//! Replaces NaN and the infinities by numbers. d/dx = 1 where `x` is finite, else 0.

use super::call::{Build::One, Call, Method, Problem};
use super::{optional, tensor};
use crate::graph::scalar::{Scalar, arg, constant, equal, not_equal, select};
use crate::graph::{Float, Value};

/// `x.nan_to_num(nan = 0.0, posinf = 3.4e38, neginf = -3.4e38)`: the infinities become the largest and the smallest
/// number by default.
pub const METHODS: &[Method] = &[Method {
    name: "nan_to_num",
    params: &[tensor("x"), optional("nan"), optional("posinf"), optional("neginf")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let nan = call.float(1, Some(0.0))?;
    let positive = call.float(2, Some(Float::current().max()))?;
    let negative = call.float(3, Some(-Float::current().max()))?;
    call.map(1, &expression(arg(0), nan, positive, negative))
}

fn expression(x: Scalar, nan: f64, positive: f64, negative: f64) -> Scalar {
    let is = |value: f64| equal(x.clone(), constant(value));
    let value = select(is(f64::NEG_INFINITY), constant(negative), x.clone());
    let value = select(is(f64::INFINITY), constant(positive), value);
    select(not_equal(x.clone(), x.clone()), constant(nan), value)
}
