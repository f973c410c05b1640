//! The graph: typed values in single-assignment form, in blocks that nest for control flow.

mod build;
pub mod float;
pub mod scalar;
pub mod size;
mod text;
pub mod types;
mod verify;

pub use build::{Builder, inline_scalar};
pub use float::Float;
pub use size::{MAX_ELEMENTS, Size};
pub use types::{ElementType, TensorType, shape_text};
pub use verify::verify;

use crate::ops::{Op, Operation};
use proc_macro2::Span;
use std::collections::HashSet;
use std::rc::Rc;

/// A value: what a node computes, or what a block is given.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Value(pub u32);

impl Value {
    /// Its place in [`Graph::values`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where in the user's program something comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The token that caused it.
    pub span: Span,
    /// Path of the model instance whose function it stands in: `block1.conv1`, empty for the root.
    pub scope: Rc<str>,
    /// What a person would call it: a variable, a layer, an operation.
    pub name: Rc<str>,
    /// Whether it belongs to the backward pass.
    pub backward: bool,
}

/// What is known of a value.
#[derive(Clone, Debug)]
pub struct ValueInfo {
    /// Its type.
    pub ty: TensorType,
    /// Where it comes from.
    pub origin: Origin,
}

/// An operation applied to values.
#[derive(Clone, Debug)]
pub struct Node {
    /// What is done.
    pub op: Op,
    /// To what.
    pub inputs: Vec<Value>,
    /// What comes out.
    pub outputs: Vec<Value>,
}

impl Node {
    /// Whether it, or a node in a block inside, does something besides computing its results.
    pub fn has_effect(&self) -> bool {
        self.op.has_effect() || self.op.bodies().into_iter().any(Block::has_effect)
    }
}

/// Nodes in an order in which they can run, from `params` to `results`. A block inside a node may also use values of
/// the blocks around it.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Values given from outside.
    pub params: Vec<Value>,
    /// Nodes, each after those it uses.
    pub nodes: Vec<Node>,
    /// Values given to the outside.
    pub results: Vec<Value>,
}

/// A tensor of the state, or the same tensor of every element of (nested) stacks.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct StateRef {
    /// Index of the tensor in the state; of the first element, for stacks.
    pub tensor: usize,
    /// For each stack around it, outermost first: number of elements, and how many tensors further the next is.
    pub stacks: Vec<(usize, usize)>,
}

impl StateRef {
    /// The tensors it stands for: of all elements of the stacks.
    pub fn tensors(&self) -> Vec<usize> {
        self.stacks.iter().fold(vec![self.tensor], |tensors, &(count, step)| {
            tensors.iter().flat_map(|&first| (0..count).map(move |index| first + index * step)).collect()
        })
    }
}

/// What a result of the root block is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Role {
    /// Element `i` of what the function returns.
    Output(usize),
    /// Gradient of a parameter.
    GradParameter(StateRef),
    /// Gradient of argument `i`.
    GradInput(usize),
    /// New value of a buffer.
    Buffer(StateRef),
}

/// A function as a graph.
#[derive(Clone, Debug)]
pub struct Graph {
    /// Everything known of each value.
    pub values: Vec<ValueInfo>,
    /// The root block. It has no parameters: arguments and the state enter through nodes.
    pub body: Block,
    /// What each result of the root block is for.
    pub roles: Vec<Role>,
}

impl Graph {
    /// The type of a value.
    pub fn ty(&self, value: Value) -> &TensorType {
        &self.values[value.index()].ty
    }

    /// The origin of a value.
    pub fn origin(&self, value: Value) -> &Origin {
        &self.values[value.index()].origin
    }
}

impl Block {
    /// Whether a node inside does something besides computing its results.
    pub fn has_effect(&self) -> bool {
        self.nodes.iter().any(Node::has_effect)
    }

    /// Calls `visit` for every value of an outer block that this one or a block in it uses.
    pub fn for_each_capture(&self, visit: &mut impl FnMut(Value)) {
        // Values have one definition each, so those of inner blocks may stay in the set.
        fn walk(block: &Block, defined: &mut HashSet<Value>, visit: &mut dyn FnMut(Value)) {
            defined.extend(&block.params);
            for node in &block.nodes {
                for value in &node.inputs {
                    if !defined.contains(value) {
                        visit(*value);
                    }
                }
                for body in node.op.bodies() {
                    walk(body, defined, visit);
                }
                defined.extend(&node.outputs);
            }
            for value in &block.results {
                if !defined.contains(value) {
                    visit(*value);
                }
            }
        }
        walk(self, &mut HashSet::new(), visit);
    }
}
