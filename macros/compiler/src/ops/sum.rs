//! Sums over axes, and what all reductions share: `axes` (all when left out) and `keepdim`.

use super::call::{Build::One, Call, Method, Problem};
use super::reduce::ReduceKind;
use super::{Param, optional, tensor};
use crate::graph::types::product;
use crate::graph::{Builder, Size, Value};

/// The sum of the elements along `axes`. d/dx = 1.
pub const METHODS: &[Method] =
    &[Method { name: "sum", params: PARAMS, build: One(|call| reduce(call, ReduceKind::Sum)) }];

/// Parameters of all reductions.
pub(super) const PARAMS: &[Param] = &[tensor("x"), optional("axes"), optional("keepdim")];

/// Reduces `axes`, which stay with size 1 under `keepdim` and vanish otherwise.
pub(super) fn reduce(call: &mut Call<'_>, kind: ReduceKind) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let axes = Axes::read(call, 1)?;
    let reduced = call.builder.reduce(kind, value, axes.reduced.clone());
    Ok(axes.finish(call.builder, reduced))
}

/// What the arguments of a reduction say.
pub(super) struct Axes {
    /// Shape of the operand.
    pub shape: Vec<Size>,
    /// Axes to reduce, sorted.
    pub reduced: Vec<usize>,
    keepdim: bool,
}

impl Axes {
    /// Reads argument `first`, the axes, and the one after it, `keepdim`.
    pub(super) fn read(call: &mut Call<'_>, first: usize) -> Result<Axes, Problem> {
        let shape = call.shape(0)?;
        let reduced = call.axes(first, shape.len())?;
        let keepdim = call.boolean(first + 1, Some(false))?;
        Ok(Axes { shape, reduced, keepdim })
    }

    /// Number of elements that become one.
    pub(super) fn count(&self) -> Size {
        product(&self.reduced.iter().map(|&axis| self.shape[axis].clone()).collect::<Vec<_>>())
    }

    /// A value whose reduced axes have size 1 as the call wants it.
    pub(super) fn finish(&self, builder: &mut Builder, value: Value) -> Value {
        if self.keepdim {
            return value;
        }
        let kept = (0..self.shape.len()).filter(|axis| !self.reduced.contains(axis));
        builder.reshape(value, kept.map(|axis| self.shape[axis].clone()).collect())
    }
}
