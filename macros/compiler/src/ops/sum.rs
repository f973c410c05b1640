//! Sums over axes, and what `sum`, `mean` and `max` share: `axes` (all when left out) and `keepdim`.

use super::call::{Build::One, Call, Method, Problem};
use super::reduce::ReduceKind;
use super::{Param, optional, tensor};
use crate::graph::Value;

/// The sum of the elements along `axes`. d/dx = 1.
pub const METHODS: &[Method] =
    &[Method { name: "sum", params: PARAMS, build: One(|call| reduce(call, ReduceKind::Sum)) }];

/// Parameters of all reductions.
pub(super) const PARAMS: &[Param] = &[tensor("x"), optional("axes"), optional("keepdim")];

/// Reduces `axes`, which stay with size 1 under `keepdim` and vanish otherwise.
pub(super) fn reduce(call: &mut Call<'_>, kind: ReduceKind) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let shape = call.shape(0)?;
    let axes = call.axes(1, shape.len())?;
    let keepdim = call.boolean(2, Some(false))?;
    let reduced = call.builder.reduce(kind, value, axes.clone());
    if keepdim {
        return Ok(reduced);
    }
    let kept = (0..shape.len()).filter(|axis| !axes.contains(axis)).map(|axis| shape[axis].clone()).collect();
    Ok(call.builder.reshape(reduced, kept))
}
