//! Arguments of the function.

use super::call::Method;
use super::{Operation, Vjp, check_count};
use crate::graph::{Size, TensorType, Value};
use crate::reference::{Array, Sizes};

/// Nothing to call: arguments enter by name.
pub const METHODS: &[Method] = &[];

/// Argument `index` of the function.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Input {
    /// Its position.
    pub index: usize,
    /// Its declared type.
    pub ty: TensorType,
}

impl Operation for Input {
    fn text(&self) -> String {
        format!("input {}", self.index)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 0)?;
        Ok(vec![self.ty.clone()])
    }

    fn vjp(&self, _: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        Ok(Vec::new())
    }

    fn evaluate(&self, _: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        unreachable!("the interpreter binds arguments itself")
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }
}
