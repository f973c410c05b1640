//! Cosine of the angle between vectors along an axis: `Σ x y / (max(‖x‖, eps) max(‖y‖, eps))`, PyTorch's
//! `cosine_similarity`. The operands broadcast.

use super::call::{Build::One, Call, Method, Problem};
use super::pairwise_distance::{at_least, drop_axis, norm};
use super::reduce::ReduceKind;
use super::{optional, required, tensor};
use crate::graph::scalar::{arg, div, mul};
use crate::graph::{Builder, Value};

/// `x.cosine_similarity(other, axis = 1, eps = 1e-8)`.
pub const METHODS: &[Method] = &[Method {
    name: "cosine_similarity",
    params: &[tensor("x"), required("other"), optional("axis"), optional("eps")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (x, other) = (call.float_tensor(0)?, call.float_tensor(1)?);
    let products = call.map_values(&[x, other], &mul(arg(0), arg(1)))?;
    let shape = call.builder.ty(products).shape.clone();
    let axis = call.axis(2, Some(1), shape.len())?;
    let eps = call.float(3, Some(1e-8))?;
    let (x, other) = (call.builder.expand(x, shape.clone()), call.builder.expand(other, shape));
    Ok(cosine(call.builder, x, other, axis, eps))
}

/// The cosine along `axis`, which vanishes, of operands of one shape.
pub(super) fn cosine(builder: &mut Builder, x: Value, other: Value, axis: usize, eps: f64) -> Value {
    let products = builder.map(&mul(arg(0), arg(1)), &[x, other]);
    let dot = builder.reduce(ReduceKind::Sum, products, vec![axis]);
    let norms = [x, other].map(|value| norm(builder, value, 2.0, axis));
    let quotient = div(arg(0), mul(at_least(arg(1), eps), at_least(arg(2), eps)));
    let cosine = builder.map(&quotient, &[dot, norms[0], norms[1]]);
    drop_axis(builder, cosine, axis)
}
