//! Vectors along the last axis point the same way where the target is 1, apart where it is -1: with `c` their cosine,
//! `1 - c` and `max(0, c - margin)`. PyTorch's `cosine_embedding_loss`, which adds 1e-12 to the squared lengths.

use super::call::{Build::One, Call, Method, Problem};
use super::hinge_embedding_loss::hinge;
use super::loss::{combine, other_shape, reduction, same_shapes, sum_along};
use super::{optional, required, tensor};
use crate::graph::scalar::{Binary, Unary, add, arg, binary, constant, div, mul, select, sub, unary};
use crate::graph::{Value, shape_text};

/// `x.cosine_embedding_loss(other, target, margin = 0.0, reduction = "mean")`.
pub const METHODS: &[Method] = &[Method {
    name: "cosine_embedding_loss",
    params: &[tensor("x"), required("other"), required("target"), optional("margin"), optional("reduction")],
    build: One(build),
}];

/// Added to the squared lengths, as in PyTorch.
const EPSILON: f64 = 1e-12;

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let operands = same_shapes(call, 2)?;
    let shape = call.shape(0)?;
    let Some(axis) = shape.len().checked_sub(1) else {
        return Err(Problem::from(format!(
            "`{}` compares vectors along the last axis, found {}",
            call.method.name,
            shape_text(&shape)
        ))
        .at(0)
        .help("give both an axis for the components"));
    };
    let target = call.float_tensor(2)?;
    if call.shape(2)? != shape[..axis] {
        return Err(other_shape(call, 2, &shape[..axis]));
    }
    let margin = call.float(3, Some(0.0))?;
    let reduction = reduction(call, 4)?;
    let builder = &mut *call.builder;
    // A number stands for a tensor that is full of it.
    let operands = [operands[0], builder.expand(operands[1], shape)];
    let [dot, x_square, other_square] = [(0, 1), (0, 0), (1, 1)].map(|(a, b)| {
        let products = builder.map(&mul(arg(0), arg(1)), &[operands[a], operands[b]]);
        sum_along(builder, products, axis)
    });
    let lengths = mul(add(arg(1), constant(EPSILON)), add(arg(2), constant(EPSILON)));
    let cosine = builder.map(&div(arg(0), unary(Unary::Sqrt, lengths)), &[dot, x_square, other_square]);
    let is = |number| binary(Binary::Equal, arg(1), constant(number));
    let together = select(is(1.0), sub(constant(1.0), arg(0)), constant(0.0));
    let apart = select(is(-1.0), hinge(sub(arg(0), constant(margin))), constant(0.0));
    let losses = builder.map(&add(together, apart), &[cosine, target]);
    Ok(combine(builder, losses, reduction))
}
