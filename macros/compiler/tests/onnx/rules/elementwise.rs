//! Element-wise operators.

use super::{float, literals, numbers, tensor, uncovered};
use crate::{Context, Uncovered};
use macrograd_compiler::graph::Value;
use macrograd_compiler::ops::call::Argument;

pub(super) fn variadic(c: &mut Context<'_>, method: &str) -> Result<Vec<Value>, Uncovered> {
    let mut result = c.input(0)?;
    for index in 1..c.case.inputs.len() {
        let next = c.input(index)?;
        result = c.call(method, &[result, next])?;
    }
    Ok(vec![result])
}

pub(super) fn mean(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let sum = variadic(c, "add")?[0];
    let count = c.builder.constant(c.case.inputs.len() as f64);
    Ok(vec![c.call("div", &[sum, count])?])
}

pub(super) fn with_alpha(c: &mut Context<'_>, method: &str, default: f64) -> Result<Vec<Value>, Uncovered> {
    let (x, alpha) = (c.input(0)?, c.case.float("alpha", default));
    Ok(vec![c.call_with(method, vec![tensor(x), float(alpha)], Vec::new())?])
}

pub(super) fn gelu(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let named = match c.case.text("approximate") {
        Some("tanh") => vec![("approximate", Argument::Text("tanh".to_string()))],
        _ => Vec::new(),
    };
    Ok(vec![c.call_with("gelu", vec![tensor(x)], named)?])
}

pub(super) fn clip(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let mut x = c.input(0)?;
    for (index, method) in [(1, "maximum"), (2, "minimum")] {
        if c.case.inputs.get(index).is_some_and(|name| !name.is_empty()) {
            let bound = c.input(index)?;
            x = c.call(method, &[x, bound])?;
        }
    }
    Ok(vec![x])
}

pub(super) fn dropout(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    if c.case.numbers(2).is_some_and(|training| training == [1.0]) {
        return uncovered("random numbers of training");
    }
    // In inference nothing is dropped.
    Ok(vec![c.input(0)?])
}

/// `gamma · elu(x)`; ours is for the constants of the paper.
pub(super) fn selu(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let [alpha, gamma] = ["alpha", "gamma"].map(|name| c.case.attributes.contains_key(name));
    if !alpha && !gamma {
        return Ok(vec![c.call("selu", &[x])?]);
    }
    let elu = with_alpha(c, "elu", 1.673_263_242_354_377_2)?[0];
    let gamma = c.builder.constant(c.case.float("gamma", 1.050_700_987_355_480_5));
    Ok(vec![c.call("mul", &[elu, gamma])?])
}

/// `max(0, min(1, alpha x + beta))`; the slope of ours is 1/6, PyTorch's, and not for the user to choose.
pub(super) fn hard_sigmoid(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let alpha = c.builder.constant(c.case.float("alpha", 0.2));
    let beta = c.builder.constant(c.case.float("beta", 0.5));
    let scaled = c.call("mul", &[x, alpha])?;
    let line = c.call("add", &[scaled, beta])?;
    Ok(vec![c.call_with("clamp", vec![tensor(line), float(0.0), float(1.0)], Vec::new())?])
}

/// One of the infinities, or both.
pub(super) fn is_inf(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let infinity = match [c.case.integer("detect_negative", 1), c.case.integer("detect_positive", 1)] {
        [0, _] => f64::INFINITY,
        [_, 0] => f64::NEG_INFINITY,
        _ => return Ok(vec![c.call("is_inf", &[x])?]),
    };
    let infinity = c.builder.constant(infinity);
    Ok(vec![c.call("eq", &[x, infinity])?])
}

/// The remainder with the sign of the divisor, or with that of the dividend.
pub(super) fn modulo(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let (x, y) = (c.input(0)?, c.input(1)?);
    let method = if c.case.integer("fmod", 0) == 1 { "fmod" } else { "remainder" };
    Ok(vec![c.call(method, &[x, y])?])
}

pub(super) fn shrink(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let (bias, lambd) = (c.case.float("bias", 0.0), c.case.float("lambd", 0.5));
    let method = if bias == 0.0 {
        "hardshrink"
    } else if bias == lambd {
        "softshrink"
    } else {
        return uncovered("a bias that is neither 0 nor `lambd`");
    };
    let x = c.input(0)?;
    Ok(vec![c.call_with(method, vec![tensor(x), float(lambd)], Vec::new())?])
}

/// `x · sigmoid(alpha x)`.
pub(super) fn swish(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let (x, alpha) = (c.input(0)?, c.case.float("alpha", 1.0));
    if alpha == 1.0 {
        return Ok(vec![c.call("silu", &[x])?]);
    }
    let alpha = c.builder.constant(alpha);
    let scaled = c.call("mul", &[x, alpha])?;
    let gate = c.call("sigmoid", &[scaled])?;
    Ok(vec![c.call("mul", &[x, gate])?])
}

pub(super) fn thresholded_relu(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let (x, alpha) = (c.input(0)?, c.case.float("alpha", 1.0));
    Ok(vec![c.call_with("threshold", vec![tensor(x), float(alpha), float(0.0)], Vec::new())?])
}

/// ONNX's slopes broadcast to `x`; PyTorch's `prelu` has one for each channel, where ONNX has `[channels, 1, …]`. Others are
/// `max(x, 0) - slope · max(-x, 0)`.
pub(super) fn prelu(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let (x, slope) = (c.input(0)?, c.input(1)?);
    let (from, of_slope) = (literals(c, x), literals(c, slope));
    let per_channel = of_slope.len() + 1 == from.len() && of_slope[1..].iter().all(|&size| size == 1);
    if per_channel || of_slope.iter().all(|&size| size == 1) {
        let slopes = numbers([of_slope.iter().product()]);
        let slopes = c.call_with("reshape", vec![tensor(slope), slopes], Vec::new())?;
        return Ok(vec![c.call("prelu", &[x, slopes])?]);
    }
    let negative = c.call("neg", &[x])?;
    let (above, below) = (c.call("relu", &[x])?, c.call("relu", &[negative])?);
    let below = c.call("mul", &[slope, below])?;
    Ok(vec![c.call("sub", &[above, below])?])
}
