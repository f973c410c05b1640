//! The value without its gradient, PyTorch's `detach`.

use super::call::{Build::One, Method};
use super::{Operation, Vjp, check_count, tensor};
use crate::graph::{Size, TensorType, Value};
use crate::reference::{Array, Sizes};

/// `x.detach()`: a constant to differentiation.
pub const METHODS: &[Method] = &[Method {
    name: "detach",
    params: &[tensor("x")],
    build: One(|call| {
        let value = call.float_tensor(0)?;
        Ok(call.builder.add(Detach, &[value]))
    }),
}];

/// The operand, through which no gradient flows.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Detach;

impl Operation for Detach {
    fn text(&self) -> String {
        "detach".to_string()
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        Ok(vec![inputs[0].clone()])
    }

    fn vjp(&self, _: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        Ok(vec![None])
    }

    fn evaluate(&self, inputs: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        vec![inputs[0].clone()]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }
}
