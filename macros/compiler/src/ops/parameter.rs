//! Tensors of the model's state.

use super::call::Method;
use super::{Operation, Vjp, check_count};
use crate::graph::{Size, StateRef, TensorType, Value};
use crate::reference::{Array, Sizes};

/// Nothing to call: parameters are fields.
pub const METHODS: &[Method] = &[];

/// A parameter or buffer. In stacks, the tensors of all elements at once: `[count, …]`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Parameter {
    /// Which.
    pub state: StateRef,
    /// Shape of one element's tensor.
    pub shape: Vec<Size>,
    /// Whether it is trained; others are constants to differentiation.
    pub trainable: bool,
}

impl Operation for Parameter {
    fn text(&self) -> String {
        format!("{} {}", if self.trainable { "parameter" } else { "buffer" }, self.state)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 0)?;
        let counts = self.state.stacks.iter().map(|(count, _)| Size::literal(*count as i64));
        Ok(vec![TensorType::real(counts.chain(self.shape.iter().cloned()).collect())])
    }

    fn vjp(&self, _: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        Ok(Vec::new())
    }

    fn evaluate(&self, _: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        unreachable!("the interpreter binds the state itself")
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }
}
