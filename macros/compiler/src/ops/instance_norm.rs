//! Normalisation of each channel (axis 1) of each sample over the axes after it. PyTorch's `instance_norm`, with the
//! statistics of the input; with running ones it is `batch_norm`.
//!
//! Source: Ulyanov et al., "Instance Normalization: The Missing Ingredient for Fast Stylization", 2016.

use super::batch_norm::{channel_affine, channels};
use super::call::{Build::One, Call, Method, Problem};
use super::layer_norm::standardized;
use super::{optional, tensor};
use crate::graph::types::product;
use crate::graph::{Value, shape_text};

/// `x.instance_norm(weight, bias, eps = 1e-5)`.
pub const METHODS: &[Method] = &[Method {
    name: "instance_norm",
    params: &[tensor("x"), optional("weight"), optional("bias"), optional("eps")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (value, shape) = channels(call)?;
    if product(&shape[2..]).is_one() {
        return Err(Problem::from(format!(
            "`{}` needs more than one element per channel, found {}",
            call.method.name,
            shape_text(&shape)
        ))
        .at(0)
        .note("the mean and the variance are those of the axes after the channels, axis 1")
        .help("use `layer_norm` to normalise over the channels"));
    }
    let eps = call.float(3, Some(1e-5))?;
    let affine = channel_affine(call, [1, 2], &shape)?;
    Ok(standardized(call.builder, value, (2..shape.len()).collect(), eps, &affine))
}
