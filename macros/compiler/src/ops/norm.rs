//! Norms over axes: `(Σ |x|^p)^(1/p)`, PyTorch's `linalg.vector_norm`.
//!
//! `p` is any real number, 2 by default: 1 gives the sum of magnitudes, `f32::INFINITY` or "inf" the largest, "-inf" the
//! smallest, 0 the number of elements that are not zero. Elements and norms of 0 have the gradient 0, and magnitudes
//! that tie for the largest share theirs evenly, as in PyTorch.
//!
//! # Numerics
//! Powers other than 1 and 2 are `exp(p ln |x|)`: the relative error grows with `p |ln |x||`.

use super::call::{Argument, Build::One, Call, Method, Problem};
use super::reduce::ReduceKind;
use super::sum::Axes;
use super::var::root;
use super::{optional, tensor};
use crate::graph::scalar::{Binary, Scalar, Unary, arg, binary, constant, mul, select, unary};
use crate::graph::{Builder, Value};

/// `x.norm(p = 2, axes, keepdim)`.
pub const METHODS: &[Method] = &[Method {
    name: "norm",
    params: &[tensor("x"), optional("p"), optional("axes"), optional("keepdim")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let axes = Axes::read(call, 2)?;
    let p = order(call, 1, Some(2.0))?;
    let norm = norm(call.builder, value, &axes.reduced, p);
    Ok(axes.finish(call.builder, norm))
}

/// Argument `index` as the order of a norm: a number, or an infinity as a text.
pub(super) fn order(call: &mut Call<'_>, index: usize, default: Option<f64>) -> Result<f64, Problem> {
    let infinities = [f64::INFINITY, f64::NEG_INFINITY];
    match call.given(index) {
        Some(Argument::Text(_)) => Ok(infinities[call.choice(index, None, &["inf", "-inf"])?]),
        _ => call.float(index, default),
    }
}

/// The norm of order `p`; reduced axes stay with size 1.
pub(super) fn norm(builder: &mut Builder, value: Value, axes: &[usize], p: f64) -> Value {
    let magnitude = unary(Unary::Abs, arg(0));
    let (kind, term, whole) = if p == f64::INFINITY {
        (ReduceKind::Max, magnitude, arg(0))
    } else if p == f64::NEG_INFINITY {
        (ReduceKind::Min, magnitude, arg(0))
    } else if p == 0.0 {
        let is_zero = binary(Binary::Equal, arg(0), constant(0.0));
        (ReduceKind::Sum, select(is_zero, constant(0.0), constant(1.0)), arg(0))
    } else if p == 1.0 {
        (ReduceKind::Sum, magnitude, arg(0))
    } else if p == 2.0 {
        (ReduceKind::Sum, mul(arg(0), arg(0)), root())
    } else {
        (ReduceKind::Sum, power(magnitude, p), power(arg(0), 1.0 / p))
    };
    let terms = builder.map(&term, &[value]);
    let sum = builder.reduce(kind, terms, axes.to_vec());
    builder.map(&whole, &[sum])
}

/// `x^p` for `x` not below 0, with the gradient 0 at 0.
fn power(x: Scalar, p: f64) -> Scalar {
    let at_zero = if p > 0.0 { 0.0 } else { f64::INFINITY };
    let is_zero = binary(Binary::Equal, x.clone(), constant(0.0));
    let exponent = mul(unary(Unary::Ln, x), constant(p));
    select(is_zero, constant(at_zero), unary(Unary::Exp, exponent))
}
