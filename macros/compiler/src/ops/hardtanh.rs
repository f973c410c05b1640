//! `min(max(x, min_val), max_val)`. d/dx = 1 between, 0 at both ends and beyond.

use super::call::{Build::One, Call, Method, Problem};
use super::clamp::between;
use super::{optional, tensor};
use crate::graph::Value;
use crate::graph::scalar::arg;

/// `x.hardtanh(min_val = -1.0, max_val = 1.0)`.
pub const METHODS: &[Method] = &[Method {
    name: "hardtanh",
    params: &[tensor("x"), optional("min_val"), optional("max_val")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let min = call.float(1, Some(-1.0))?;
    let max = call.float(2, Some(1.0))?;
    if min > max {
        return Err(Problem::from(format!(
            "`min_val` of `hardtanh` is not above `max_val`, found {min:?} and {max:?}"
        ))
        .at(if call.given(1).is_some() { 1 } else { 2 })
        .help(format!("exchange them: `hardtanh({max:?}, {min:?})`")));
    }
    call.map(1, &between(arg(0), min, max))
}
