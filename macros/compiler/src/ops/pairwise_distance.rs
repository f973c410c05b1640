//! Distance of vectors along the last axis: `‖x - other + eps‖_p`, PyTorch's `pairwise_distance`, and the norms that other
//! operations are made of.
//!
//! The `eps` is added to each component, as in PyTorch: it keeps equal vectors away from the place where the norm has no
//! derivative. There the gradient is 0. Leading axes broadcast.

use super::call::{Build::One, Call, Method, Problem};
use super::reduce::ReduceKind;
use super::{optional, required, tensor};
use crate::graph::scalar::{Binary, Scalar, Unary, add, arg, binary, constant, div, mul, select, sub, unary};
use crate::graph::{Builder, Value, shape_text};

/// `x.pairwise_distance(other, p = 2.0, eps = 1e-6, keepdim = false)`.
pub const METHODS: &[Method] = &[Method {
    name: "pairwise_distance",
    params: &[tensor("x"), required("other"), optional("p"), optional("eps"), optional("keepdim")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (x, other) = (call.float_tensor(0)?, call.float_tensor(1)?);
    let order = order(call, 2)?;
    let eps = call.float(3, Some(1e-6))?;
    let keepdim = call.boolean(4, Some(false))?;
    check_vectors(call)?;
    let apart = call.map_values(&[x, other], &difference(eps))?;
    let axis = call.builder.ty(apart).rank() - 1;
    let distance = norm(call.builder, apart, order, axis);
    Ok(if keepdim { distance } else { drop_axis(call.builder, distance, axis) })
}

/// Both operands have a last axis of one size.
pub(super) fn check_vectors(call: &mut Call<'_>) -> Result<(), Problem> {
    let (x, other) = (call.shape(0)?, call.shape(1)?);
    if !x.is_empty() && !other.is_empty() && x.last() == other.last() {
        return Ok(());
    }
    Err(Problem::from(format!(
        "`{}` compares vectors along the last axis, found {} and {}",
        call.method.name,
        shape_text(&x),
        shape_text(&other)
    ))
    .at(1)
    .help("give both a last axis of the same size"))
}

/// The order of a norm: more than 0, possibly infinite.
pub(super) fn order(call: &Call<'_>, index: usize) -> Result<f64, Problem> {
    let order = call.float(index, Some(2.0))?;
    if order > 0.0 {
        return Ok(order);
    }
    Err(Problem::from(format!(
        "`{}` of `{}` is the order of a norm, more than 0, found {order}",
        call.method.params[index].name, call.method.name
    ))
    .at(index)
    .help("use 2.0 for the Euclidean norm, 1.0 for the sum of absolute values"))
}

/// `x - y + eps`.
pub(super) fn difference(eps: f64) -> Scalar {
    add(sub(arg(0), arg(1)), constant(eps))
}

/// The norm along an axis, which shrinks to size 1.
pub(super) fn norm(builder: &mut Builder, value: Value, order: f64, axis: usize) -> Value {
    let distance = unary(Unary::Abs, arg(0));
    if order.is_infinite() {
        let distances = builder.map(&distance, &[value]);
        return builder.reduce(ReduceKind::Max, distances, vec![axis]);
    }
    let terms = if order == 2.0 { mul(arg(0), arg(0)) } else { power(distance, order) };
    let terms = builder.map(&terms, &[value]);
    let sum = builder.reduce(ReduceKind::Sum, terms, vec![axis]);
    builder.map(&power(arg(0), 1.0 / order), &[sum])
}

/// `x` to a positive power, for `x` of at least 0; at 0 value and gradient are 0 where the power is no whole number.
pub(super) fn power(x: Scalar, exponent: f64) -> Scalar {
    let root = if exponent == 1.0 {
        return x;
    } else if exponent == 2.0 {
        return mul(x.clone(), x);
    } else if exponent == 3.0 {
        return mul(mul(x.clone(), x.clone()), x);
    } else if exponent == 0.5 {
        unary(Unary::Sqrt, x.clone())
    } else {
        unary(Unary::Exp, mul(constant(exponent), unary(Unary::Ln, x.clone())))
    };
    select(binary(Binary::Equal, x, constant(0.0)), constant(0.0), root)
}

/// The value without an axis of size 1.
pub(super) fn drop_axis(builder: &mut Builder, value: Value, axis: usize) -> Value {
    let mut shape = builder.ty(value).shape.clone();
    shape.remove(axis);
    builder.reshape(value, shape)
}

/// `max(norm, eps)` as a divisor: below `eps` no gradient goes through the norm.
pub(super) fn at_least(norm: Scalar, eps: f64) -> Scalar {
    select(binary(Binary::Less, norm.clone(), constant(eps)), constant(eps), norm)
}

/// `x / max(‖x‖_p, eps)` along an axis.
pub(super) fn normalized(builder: &mut Builder, value: Value, order: f64, axis: usize, eps: f64) -> Value {
    let norm = norm(builder, value, order, axis);
    let divisor = builder.map(&at_least(arg(0), eps), &[norm]);
    builder.map(&div(arg(0), arg(1)), &[value, divisor])
}
