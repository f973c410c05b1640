//! Pairs of vectors along the last axis are close where the target is 0 (similar), at least `margin` apart where it is 1
//! (dissimilar): with `d` their distance, `((1 - t) d² + t max(0, margin - d)²) / 2`.
//!
//! The distance is `‖x - other + eps‖`, as that of `pairwise_distance`.
//! Source: Hadsell, Chopra and LeCun, "Dimensionality Reduction by Learning an Invariant Mapping", 2006, equation 4.

use super::call::{Build::One, Call, Method, Problem};
use super::hinge_embedding_loss::hinge;
use super::loss::{combine, other_shape, positive, reduction, same_shapes};
use super::pairwise_distance::{check_vectors, difference, drop_axis, norm};
use super::{optional, required, tensor};
use crate::graph::Value;
use crate::graph::scalar::{add, arg, constant, mul, sub};

/// `x.contrastive_loss(other, target, margin = 1.0, eps = 1e-6, reduction = "mean")`.
pub const METHODS: &[Method] = &[Method {
    name: "contrastive_loss",
    params: &[
        tensor("x"),
        required("other"),
        required("target"),
        optional("margin"),
        optional("eps"),
        optional("reduction"),
    ],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    check_vectors(call)?;
    let operands = same_shapes(call, 2)?;
    let shape = call.shape(0)?;
    let axis = shape.len() - 1;
    let target = call.float_tensor(2)?;
    if call.shape(2)? != shape[..axis] {
        return Err(other_shape(call, 2, &shape[..axis]));
    }
    let margin = positive(call, 3, 1.0)?;
    let eps = call.float(4, Some(1e-6))?;
    let reduction = reduction(call, 5)?;
    let builder = &mut *call.builder;
    let apart = builder.map(&difference(eps), &operands);
    let distance = norm(builder, apart, 2.0, axis);
    let distance = drop_axis(builder, distance, axis);
    let square = |x: crate::graph::scalar::Scalar| mul(x.clone(), x);
    let similar = mul(sub(constant(1.0), arg(1)), square(arg(0)));
    let dissimilar = mul(arg(1), square(hinge(sub(constant(margin), arg(0)))));
    let losses = builder.map(&mul(constant(0.5), add(similar, dissimilar)), &[distance, target]);
    Ok(combine(builder, losses, reduction))
}
