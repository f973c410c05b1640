//! Loops: over the elements of a stack, `for block in &self.blocks { x = block(x); }`, and over a range, `for t in 0..T`.
//! The body is compiled once.

use super::call::Method;
use super::{Operation, Vjp};
use crate::graph::{Block, Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use std::hash::{Hash, Hasher};

/// Nothing to call: loops are written `for`.
pub const METHODS: &[Method] = &[];

/// Runs `body` `count` times.
///
/// Operands: initial values of what is carried, then stacks `[count, …]` of which each iteration sees one element.
/// The body is given the carried values and the elements, and gives new carried values, then elements of stacked
/// results, then terms of sums. Results: final carried values, the stacks `[count, …]`, the sums.
#[derive(Clone, Debug)]
pub struct Repeat {
    /// Number of iterations; possibly known at run time only.
    pub count: Size,
    /// From the last element to the first.
    pub reverse: bool,
    /// One iteration.
    pub body: Block,
    /// Values handed from one iteration to the next.
    pub num_carried: usize,
    /// Results collected in stacks.
    pub num_stacked: usize,
    /// Results added up over the iterations.
    pub num_sums: usize,
    /// Types of the results, carried ones first: the body's own values are typed in the graph.
    pub outputs: Vec<TensorType>,
}

// Two loops are the same operation only if they are the same loop.
impl PartialEq for Repeat {
    fn eq(&self, other: &Repeat) -> bool {
        self.count == other.count
            && self.body.params == other.body.params
            && self.body.results == other.body.results
    }
}

impl Eq for Repeat {}

impl Hash for Repeat {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.body.params.hash(state);
        self.body.results.hash(state);
    }
}

impl Operation for Repeat {
    fn text(&self) -> String {
        format!("repeat {}{}", self.count, if self.reverse { " in reverse" } else { "" })
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        if inputs.len() != self.body.params.len() {
            return Err(format!(
                "{} operands for a body of {} parameters",
                inputs.len(),
                self.body.params.len()
            ));
        }
        for (stack, ty) in inputs[self.num_carried..].iter().enumerate() {
            if ty.shape.first() != Some(&self.count) {
                return Err(format!("stack {stack} of {} iterations is {ty}", self.count));
            }
        }
        Ok(self.outputs.clone())
    }

    fn vjp(&self, _: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        unreachable!("loops are differentiated by the autodiff stage, region by region")
    }

    fn evaluate(&self, _: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        unreachable!("the interpreter runs blocks itself")
    }

    /// Counted by walking the body.
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
