//! The backward pass of a loop: a loop in the other direction.

use super::{Context, substitute};
use crate::graph::{Block, Builder, Node, TensorType, Value};
use crate::ops::repeat::Repeat;
use std::collections::HashMap;

impl Context {
    /// Adds the loop that runs backwards through `repeat`, and what it needs to the results of the forward one.
    pub(super) fn backward_loop(
        &mut self,
        node: &Node,
        repeat: &Repeat,
        grads: &[Option<Value>],
        forward: &mut Node,
    ) {
        let origin = self.builder.origin.clone();
        let carried: Vec<usize> = (0..repeat.num_carried)
            .filter(|&index| self.active.contains(&repeat.body.params[index]))
            .collect();
        let stacked_grads: Vec<usize> = (repeat.num_carried..repeat.num_carried + repeat.num_stacked)
            .filter(|&index| grads[index].is_some())
            .collect();

        // Operands of the new loop: gradients of what is carried, then stacks.
        let mut inputs = Vec::new();
        for &index in &carried {
            let ty = self.builder.ty(node.outputs[index]).clone();
            let grad = grads[index].unwrap_or_else(|| {
                let zero = self.builder.constant(0.0);
                self.builder.expand(zero, ty.shape)
            });
            inputs.push(grad);
        }
        inputs.extend(stacked_grads.iter().map(|&index| grads[index].expect("filtered to be present")));

        let outer_grads = std::mem::take(&mut self.grads);
        self.builder.open_block();
        for &index in carried.iter().chain(&stacked_grads) {
            let result = repeat.body.results[index];
            // Gradients are `f32`, whatever the type of the value.
            let ty = TensorType::real(self.builder.ty(result).shape.clone());
            let grad = self.builder.block_param(ty);
            self.accumulate(result, grad);
        }
        for index in repeat.num_carried + repeat.num_stacked..repeat.body.results.len() {
            if let Some(grad) = grads[index] {
                self.accumulate(repeat.body.results[index], grad);
            }
        }
        let mut body = repeat.body.clone();
        self.backward(&mut body);
        let inner = std::mem::replace(&mut self.grads, outer_grads);
        self.builder.origin = origin;

        let zero_like = |builder: &mut Builder, value: Value| {
            let shape = builder.ty(value).shape.clone();
            let zero = builder.constant(0.0);
            builder.expand(zero, shape)
        };
        let mut results = Vec::new();
        for &index in &carried {
            let param = repeat.body.params[index];
            let grad = inner.get(&param).copied();
            let grad = grad.unwrap_or_else(|| zero_like(&mut self.builder, param));
            // The value has the shape of the carried one; a gradient may still be a narrower constant.
            let shape = self.builder.ty(param).shape.clone();
            results.push(self.builder.expand(grad, shape));
        }
        let slices: Vec<usize> = (repeat.num_carried..repeat.body.params.len())
            .filter(|&index| inner.contains_key(&repeat.body.params[index]))
            .collect();
        results.extend(slices.iter().map(|&index| inner[&repeat.body.params[index]]));
        let mut captures: Vec<Value> = Vec::new();
        repeat.body.for_each_capture(&mut |value| {
            if inner.contains_key(&value) && !captures.contains(&value) {
                captures.push(value);
            }
        });
        results.extend(captures.iter().map(|value| inner[value]));
        let backward_body = self.builder.close_block(results);

        let (backward_body, saved) =
            self.save_for_backward(repeat, &mut body, backward_body, node, &mut inputs);
        self.extend_forward(repeat, body, &saved, forward, &mut inputs);

        let count = repeat.count.clone();
        let num_results = backward_body.results.len();
        let outputs: Vec<TensorType> = (0..num_results)
            .map(|index| {
                let mut ty = self.builder.ty(backward_body.results[index]).clone();
                if (carried.len()..carried.len() + slices.len()).contains(&index) {
                    ty.shape.insert(0, count.clone());
                }
                ty
            })
            .collect();
        let op = Repeat {
            count: repeat.count.clone(),
            reverse: !repeat.reverse,
            body: backward_body,
            num_carried: carried.len(),
            num_stacked: slices.len(),
            num_sums: captures.len(),
            is_unbounded: false,
            outputs,
        };
        let outputs = self
            .builder
            .try_add(op.into(), &inputs)
            .expect("the backward loop's operands match its parameters");
        let targets = carried.iter().chain(&slices).map(|&index| node.inputs[index]).chain(captures);
        for (target, grad) in targets.zip(outputs) {
            self.accumulate(target, grad);
        }
    }

    /// Replaces the forward iteration's values in the backward body by parameters: elements of the stacks that the
    /// forward loop was given, or of new ones, returned, that it has to collect.
    fn save_for_backward(
        &mut self,
        repeat: &Repeat,
        body: &mut Block,
        mut backward: Block,
        node: &Node,
        inputs: &mut Vec<Value>,
    ) -> (Block, Vec<Value>) {
        let mut defined: Vec<Value> = body.params.clone();
        defined.extend(body.nodes.iter().flat_map(|node| node.outputs.iter().copied()));
        let mut used: Vec<Value> = Vec::new();
        backward.for_each_capture(&mut |value| {
            if defined.contains(&value) && !used.contains(&value) {
                used.push(value);
            }
        });
        let mut replacement: HashMap<Value, Value> = HashMap::new();
        let mut saved = Vec::new();
        let mut saved_params = Vec::new();
        for value in used {
            let ty = self.builder.ty(value).clone();
            let param = self.builder.new_value(ty);
            replacement.insert(value, param);
            let position = body.params.iter().position(|&param| param == value);
            match position {
                Some(index) if index >= repeat.num_carried => {
                    backward.params.push(param);
                    inputs.push(node.inputs[index]);
                }
                _ => {
                    saved.push(value);
                    saved_params.push(param);
                }
            }
        }
        backward.params.extend(saved_params);
        substitute(&mut backward, &replacement);
        (backward, saved)
    }

    /// Makes the forward loop collect `saved` in stacks, which become operands of the backward loop.
    fn extend_forward(
        &mut self,
        repeat: &Repeat,
        mut body: Block,
        saved: &[Value],
        forward: &mut Node,
        inputs: &mut Vec<Value>,
    ) {
        let at = repeat.num_carried + repeat.num_stacked;
        let mut extended = repeat.clone();
        for (index, &value) in saved.iter().enumerate() {
            let mut ty = self.builder.ty(value).clone();
            ty.shape.insert(0, repeat.count.clone());
            let stack = self.builder.new_value(ty.clone());
            body.results.insert(at + index, value);
            extended.outputs.insert(at + index, ty);
            forward.outputs.insert(at + index, stack);
            inputs.push(stack);
        }
        extended.num_stacked += saved.len();
        extended.body = body;
        forward.op = extended.into();
    }
}
