//! The node of reductions: axes shrink to size 1.

use super::call::Method;
use super::cumprod::CumProd;
use super::permute::Permute;
use super::{Operation, Vjp, check_count};
use crate::graph::scalar::{Binary, arg, binary, constant, div, mul, select};
use crate::graph::types::product;
use crate::graph::{Builder, ElementType, Size, TensorType, Value};
use crate::reference::{Array, Sizes};

/// Nothing to call: see `sum`, `mean`, `prod`, `max`, `min` and others.
pub const METHODS: &[Method] = &[];

/// How elements are combined.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ReduceKind {
    /// Their sum.
    Sum,
    /// Their product.
    Prod,
    /// The largest; NaN if any is.
    Max,
    /// The smallest; NaN if any is.
    Min,
}

impl ReduceKind {
    /// What it starts from.
    pub fn identity(self) -> f64 {
        match self {
            ReduceKind::Sum => 0.0,
            ReduceKind::Prod => 1.0,
            ReduceKind::Max => f64::NEG_INFINITY,
            ReduceKind::Min => f64::INFINITY,
        }
    }

    /// How it goes on.
    pub fn combine(self, a: f64, b: f64) -> f64 {
        match self {
            ReduceKind::Sum => a + b,
            ReduceKind::Prod => a * b,
            ReduceKind::Max => Binary::Maximum.evaluate(a, b),
            ReduceKind::Min => Binary::Minimum.evaluate(a, b),
        }
    }
}

/// Combines the elements along `axes`, which shrink to size 1.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Reduce {
    /// How.
    pub kind: ReduceKind,
    /// Along which axes, sorted.
    pub axes: Vec<usize>,
}

impl Operation for Reduce {
    fn text(&self) -> String {
        let kind = match self.kind {
            ReduceKind::Sum => "sum",
            ReduceKind::Prod => "prod",
            ReduceKind::Max => "max",
            ReduceKind::Min => "min",
        };
        format!("{kind} over {:?}", self.axes)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        if inputs[0].element != ElementType::Real {
            return Err(format!(
                "reductions take `{}`, found `{}`",
                ElementType::Real.name(),
                inputs[0].element.name()
            ));
        }
        let mut shape = inputs[0].shape.clone();
        for &axis in &self.axes {
            *shape.get_mut(axis).ok_or("axis out of range")? = Size::one();
        }
        Ok(vec![TensorType::real(shape)])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (input, output, grad, shape) = (vjp.inputs[0], vjp.outputs[0], vjp.grad(), vjp.shape(0));
        let builder = &mut *vjp.builder;
        Ok(vec![Some(match self.kind {
            ReduceKind::Sum => builder.expand(grad, shape),
            ReduceKind::Prod => {
                let others = product_of_others(builder, input, &self.axes);
                builder.map(&mul(arg(0), arg(1)), &[grad, others])
            }
            ReduceKind::Max | ReduceKind::Min => {
                // As PyTorch's amax and amin do.
                share_evenly(builder, grad, input, output, &self.axes)
            }
        })])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let mut out = Array::full(&sizes.shape(&outputs[0].shape), self.kind.identity());
        inputs[0].for_each(|index, value| {
            let at = out.broadcast_offset(index);
            let slot = &mut out.data[at];
            *slot = self.kind.combine(*slot, value);
        });
        vec![out]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        product(&inputs[0].shape)
    }
}

/// The gradient of an operand from which one element was chosen along `axes`: those that are equal to it share the
/// gradient evenly.
pub(super) fn share_evenly(
    builder: &mut Builder,
    grad: Value,
    input: Value,
    output: Value,
    axes: &[usize],
) -> Value {
    let hit = select(binary(Binary::Equal, arg(0), arg(1)), constant(1.0), constant(0.0));
    let hits = builder.map(&hit, &[input, output]);
    let count = builder.reduce(ReduceKind::Sum, hits, axes.to_vec());
    let share = builder.map(&div(arg(0), arg(1)), &[grad, count]);
    builder.map(&mul(arg(0), hit.substitute(&|index| arg(index + 1))), &[share, input, output])
}

/// For each element the product of the others along `axes`: of those before it times of those after it, so that zeros
/// among the factors need no case of their own, as a division by the element would.
fn product_of_others(builder: &mut Builder, value: Value, axes: &[usize]) -> Value {
    let shape = builder.ty(value).shape.clone();
    let kept: Vec<usize> = (0..shape.len()).filter(|axis| !axes.contains(axis)).collect();
    let order: Vec<usize> = kept.iter().chain(axes).copied().collect();
    let moved = builder.permute(value, order.clone());
    let moved_shape = builder.ty(moved).shape.clone();
    let line = kept.len();
    let mut lines = moved_shape[..line].to_vec();
    lines.push(product(&moved_shape[line..]));
    let factors = builder.reshape(moved, lines);
    let [before, after] = [false, true]
        .map(|reverse| builder.add(CumProd { axis: line, reverse, exclusive: true }, &[factors]));
    let others = builder.map(&mul(arg(0), arg(1)), &[before, after]);
    let others = builder.reshape(others, moved_shape);
    builder.permute(others, Permute { axes: order }.inverse())
}
