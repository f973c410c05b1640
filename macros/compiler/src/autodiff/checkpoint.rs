//! The backward pass of a checkpoint: the part is computed again, from what it was given.

use super::{Context, substitute};
use crate::graph::{Block, Builder, Value};
use crate::ops::{Operation, checkpoint::Checkpoint};
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
            let fenced = self.builder.fence(value);
            renamed.insert(value, fenced);
            if self.active.contains(&value) {
                self.active.insert(fenced);
            }
        }
        let mut copy = checkpoint.body.clone();
        remove_effects(&mut copy);
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

/// What is computed again is not printed again. Nothing reads the results of such nodes.
fn remove_effects(block: &mut Block) {
    block.nodes.retain(|node| !node.op.has_effect());
    for node in &mut block.nodes {
        node.op.bodies_mut().into_iter().for_each(remove_effects);
    }
}

/// Gives everything that a block defines new values of the same types and origins, of the backward pass.
pub(super) fn rename(block: &mut Block, builder: &mut Builder, renamed: &mut HashMap<Value, Value>) {
    let outputs = block.nodes.iter_mut().flat_map(|node| &mut node.outputs);
    for value in block.params.iter_mut().chain(outputs) {
        let new = builder.copy_of(*value);
        renamed.insert(*value, new);
        *value = new;
    }
    for node in &mut block.nodes {
        node.op.bodies_mut().into_iter().for_each(|body| rename(body, builder, renamed));
    }
    substitute(block, renamed);
}
