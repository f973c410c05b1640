//! A part of the forward pass that the backward pass computes again instead of keeping what it needs of it:
//! `checkpoint(self.block(x))`.
//!
//! Source: Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016.

use super::call::Method;
use super::{Operation, Vjp, check_count};
use crate::graph::{Block, Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use std::hash::{Hash, Hasher};

/// Nothing to call: `checkpoint(…)` is part of the language.
pub const METHODS: &[Method] = &[];

/// Runs a block that takes no parameters. It is dissolved once everything is differentiated.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// What is computed again.
    pub body: Block,
    /// Types of the results: the block's own values are typed in the graph.
    pub outputs: Vec<TensorType>,
}

// Two parts are the same operation only if they are the same part.
impl PartialEq for Checkpoint {
    fn eq(&self, other: &Checkpoint) -> bool {
        self.body.results == other.body.results
    }
}

impl Eq for Checkpoint {}

impl Hash for Checkpoint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.body.results.hash(state);
    }
}

impl Operation for Checkpoint {
    fn text(&self) -> String {
        "checkpoint".to_string()
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 0)?;
        Ok(self.outputs.clone())
    }

    fn vjp(&self, _: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        unreachable!("checkpoints are differentiated by the autodiff stage")
    }

    fn evaluate(&self, _: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        unreachable!("the interpreter runs blocks itself")
    }

    /// Counted by walking the block.
    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn bodies(&self) -> Vec<&Block> {
        vec![&self.body]
    }

    fn bodies_mut(&mut self) -> Vec<&mut Block> {
        vec![&mut self.body]
    }
}
