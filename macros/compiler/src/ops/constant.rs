//! Constant scalars.

use super::call::Method;
use super::{Operation, Vjp, check_count};
use crate::graph::scalar::Number;
use crate::graph::{Size, TensorType, Value};
use crate::reference::{Array, Sizes};

/// Nothing to call: constants are literals.
pub const METHODS: &[Method] = &[];

/// A number.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Constant(pub Number);

impl Operation for Constant {
    fn text(&self) -> String {
        format!("constant {}", self.0.value())
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 0)?;
        Ok(vec![TensorType::real(Vec::new())])
    }

    fn vjp(&self, _: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        Ok(Vec::new())
    }

    fn evaluate(&self, _: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        vec![Array { shape: Vec::new(), data: vec![self.0.value()] }]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }
}
