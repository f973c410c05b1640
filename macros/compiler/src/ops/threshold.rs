//! `x` above `threshold`, else `value`. d/dx = 1 above, 0 at the threshold and below.

use super::call::{Build::One, Call, Method, Problem};
use super::{required, tensor};
use crate::graph::Value;
use crate::graph::scalar::{arg, constant, less_equal, select};

/// `x.threshold(0.1, value = 20.0)`.
pub const METHODS: &[Method] = &[Method {
    name: "threshold",
    params: &[tensor("x"), required("threshold"), required("value")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let threshold = call.float(1, None)?;
    let value = call.float(2, None)?;
    // NaN is not below, and stays.
    call.map(1, &select(less_equal(arg(0), constant(threshold)), constant(value), arg(0)))
}
