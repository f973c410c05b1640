//! The gradient that a function gives of its own.

use super::Context;
use super::checkpoint::rename;
use crate::graph::{Node, Value};
use crate::ops::custom_grad::CustomGrad;
use std::collections::HashMap;

impl Context {
    /// Writes out the block that gives the gradients.
    pub(super) fn backward_custom_grad(&mut self, node: &Node, custom: &CustomGrad, grads: &[Option<Value>]) {
        let mut copy = custom.backward.clone();
        let mut renamed: HashMap<Value, Value> = HashMap::new();
        let mut given: Vec<Value> = Vec::new();
        for (grad, &output) in grads.iter().zip(&node.outputs) {
            let ty = self.builder.ty(output).clone();
            if ty.element.is_real() {
                let grad = grad.unwrap_or_else(|| self.builder.constant(0.0));
                given.push(self.builder.expand(grad, ty.shape));
            }
        }
        let actual = node.inputs.iter().chain(&node.outputs).copied().chain(given);
        renamed.extend(std::mem::take(&mut copy.params).into_iter().zip(actual));
        rename(&mut copy, &mut self.builder, &mut renamed);
        self.builder.block().nodes.append(&mut copy.nodes);
        for (&input, grad) in node.inputs.iter().zip(&custom.grads) {
            if let Some(grad) = grad {
                self.accumulate(input, copy.results[*grad]);
            }
        }
    }
}
