//! Tensors of one number: `zeros([N, 4])`, `ones`, `full`, and those with the shape of another, `zeros_like(x)`.
//!
//! Sizes are known at compile time or are run-time dimensions. They take no memory where a loop can broadcast them.

use super::call::{Build::One, Call, Method, Problem};
use super::{required, tensor};
use crate::graph::{Size, Value, shape_text};

/// `zeros([N, 4])`, `ones([4])`, `full([N, 4], 0.5)`, `zeros_like(x)`, `ones_like(x)`, `full_like(x, 0.5)`; the number
/// of `full` may be a scalar tensor, to which the sum of the gradient flows.
pub const METHODS: &[Method] = &[
    Method { name: "zeros", params: &[required("shape")], build: One(|call| constant(call, 0.0)) },
    Method { name: "ones", params: &[required("shape")], build: One(|call| constant(call, 1.0)) },
    Method { name: "full", params: &[required("shape"), required("value")], build: One(build_full) },
    Method { name: "zeros_like", params: &[tensor("x")], build: One(|call| constant_like(call, 0.0)) },
    Method { name: "ones_like", params: &[tensor("x")], build: One(|call| constant_like(call, 1.0)) },
    Method { name: "full_like", params: &[tensor("x"), required("value")], build: One(build_full_like) },
];

fn constant(call: &mut Call<'_>, number: f64) -> Result<Value, Problem> {
    let shape = call.sizes(0)?;
    let number = call.builder.constant(number);
    Ok(call.builder.expand(number, shape))
}

fn constant_like(call: &mut Call<'_>, number: f64) -> Result<Value, Problem> {
    let shape = call.shape(0)?;
    let number = call.builder.constant(number);
    Ok(call.builder.expand(number, shape))
}

fn build_full(call: &mut Call<'_>) -> Result<Value, Problem> {
    let shape = call.sizes(0)?;
    filled(call, shape)
}

fn build_full_like(call: &mut Call<'_>) -> Result<Value, Problem> {
    let shape = call.shape(0)?;
    filled(call, shape)
}

fn filled(call: &mut Call<'_>, shape: Vec<Size>) -> Result<Value, Problem> {
    let value = call.float_tensor(1)?;
    let found = call.shape(1)?;
    if !found.is_empty() {
        return Err(Problem::from(format!(
            "`value` of `{}` is one number, found a tensor of shape {}",
            call.method.name,
            shape_text(&found)
        ))
        .at(1)
        .help("`expand` broadcasts a tensor to a shape"));
    }
    Ok(call.builder.expand(value, shape))
}
