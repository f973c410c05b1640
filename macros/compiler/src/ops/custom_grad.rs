//! A function whose gradient is given by another: `#[custom_grad(backward)]`, `with_grad(x, f)`.

use super::call::Method;
use super::{Operation, Vjp};
use crate::graph::{Block, Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use std::hash::{Hash, Hasher};

/// Nothing to call: `#[custom_grad]` and `with_grad` are part of the language.
pub const METHODS: &[Method] = &[];

/// Runs `forward` on its operands. Its gradient is what `backward` gives: a block of the operands, the results and the
/// gradients of the results, which gives a gradient for each real operand. Dissolved once everything is differentiated.
#[derive(Clone, Debug)]
pub struct CustomGrad {
    /// Operands to results.
    pub forward: Block,
    /// Operands, results and gradients of results to gradients of operands.
    pub backward: Block,
    /// For each operand, which result of `backward` is its gradient; `None` for whole numbers.
    pub grads: Vec<Option<usize>>,
    /// Types of the results.
    pub outputs: Vec<TensorType>,
}

// Two of them are the same operation only if they are the same call.
impl PartialEq for CustomGrad {
    fn eq(&self, other: &CustomGrad) -> bool {
        self.forward.params == other.forward.params && self.forward.results == other.forward.results
    }
}

impl Eq for CustomGrad {}

impl Hash for CustomGrad {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.forward.params.hash(state);
        self.forward.results.hash(state);
    }
}

impl Operation for CustomGrad {
    fn text(&self) -> String {
        "function with a gradient of its own".to_string()
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        if inputs.len() != self.forward.params.len() {
            return Err(format!("{} operands for {} parameters", inputs.len(), self.forward.params.len()));
        }
        Ok(self.outputs.clone())
    }

    fn vjp(&self, _: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        unreachable!("its backward block is written out by the autodiff stage")
    }

    fn evaluate(&self, _: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        unreachable!("the interpreter runs blocks itself")
    }

    /// Counted by walking the block.
    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn bodies(&self) -> Vec<&Block> {
        vec![&self.forward, &self.backward]
    }

    fn bodies_mut(&mut self) -> Vec<&mut Block> {
        vec![&mut self.forward, &mut self.backward]
    }
}
