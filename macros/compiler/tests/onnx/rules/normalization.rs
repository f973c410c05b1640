//! Normalisation.

use super::{float, number, numbers, place, shape, tensor, uncovered};
use crate::{Context, Uncovered};
use macrograd_compiler::graph::Value;
use macrograd_compiler::ops::call::Argument;

/// In training, further outputs are the running statistics; the batch's variance is divided by its count.
pub(super) fn batch_norm(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let [x, scale, bias] = [c.input(0)?, c.input(1)?, c.input(2)?];
    let mut stats = [c.input(3)?, c.input(4)?];
    let mut outputs = Vec::new();
    if c.case.integer("training_mode", 0) == 1 {
        let mean = c.call("batch_mean", &[x])?;
        let of_batch = [mean, c.call("batch_var", &[x, mean])?];
        let kept = c.builder.constant(c.case.float("momentum", 0.9));
        for (running, of_batch) in stats.into_iter().zip(of_batch) {
            outputs.push(c.call("lerp", &[of_batch, running, kept])?);
        }
        stats = of_batch;
    }
    let named = vec![("weight", tensor(scale)), ("bias", tensor(bias)), ("eps", epsilon(c))];
    outputs.insert(0, c.call_with("batch_norm", vec![tensor(x), tensor(stats[0]), tensor(stats[1])], named)?);
    Ok(outputs)
}

fn epsilon(c: &Context<'_>) -> Argument {
    float(c.case.float("epsilon", 1e-5))
}

pub(super) fn instance_norm(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let [x, scale, bias] = [c.input(0)?, c.input(1)?, c.input(2)?];
    let named = vec![("weight", tensor(scale)), ("bias", tensor(bias)), ("eps", epsilon(c))];
    Ok(vec![c.call_with("instance_norm", vec![tensor(x)], named)?])
}

pub(super) fn group_norm(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let [x, scale, bias] = [c.input(0)?, c.input(1)?, c.input(2)?];
    let groups = number(c.case.integer("num_groups", 1));
    let named = vec![("weight", tensor(scale)), ("bias", tensor(bias)), ("eps", epsilon(c))];
    Ok(vec![c.call_with("group_norm", vec![tensor(x), groups], named)?])
}

/// The axis of the attribute and all after it.
fn last_axes(c: &Context<'_>, x: Value) -> Vec<i64> {
    let rank = shape(c, x).len();
    (place(c.case.integer("axis", -1), rank) as i64..rank as i64).collect()
}

/// Further outputs are the mean and the inverse of the standard deviation.
pub(super) fn layer_norm(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let (x, weight) = (c.input(0)?, c.input(1)?);
    let axes = last_axes(c, x);
    let mut named = vec![("weight", tensor(weight)), ("eps", epsilon(c))];
    if c.case.inputs.len() > 2 {
        named.push(("bias", tensor(c.input(2)?)));
    }
    let out = c.call_with("layer_norm", vec![tensor(x), numbers(axes.clone())], named)?;
    let keepdim = ("keepdim", Argument::Bool(true));
    let mean = c.call_with("mean", vec![tensor(x), numbers(axes.clone())], vec![keepdim.clone()])?;
    let named = vec![keepdim, ("correction", number(0))];
    let var = c.call_with("var", vec![tensor(x), numbers(axes)], named)?;
    let eps = c.builder.constant(c.case.float("epsilon", 1e-5));
    let var = c.call("add", &[var, eps])?;
    Ok(vec![out, mean, c.call("rsqrt", &[var])?])
}

pub(super) fn rms_norm(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let (x, weight) = (c.input(0)?, c.input(1)?);
    let axes = numbers(last_axes(c, x));
    let named = vec![("weight", tensor(weight)), ("eps", epsilon(c))];
    Ok(vec![c.call_with("rms_norm", vec![tensor(x), axes], named)?])
}

pub(super) fn mean_variance(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let axes = numbers(c.case.integers("axes").unwrap_or_else(|| vec![0, 2, 3]));
    Ok(vec![c.call_with("layer_norm", vec![tensor(x), axes], vec![("eps", float(0.0))])?])
}

pub(super) fn local_response_norm(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let (x, size) = (c.input(0)?, c.case.integer("size", 1));
    if size % 2 == 0 {
        return uncovered("windows of even size, which ONNX begins one channel later than PyTorch");
    }
    let (alpha, beta) = (c.case.float("alpha", 1e-4), c.case.float("beta", 0.75));
    let list = vec![tensor(x), number(size), float(alpha), float(beta), float(c.case.float("bias", 1.0))];
    Ok(vec![c.call_with("local_response_norm", list, Vec::new())?])
}

pub(super) fn lp_normalization(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let (p, axis) = (c.case.integer("p", 2) as f64, number(c.case.integer("axis", -1)));
    Ok(vec![c.call_with("normalize", vec![tensor(x), float(p), axis], Vec::new())?])
}
