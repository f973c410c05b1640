//! The node of all element-wise operations: a scalar expression over broadcast operands.

use super::call::Method;
use super::{Operation, Vjp, broadcast_shapes};
use crate::graph::scalar::{Scalar, arg};
use crate::graph::types::product;
use crate::graph::{ElementType, Size, TensorType, Value};
use crate::reference::{Array, Sizes};

/// Nothing to call: the element-wise operations have files of their own.
pub const METHODS: &[Method] = &[];

/// `out[i] = expression(operands[i])`, operands broadcast as in NumPy.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Map {
    /// Over the operands as arguments 0, 1, ….
    pub expression: Scalar,
}

impl Operation for Map {
    fn text(&self) -> String {
        format!("map {}", self.expression)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        if let Some(ty) = inputs.iter().find(|ty| ty.element.is_held()) {
            return Err(format!(
                "element-wise operations take `{real}`, found `{}`; cast it with `as {real}`",
                ty.element.name(),
                real = ElementType::Real.name()
            ));
        }
        let shape = broadcast_shapes(inputs)?;
        let element = match &self.expression {
            Scalar::Binary(function, _, _) if function.is_comparison() => ElementType::Bool,
            _ => ElementType::Real,
        };
        Ok(vec![TensorType { element, shape }])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let count = vjp.inputs.len();
        let mut args = vjp.inputs.to_vec();
        args.extend([vjp.grad(), vjp.outputs[0]]);
        let grads = (0..count).map(|index| {
            let shape = vjp.shape(index);
            let is_float = vjp.builder.ty(vjp.inputs[index]).element == ElementType::Real;
            vjp.if_needed(index, |builder| {
                let derivative = self.expression.vjp(index, arg(count), Some(arg(count + 1)));
                let full = builder.map(&derivative, &args);
                builder.sum_to(full, &shape)
            })
            .filter(|_| is_float)
        });
        Ok(grads.collect())
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let shape = sizes.shape(&outputs[0].shape);
        let mut operands = vec![0.0; inputs.len()];
        vec![Array::from_fn(&shape, |index| {
            for (operand, input) in operands.iter_mut().zip(inputs) {
                *operand = input.broadcast_at(index);
            }
            self.expression.evaluate(&operands, &|size| sizes.value(size) as f64)
        })]
    }

    fn flops(&self, _: &[&TensorType], outputs: &[&TensorType]) -> Size {
        product(&outputs[0].shape).mul(&self.expression.num_functions().into())
    }
}
