//! A number where a condition holds: `x.masked_fill(mask, value)` is `value` where `mask` holds, else `x`.
//!
//! The gradient of `x` is 0 where the mask holds; a scalar tensor as `value` gets the sum of it there.

use super::call::{Build::One, Call, Method, Problem};
use super::{broadcast_shapes, required, tensor};
use crate::graph::scalar::{arg, select};
use crate::graph::{ElementType, Value, shape_text};

/// `scores.masked_fill(mask, f32::NEG_INFINITY)`; the mask is broadcast to the shape of `x`.
pub const METHODS: &[Method] = &[Method {
    name: "masked_fill",
    params: &[tensor("x"), required("mask"), required("value")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (x, mask, value) = (call.float_tensor(0)?, call.tensor(1)?, call.float_tensor(2)?);
    let (x_type, mask_type) = (call.builder.ty(x).clone(), call.builder.ty(mask).clone());
    if mask_type.element != ElementType::Bool {
        return Err(Problem::from(format!(
            "`mask` of `masked_fill` is the result of a comparison, found a tensor of `{}`",
            mask_type.element.name()
        ))
        .at(1)
        .help("compare it, for instance `mask > 0.0`"));
    }
    if broadcast_shapes(&[&x_type, &mask_type]).ok().as_ref() != Some(&x_type.shape) {
        return Err(Problem::from(format!(
            "a mask {} does not broadcast to {}",
            shape_text(&mask_type.shape),
            shape_text(&x_type.shape)
        ))
        .at(1)
        .help("make the sizes of the mask equal to those of `x`, or 1"));
    }
    let value_shape = call.shape(2)?;
    if !value_shape.is_empty() {
        return Err(Problem::from(format!(
            "`value` of `masked_fill` is one number, found a tensor of shape {}",
            shape_text(&value_shape)
        ))
        .at(2)
        .help("`select(mask, value, x)` chooses between tensors"));
    }
    call.map_values(&[mask, value, x], &select(arg(0), arg(1), arg(2)))
}
