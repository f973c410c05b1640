//! Loops: over the elements of a stack, `for block in &self.blocks { x = block(x); }`, and over a range, `for t in 0..T`.
//! The body is compiled once.

use super::call::Method;
use super::{Op, Operation, Vjp};
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
    /// Whether it goes on until [`Repeat::stops`], whatever `count`, which is 1, says.
    pub is_unbounded: bool,
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

impl Repeat {
    /// The truth value in the body of a `while` after which, once it is false, nothing changes any more: all that the
    /// body hands on comes out of one decision, whose other branch hands on what it was given. `None` where results
    /// are collected from every iteration, or iterations differ in what they are given.
    pub fn stops(&self) -> Option<Value> {
        let is_same = self.body.params.len() == self.num_carried && !is_random(&self.body);
        if self.num_stacked + self.num_sums > 0 || !is_same {
            return None;
        }
        self.body.nodes.iter().find_map(|node| {
            let Op::IfElse(choice) = &node.op else { return None };
            let is_kept = |(&param, &result): (&Value, &Value)| {
                let decided = node.outputs.iter().position(|&output| output == result);
                result == param || decided.is_some_and(|index| choice.branches[1].results[index] == param)
            };
            let mut carried = self.body.params.iter().zip(&self.body.results);
            carried.all(is_kept).then_some(node.inputs[0])
        })
    }
}

fn is_random(block: &Block) -> bool {
    block.nodes.iter().any(|node| node.op.is_random() || node.op.bodies().into_iter().any(is_random))
}

impl Operation for Repeat {
    fn text(&self) -> String {
        if self.is_unbounded {
            return "repeat until it stops".to_string();
        }
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
