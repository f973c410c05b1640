//! Values that no step writes: what they are other names for.

use crate::graph::{Block, Graph, Node, Value};
use crate::ops::{Op, Operation, if_else::IfElse, repeat::Repeat};
use std::collections::HashMap;

/// What a value that no step writes is another name for.
pub(super) enum Name {
    /// The same elements.
    Alias(Value),
    /// The element of a stack that the current iteration of a loop sees or makes. The loop is named by its first
    /// output until its number is known.
    Element { stack: Value, repeat: Value },
}

/// Names of values, as the graph has them.
pub(super) struct Names<'a> {
    pub(super) names: HashMap<Value, Name>,
    /// Loops by their first output.
    pub(super) loops: HashMap<Value, (&'a Node, &'a Repeat)>,
    /// Decisions by their first output.
    pub(super) choices: HashMap<Value, (&'a Node, &'a IfElse)>,
}

impl<'a> Names<'a> {
    pub(super) fn new(graph: &'a Graph) -> Names<'a> {
        let mut names = Names { names: HashMap::new(), loops: HashMap::new(), choices: HashMap::new() };
        names.block(&graph.body);
        names
    }

    fn block(&mut self, block: &'a Block) {
        for node in &block.nodes {
            match &node.op {
                Op::Reshape(_) => {
                    self.names.insert(node.outputs[0], Name::Alias(node.inputs[0]));
                }
                Op::Repeat(repeat) => {
                    let stacks = repeat.body.params.iter().zip(&node.inputs).skip(repeat.num_carried);
                    for (&param, &stack) in stacks {
                        self.names.insert(param, Name::Element { stack, repeat: node.outputs[0] });
                    }
                    self.loops.insert(node.outputs[0], (node, repeat));
                    self.block(&repeat.body);
                }
                Op::IfElse(choice) => {
                    self.choices.insert(node.outputs[0], (node, choice));
                    choice.branches.iter().for_each(|branch| self.block(branch));
                }
                op => debug_assert!(
                    op.bodies().is_empty(),
                    "loops and decisions are all that has blocks inside"
                ),
            }
        }
    }
}
