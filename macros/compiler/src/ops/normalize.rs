//! Vectors of length 1 along an axis: `x / max(‖x‖_p, eps)`, PyTorch's `functional.normalize`.

use super::call::{Build::One, Call, Method, Problem};
use super::pairwise_distance::{normalized, order};
use super::{optional, tensor};
use crate::graph::Value;

/// `x.normalize(p = 2.0, axis = 1, eps = 1e-12)`.
pub const METHODS: &[Method] = &[Method {
    name: "normalize",
    params: &[tensor("x"), optional("p"), optional("axis"), optional("eps")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let rank = call.shape(0)?.len();
    let order = order(call, 1)?;
    let axis = call.axis(2, Some(1), rank)?;
    let eps = call.float(3, Some(1e-12))?;
    Ok(normalized(call.builder, value, order, axis, eps))
}
