//! The backward pass of a condition: one with the same decision.

use super::{Context, substitute};
use crate::graph::{Block, Node, TensorType, Value};
use crate::ops::{if_else::IfElse, unset::Unset};
use std::collections::HashMap;

/// A branch, the backward pass through it, and the gradients that this has found.
struct Branch {
    forward: Block,
    backward: Block,
    grads: HashMap<Value, Value>,
}

impl Context {
    /// Adds the condition that goes backwards through the chosen branch of `choice`, and what it needs to the results
    /// of the forward one.
    pub(super) fn backward_branches(
        &mut self,
        node: &Node,
        choice: &IfElse,
        grads: &[Option<Value>],
        forward: &mut Node,
    ) {
        let origin = self.builder.origin.clone();
        let outer_grads = std::mem::take(&mut self.grads);
        let mut branches = Vec::new();
        for branch in &choice.branches {
            let mut body = branch.clone();
            self.builder.open_block();
            for (&result, grad) in body.results.iter().zip(grads) {
                if let Some(grad) = grad {
                    self.accumulate(result, *grad);
                }
            }
            self.backward(&mut body);
            let backward = self.builder.close_block(Vec::new());
            branches.push(Branch { forward: body, backward, grads: std::mem::take(&mut self.grads) });
        }
        self.grads = outer_grads;
        self.builder.origin = origin;

        // What flows to values outside, from either branch.
        let mut captures: Vec<Value> = Vec::new();
        for branch in &branches {
            branch.forward.for_each_capture(&mut |value| {
                if branch.grads.contains_key(&value) && !captures.contains(&value) {
                    captures.push(value);
                }
            });
        }
        if captures.is_empty() {
            return;
        }
        for branch in &mut branches {
            self.builder.restore(vec![std::mem::take(&mut branch.backward)]);
            let results = captures.iter().map(|&value| {
                let shape = self.builder.ty(value).shape.clone();
                let grad = branch.grads.get(&value).copied();
                let grad = grad.unwrap_or_else(|| self.builder.constant(0.0));
                self.builder.expand(grad, shape)
            });
            let results = results.collect();
            branch.backward = self.builder.close_block(results);
        }
        self.save_for_backward_branches(&mut branches, node, choice, forward);
        let outputs: Vec<TensorType> = {
            let shapes = captures.iter().map(|&value| self.builder.ty(value).shape.clone());
            shapes.map(TensorType::real).collect()
        };
        let branches = branches.into_iter().map(|branch| branch.backward).collect::<Vec<_>>();
        let branches = <[Block; 2]>::try_from(branches).expect("a condition has two branches");
        let op = IfElse { branches, outputs };
        let outputs =
            self.builder.try_add(op.into(), &node.inputs).expect("a condition takes one truth value");
        for (capture, grad) in captures.into_iter().zip(outputs) {
            self.accumulate(capture, grad);
        }
    }

    /// Makes the forward condition return what the backward one needs of the branch that was taken.
    fn save_for_backward_branches(
        &mut self,
        branches: &mut [Branch],
        node: &Node,
        choice: &IfElse,
        forward: &mut Node,
    ) {
        let mut extended = choice.clone();
        for (index, branch) in branches.iter().enumerate() {
            extended.branches[index] = branch.forward.clone();
        }
        for (index, branch) in branches.iter_mut().enumerate() {
            let made = branch.forward.nodes.iter().flat_map(|node| node.outputs.iter().copied());
            let made: Vec<Value> = made.collect();
            let mut used: Vec<Value> = Vec::new();
            branch.backward.for_each_capture(&mut |value| {
                if made.contains(&value) && !used.contains(&value) {
                    used.push(value);
                }
            });
            let mut replacement: HashMap<Value, Value> = HashMap::new();
            for value in used {
                if let Some(result) = branch.forward.results.iter().position(|&result| result == value) {
                    replacement.insert(value, node.outputs[result]);
                    continue;
                }
                let ty = self.builder.ty(value).clone();
                let output = self.builder.new_value(ty.clone());
                let nothing = self.builder.new_value(ty.clone());
                let other = &mut extended.branches[1 - index];
                let unset = Unset { ty: ty.clone() };
                other.nodes.push(Node { op: unset.into(), inputs: Vec::new(), outputs: vec![nothing] });
                other.results.push(nothing);
                extended.branches[index].results.push(value);
                extended.outputs.push(ty);
                forward.outputs.push(output);
                replacement.insert(value, output);
            }
            substitute(&mut branch.backward, &replacement);
        }
        forward.op = extended.into();
    }
}
