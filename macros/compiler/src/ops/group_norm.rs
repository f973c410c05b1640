//! Normalisation of each sample over groups of channels (axis 1) and all axes after them, scaled and shifted per channel.
//! PyTorch's `group_norm`.
//!
//! Runs over `[N, groups, channels / groups, …]`, so that the affine part is in the same loop.
//! Source: Wu and He, "Group Normalization", 2018.

use super::batch_norm::{Affine, channel_affine, channels};
use super::call::{Build::One, Call, Method, Problem};
use super::layer_norm::standardized;
use super::{optional, required, tensor};
use crate::graph::types::product;
use crate::graph::{Size, Value, shape_text};

/// `x.group_norm(num_groups, weight, bias, eps = 1e-5)`.
pub const METHODS: &[Method] = &[Method {
    name: "group_norm",
    params: &[tensor("x"), required("num_groups"), optional("weight"), optional("bias"), optional("eps")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (value, shape) = channels(call)?;
    let num_groups = call.integer(1, None, 1)?;
    let count = shape[1].as_literal();
    if count.is_none_or(|channels| channels % num_groups as i64 != 0) {
        return Err(Problem::from(format!(
            "{} channels cannot be divided into {num_groups} groups of equal size",
            shape[1]
        ))
        .at(1)
        .note(format!("the input is {}, with its channels along axis 1", shape_text(&shape)))
        .help("use a number of groups that divides the number of channels"));
    }
    let groups = Size::literal(num_groups as i64);
    let each = shape[1].floor_div(num_groups as i64);
    let eps = call.float(4, Some(1e-5))?;
    let Affine { weight, bias } = channel_affine(call, [2, 3], &shape)?;
    let builder = &mut *call.builder;
    let mut per_group = |vector: Option<Value>| {
        vector.map(|vector| builder.reshape(vector, vec![groups.clone(), each.clone(), Size::one()]))
    };
    let affine = Affine { weight: per_group(weight), bias: per_group(bias) };
    let grouped = vec![shape[0].clone(), groups.clone(), each.clone(), product(&shape[2..])];
    let value = builder.reshape(value, grouped);
    let out = standardized(builder, value, vec![2, 3], eps, &affine);
    Ok(builder.reshape(out, shape))
}
