//! Tensors of the state as bodies see them: those of the current element in loops over stacks; new values of buffers.

use super::{Lowering, Result};
use crate::diagnostics::{Diagnostic, Place};
use crate::graph::{Node, Origin, Size, StateRef, TensorType, Value, shape_text};
use crate::ops::parameter::Parameter;
use crate::program::StateKind;

impl Lowering<'_> {
    /// A tensor of the state as the body sees it: in loops, that of the current element.
    pub(super) fn tensor(&mut self, index: usize) -> Value {
        let state = StateRef { tensor: index, stacks: Vec::new() };
        let updates = match self.enclosing_loop(index, self.loops.len()) {
            Some(at) => &self.loops[at].known.updates,
            None => &self.root_loop.updates,
        };
        match updates.iter().find(|(other, _)| *other == state) {
            Some((_, value)) => *value,
            None => self.stacked_tensor(state, self.loops.len()),
        }
    }

    /// The innermost of the first `depth` loops that runs over the element to which a tensor belongs.
    pub(super) fn enclosing_loop(&self, tensor: usize, depth: usize) -> Option<usize> {
        (0..depth).rev().find(|&at| self.loops[at].tensors.contains(&tensor))
    }

    /// A tensor, or its stack over loops further inside, as seen inside the first `depth` loops. A loop is given the
    /// stack over its elements and sees one element at a time.
    pub(super) fn stacked_tensor(&mut self, state: StateRef, depth: usize) -> Value {
        let enclosing = self.enclosing_loop(state.tensor, depth);
        let known = match enclosing {
            Some(at) => &self.loops[at].known.slices,
            None => &self.root_loop.slices,
        };
        if let Some((_, value)) = known.iter().find(|(other, _)| *other == state) {
            return *value;
        }
        let Some(at) = enclosing else {
            let value = self.parameter(state.clone());
            self.root_loop.slices.push((state, value));
            return value;
        };
        let mut whole = state.clone();
        whole.stacks.insert(0, (self.loops[at].count, self.loops[at].step));
        let stack = self.stacked_tensor(whole, at);
        let mut ty = self.builder.ty(stack).clone();
        ty.shape.remove(0);
        let param = self.builder.new_value(ty);
        // It is called what the stack is called.
        self.builder.values[param.index()].origin = self.builder.values[stack.index()].origin.clone();
        let block = self.loops[at].block;
        self.builder.block_at(block).params.push(param);
        self.loops[at].stacks.push(stack);
        self.loops[at].known.slices.push((state, param));
        param
    }

    /// A node for a tensor of the state, in the root block.
    fn parameter(&mut self, state: StateRef) -> Value {
        let tensor = &self.state[state.tensor];
        let shape: Vec<Size> = tensor.shape.iter().map(|&size| Size::literal(size as i64)).collect();
        let op = Parameter { state, shape, trainable: tensor.kind == StateKind::Trainable };
        let mut ty = TensorType::f32(op.shape.clone());
        for (count, _) in op.state.stacks.iter().rev() {
            ty.shape.insert(0, Size::literal(*count as i64));
        }
        let origin = self.builder.origin.clone();
        // Its name is a whole path.
        let (name, scope) = (tensor.name.as_str().into(), "".into());
        self.builder.origin = Origin { span: tensor.span, name, scope, ..origin.clone() };
        let value = self.builder.new_value(ty);
        self.builder.origin = origin;
        let node = Node { op: op.into(), inputs: Vec::new(), outputs: vec![value] };
        self.builder.block_at(0).nodes.push(node);
        value
    }

    /// Proposes a new value for a buffer.
    pub(super) fn update_buffer(&mut self, index: usize, value: Value, span: Place) -> Result<()> {
        if !self.training {
            return Ok(());
        }
        let tensor = &self.state[index];
        let expected: Vec<Size> = tensor.shape.iter().map(|&size| Size::literal(size as i64)).collect();
        let found = self.builder.ty(value).shape.clone();
        if found != expected {
            let (name, expected, found) = (tensor.name.clone(), shape_text(&expected), shape_text(&found));
            let span = self.place(span);
            let mut diagnostic =
                Diagnostic::new(span, format!("`{name}` is {expected}, but its new value is {found}"));
            diagnostic.notes.extend(self.history(value));
            return self.error(
                diagnostic.help(format!("reduce the value to {expected}, for instance with `mean(0)`")),
            );
        }
        let enclosing = self.enclosing_loop(index, self.loops.len());
        if enclosing.map_or(0, |at| at + 1) != self.loops.len() {
            let (name, place) = (tensor.name.clone(), self.place(span));
            return self.error(
                Diagnostic::new(place, format!("`{name}` would be updated several times in one step"))
                    .note("the loop around it runs over layers to which the buffer does not belong")
                    .help("give each element of the stack a layer of its own"),
            );
        }
        let state = StateRef { tensor: index, stacks: Vec::new() };
        self.record_update(state, value);
        Ok(())
    }

    /// Notes the new value of a buffer where it is known: in the innermost loop over its elements.
    pub(super) fn record_update(&mut self, state: StateRef, value: Value) {
        let known = match self.enclosing_loop(state.tensor, self.loops.len()) {
            Some(at) => &mut self.loops[at].known,
            None => &mut self.root_loop,
        };
        known.updates.retain(|(other, _)| *other != state);
        known.updates.push((state, value));
    }
}
