//! Keeps values between bounds: `min(max(x, min), max)`, where either bound may be left out; NaN stays NaN.
//!
//! Bounds are numbers or tensors, which are broadcast. d/dx = 1 between, 0 beyond and at a bound that is a number; where
//! `x` equals a bound that is a tensor, each gets half, as with `maximum` and in PyTorch. If `min` is above `max`, the
//! result is `max`.

use super::call::{Argument, Build::One, Call, Method, Problem};
use super::{optional, tensor};
use crate::graph::Value;
use crate::graph::scalar::{Binary, Scalar, arg, binary, constant, less_equal, select};

/// `x.clamp(min = -1.0, max = 1.0)`.
pub const METHODS: &[Method] =
    &[Method { name: "clamp", params: &[tensor("x"), optional("min"), optional("max")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    if call.given(1).is_none() && call.given(2).is_none() {
        return Err(Problem::from("`clamp` needs `min`, `max` or both, found neither".to_string())
            .help("write the bounds, for instance `clamp(min = 0.0)`"));
    }
    let (lower, upper) = (number(call, 1)?, number(call, 2)?);
    if let (Some(min), Some(max)) = (lower, upper) {
        return call.map(1, &between(arg(0), min, max));
    }
    let mut value = call.float_tensor(0)?;
    if let Some(min) = lower {
        value = call.map_values(&[value], &not_below(arg(0), min))?;
    } else if call.given(1).is_some() {
        let bound = call.float_tensor(1)?;
        value = call.map_values(&[value, bound], &binary(Binary::Maximum, arg(0), arg(1)))?;
    }
    if let Some(max) = upper {
        value = call.map_values(&[value], &not_above(arg(0), max))?;
    } else if call.given(2).is_some() {
        let bound = call.float_tensor(2)?;
        value = call.map_values(&[value, bound], &binary(Binary::Minimum, arg(0), arg(1)))?;
    }
    Ok(value)
}

/// A bound that is a number known at compile time.
fn number(call: &Call<'_>, index: usize) -> Result<Option<f64>, Problem> {
    let number = match call.given(index) {
        Some(Argument::Float(_)) => call.float(index, None)?,
        Some(Argument::Size(size)) if size.as_literal().is_some() => call.float(index, None)?,
        _ => return Ok(None),
    };
    if number.is_nan() {
        return Err(Problem::from(format!(
            "`{}` of `clamp` is a number, found NaN",
            call.method.params[index].name
        ))
        .at(index)
        .help("leave a bound out that does not matter"));
    }
    Ok(Some(number))
}

/// `min(max(x, lower), upper)`; at both ends the bound is the value, without a gradient to `x`.
pub(super) fn between(x: Scalar, lower: f64, upper: f64) -> Scalar {
    let inside = not_above(x.clone(), upper);
    let lower = lower.min(upper);
    select(less_equal(x, constant(lower)), constant(lower), inside)
}

fn not_below(x: Scalar, lower: f64) -> Scalar {
    select(less_equal(x.clone(), constant(lower)), constant(lower), x)
}

fn not_above(x: Scalar, upper: f64) -> Scalar {
    select(less_equal(constant(upper), x.clone()), constant(upper), x)
}
