//! A decision at run time: `if x.mean() > 0.0 { … } else { … }`.

use super::call::Method;
use super::{Operation, Vjp, check_count};
use crate::graph::{Block, ElementType, Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use std::hash::{Hash, Hasher};

/// Nothing to call: conditions are written `if`.
pub const METHODS: &[Method] = &[];

/// Runs the first branch if its operand is true, else the second. The branches take no parameters and give results of
/// the same types.
#[derive(Clone, Debug)]
pub struct IfElse {
    /// What is done if the condition is true, and if it is not.
    pub branches: [Block; 2],
    /// Types of the results: the branches' own values are typed in the graph.
    pub outputs: Vec<TensorType>,
}

// Two conditions are the same operation only if they have the same branches.
impl PartialEq for IfElse {
    fn eq(&self, other: &IfElse) -> bool {
        self.branches.iter().zip(&other.branches).all(|(a, b)| {
            a.results == b.results
                && a.nodes.first().map(|node| &node.outputs) == b.nodes.first().map(|node| &node.outputs)
        })
    }
}

impl Eq for IfElse {}

impl Hash for IfElse {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.branches.iter().for_each(|branch| branch.results.hash(state));
    }
}

impl Operation for IfElse {
    fn text(&self) -> String {
        "if".to_string()
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        if inputs[0].element != ElementType::Bool || inputs[0].rank() != 0 {
            return Err(format!("a condition is one truth value, not {}", inputs[0]));
        }
        Ok(self.outputs.clone())
    }

    fn vjp(&self, _: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        unreachable!("conditions are differentiated by the autodiff stage, branch by branch")
    }

    fn evaluate(&self, _: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        unreachable!("the interpreter runs blocks itself")
    }

    /// Counted by walking the branches.
    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn bodies(&self) -> Vec<&Block> {
        self.branches.iter().collect()
    }

    fn bodies_mut(&mut self) -> Vec<&mut Block> {
        self.branches.iter_mut().collect()
    }
}
