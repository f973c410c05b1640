//! The backward pass of a checkpoint: the part is computed again, from what it was given.

use super::{Context, substitute};
use crate::graph::{Block, Builder, Node, Value};
use crate::ops::{Op, Operation, checkpoint::Checkpoint};
use std::collections::HashMap;

impl Context {
    /// Adds a copy of the part, and the backward pass through it.
    pub(super) fn backward_checkpoint(&mut self, checkpoint: &Checkpoint, grads: &[Option<Value>]) {
        let mut given: Vec<Value> = Vec::new();
        checkpoint.body.for_each_capture(&mut |value| {
            if !given.contains(&value) && !self.builder.is_inline(value) {
                given.push(value);
            }
        });
        let mut renamed: HashMap<Value, Value> = HashMap::new();
        for &value in &given {
            self.num_fences += 1;
            let fenced = self.builder.fence(value, self.num_fences);
            renamed.insert(value, fenced);
            if self.active.contains(&value) {
                self.active.insert(fenced);
            }
        }
        let mut copy = checkpoint.body.clone();
        rename(&mut copy, &mut self.builder, &mut renamed);
        for (old, new) in &renamed {
            if self.active.contains(old) {
                self.active.insert(*new);
            }
        }
        // The copy's nodes come first; the backward pass through it follows, and may give its loops more results.
        let fences = std::mem::take(&mut self.builder.block().nodes);
        for (&result, grad) in copy.results.iter().zip(grads) {
            if let Some(grad) = grad {
                self.accumulate(result, *grad);
            }
        }
        self.backward(&mut copy);
        let backward = std::mem::replace(&mut self.builder.block().nodes, fences);
        self.builder.block().nodes.append(&mut copy.nodes);
        self.builder.block().nodes.extend(backward);
        for value in given {
            if let Some(&grad) = self.grads.get(&renamed[&value]) {
                self.accumulate(value, grad);
            }
        }
    }
}

/// Gives everything that a block defines new values of the same types and origins, of the backward pass.
pub(super) fn rename(block: &mut Block, builder: &mut Builder, renamed: &mut HashMap<Value, Value>) {
    let fresh = |values: &mut [Value], builder: &mut Builder, renamed: &mut HashMap<Value, Value>| {
        for value in values {
            let new = builder.copy_of(*value);
            renamed.insert(*value, new);
            *value = new;
        }
    };
    fresh(&mut block.params, builder, renamed);
    for node in &mut block.nodes {
        rename_node(node, builder, renamed);
        fresh(&mut node.outputs, builder, renamed);
    }
    substitute(block, renamed);
}

fn rename_node(node: &mut Node, builder: &mut Builder, renamed: &mut HashMap<Value, Value>) {
    if let Op::Constant(_) = node.op {
        return;
    }
    for body in node.op.bodies_mut() {
        rename(body, builder, renamed);
    }
}
