//! Batch normalisation over all axes but the channels (axis 1): `(x - mean) / sqrt(var + eps) · weight + bias`.
//!
//! Combines means, element-wise operations and broadcasting, which fuse into three loops; the gradient follows from
//! theirs. Layers decide which statistics are used and keep the running ones.
//! Source: Ioffe and Szegedy, "Batch Normalization", 2015; variance biased, as PyTorch normalises.

use super::call::{Build::One, Call, Method, Problem};
use super::mean::divide;
use super::reduce::ReduceKind;
use super::{optional, required, tensor};
use crate::graph::scalar::{Unary, add, arg, constant, div, mul, sub, unary};
use crate::graph::types::product;
use crate::graph::{Builder, Size, Value, shape_text};

/// `x.batch_mean()` and `x.batch_var(mean)` per channel; `x.batch_norm(mean, var, weight, bias, eps = 1e-5)`.
pub const METHODS: &[Method] = &[
    Method { name: "batch_mean", params: &[tensor("x")], build: One(build_mean) },
    Method { name: "batch_var", params: &[tensor("x"), required("mean")], build: One(build_var) },
    Method {
        name: "batch_norm",
        params: &[
            tensor("x"),
            required("mean"),
            required("var"),
            optional("weight"),
            optional("bias"),
            optional("eps"),
        ],
        build: One(build_norm),
    },
];

/// A `[C]` vector as `[C, 1, …]`, to broadcast over the axes after the channels.
fn per_channel(builder: &mut Builder, vector: Value, shape: &[Size]) -> Value {
    let mut wide = vec![shape[1].clone()];
    wide.resize(shape.len() - 1, Size::one());
    builder.reshape(vector, wide)
}

fn channels(call: &mut Call<'_>) -> Result<(Value, Vec<Size>), Problem> {
    let value = call.float_tensor(0)?;
    let shape = call.shape(0)?;
    if shape.len() < 2 {
        return Err(Problem::from(format!(
            "`{}` takes [N, channels, …], found {}",
            call.method.name,
            shape_text(&shape)
        ))
        .at(0)
        .help("add the missing axes with `reshape`: the channels lie along axis 1"));
    }
    Ok((value, shape))
}

/// A vector with one element per channel.
fn channel_vector(call: &mut Call<'_>, index: usize, shape: &[Size]) -> Result<Value, Problem> {
    let value = call.float_tensor(index)?;
    let found = call.shape(index)?;
    if found != [shape[1].clone()] {
        return Err(Problem::from(format!(
            "`{}` of `{}` has one element per channel, [{}], found {}",
            call.method.params[index].name,
            call.method.name,
            shape[1],
            shape_text(&found)
        ))
        .at(index)
        .note(format!("the input is {}, with its channels along axis 1", shape_text(shape)))
        .help(format!("give `{}` the shape [{}]", call.method.params[index].name, shape[1])));
    }
    Ok(per_channel(call.builder, value, shape))
}

/// The mean over all axes but 1, as `[C]`.
fn mean_of(builder: &mut Builder, value: Value, shape: &[Size]) -> Value {
    let axes: Vec<usize> = (0..shape.len()).filter(|&axis| axis != 1).collect();
    let sizes: Vec<Size> = axes.iter().map(|&axis| shape[axis].clone()).collect();
    let sum = builder.reduce(ReduceKind::Sum, value, axes);
    let sum = builder.reshape(sum, vec![shape[1].clone()]);
    divide(builder, sum, &product(&sizes))
}

fn build_mean(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (value, shape) = channels(call)?;
    Ok(mean_of(call.builder, value, &shape))
}

fn build_var(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (value, shape) = channels(call)?;
    let mean = channel_vector(call, 1, &shape)?;
    let centred = sub(arg(0), arg(1));
    let squares = call.builder.map(&mul(centred.clone(), centred), &[value, mean]);
    Ok(mean_of(call.builder, squares, &shape))
}

fn build_norm(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (value, shape) = channels(call)?;
    let (mean, var) = (channel_vector(call, 1, &shape)?, channel_vector(call, 2, &shape)?);
    let eps = call.float(5, Some(1e-5))?;
    let inverse = div(constant(1.0), unary(Unary::Sqrt, add(arg(0), constant(eps))));
    let inverse_std = call.builder.map(&inverse, &[var]);
    let mut out = call.builder.map(&mul(sub(arg(0), arg(1)), arg(2)), &[value, mean, inverse_std]);
    if call.given(3).is_some() {
        let weight = channel_vector(call, 3, &shape)?;
        out = call.builder.map(&mul(arg(0), arg(1)), &[out, weight]);
    }
    if call.given(4).is_some() {
        let bias = channel_vector(call, 4, &shape)?;
        out = call.builder.map(&add(arg(0), arg(1)), &[out, bias]);
    }
    Ok(out)
}
