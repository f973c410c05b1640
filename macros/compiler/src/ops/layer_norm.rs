//! Normalisation of each sample by itself: `(x - mean) / sqrt(var + eps) · weight + bias`, mean and biased variance over the
//! last axis, or over given ones. PyTorch's `layer_norm` takes the last `k` axes: `axes = [-2, -1]` for two.
//!
//! `weight` and `bias` have the sizes of these axes. Combines means and element-wise operations, like `batch_norm`.
//! Source: Ba et al., "Layer Normalization", 2016.

use super::batch_norm::{Affine, normalized};
use super::call::{Build::One, Call, Method, Problem};
use super::mean::divide;
use super::reduce::ReduceKind;
use super::{optional, tensor};
use crate::graph::scalar::{arg, mul, sub};
use crate::graph::types::product;
use crate::graph::{Builder, Size, Value, shape_text};

/// `x.layer_norm(axes = -1, weight, bias, eps = 1e-5)`.
pub const METHODS: &[Method] = &[Method {
    name: "layer_norm",
    params: &[tensor("x"), optional("axes"), optional("weight"), optional("bias"), optional("eps")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let axes = normalized_axes(call, 1)?;
    let affine = Affine { weight: of_axes(call, 2, &axes)?, bias: of_axes(call, 3, &axes)? };
    let eps = call.float(4, Some(1e-5))?;
    Ok(standardized(call.builder, value, axes, eps, &affine))
}

/// The axes of parameter `index`, the last by default.
pub(super) fn normalized_axes(call: &mut Call<'_>, index: usize) -> Result<Vec<usize>, Problem> {
    let rank = call.shape(0)?.len();
    if call.given(index).is_some() {
        return call.axes(index, rank);
    }
    Ok(vec![call.axis(index, Some(-1), rank)?])
}

/// Parameter `index`, one element for each place along `axes`, to broadcast to the input.
pub(super) fn of_axes(call: &mut Call<'_>, index: usize, axes: &[usize]) -> Result<Option<Value>, Problem> {
    if call.given(index).is_none() {
        return Ok(None);
    }
    let value = call.float_tensor(index)?;
    let (shape, found) = (call.shape(0)?, call.shape(index)?);
    let sizes: Vec<Size> = axes.iter().map(|&axis| shape[axis].clone()).collect();
    if found != sizes {
        let name = call.method.params[index].name;
        return Err(Problem::from(format!(
            "`{name}` of `{}` has the sizes of the normalised axes, {}, found {}",
            call.method.name,
            shape_text(&sizes),
            shape_text(&found)
        ))
        .at(index)
        .note(format!("the input is {}, normalised over {axes:?}", shape_text(&shape)))
        .help(format!("give `{name}` the shape {}, or name other `axes`", shape_text(&sizes))));
    }
    let wide = (axes[0]..shape.len())
        .map(|axis| if axes.contains(&axis) { shape[axis].clone() } else { Size::one() });
    let wide = wide.collect();
    Ok(Some(call.builder.reshape(value, wide)))
}

/// The mean over these axes, which shrink to size 1.
pub(super) fn mean_along(builder: &mut Builder, value: Value, axes: Vec<usize>) -> Value {
    let shape = &builder.ty(value).shape;
    let sizes: Vec<Size> = axes.iter().map(|&axis| shape[axis].clone()).collect();
    let sum = builder.reduce(ReduceKind::Sum, value, axes);
    divide(builder, sum, &product(&sizes))
}

/// The value with mean 0 and variance 1 over these axes, scaled and shifted.
pub(super) fn standardized(
    builder: &mut Builder,
    value: Value,
    axes: Vec<usize>,
    eps: f64,
    affine: &Affine,
) -> Value {
    let mean = mean_along(builder, value, axes.clone());
    let centred = sub(arg(0), arg(1));
    let squares = builder.map(&mul(centred.clone(), centred), &[value, mean]);
    let var = mean_along(builder, squares, axes);
    normalized(builder, value, [mean, var], eps, affine)
}
