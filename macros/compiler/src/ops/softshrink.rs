//! 0 within ±lambd, else `x` moved towards 0 by `lambd`. d/dx = 0 within and at ±lambd, else 1.

use super::call::{Build::One, Call, Method, Problem};
use super::{optional, tensor};
use crate::graph::Value;
use crate::graph::scalar::{Scalar, add, arg, constant, greater, less_equal, neg, select, sub};

/// `x.softshrink(lambd = 0.5)`.
pub const METHODS: &[Method] =
    &[Method { name: "softshrink", params: &[tensor("x"), optional("lambd")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let lambd = call.float(1, Some(0.5))?;
    if lambd < 0.0 || lambd.is_nan() {
        return Err(Problem::from(format!("`lambd` of `softshrink` is 0 or more, found {lambd:?}"))
            .at(1)
            .help("write half the width of the part that becomes 0"));
    }
    call.map(1, &expression(arg(0), lambd))
}

fn expression(x: Scalar, lambd: f64) -> Scalar {
    let lambd = || constant(lambd);
    let below = select(less_equal(neg(lambd()), x.clone()), constant(0.0), add(x.clone(), lambd()));
    select(greater(x.clone(), lambd()), sub(x, lambd()), below)
}
