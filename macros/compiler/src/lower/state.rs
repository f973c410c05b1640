//! Tensors of the state as bodies see them: those of the current element in loops over stacks; new values of buffers.

use super::{LoopTensors, Lowering, Result};
use crate::diagnostics::{Diagnostic, Place};
use crate::graph::{Node, Origin, Size, StateRef, TensorType, Value, shape_text};
use crate::ops::parameter::Parameter;
use crate::program::StateKind;

impl Lowering<'_> {
    /// A tensor of the state as the body sees it: in loops, that of the current element; a buffer after an update.
    pub(super) fn tensor(&mut self, index: usize) -> Value {
        self.stacked_tensor(StateRef { tensor: index, stacks: Vec::new() }, self.loops.len())
    }

    /// The innermost of the first `depth` loops that runs over the element to which a tensor belongs.
    pub(super) fn enclosing_loop(&self, tensor: usize, depth: usize) -> Option<usize> {
        (0..depth).rev().find(|&at| self.loops[at].tensors.contains(&tensor))
    }

    /// A tensor, or its stack over loops further inside, as seen inside the first `depth` loops. A loop is given the
    /// stack over its elements and sees one element at a time.
    pub(super) fn stacked_tensor(&mut self, state: StateRef, depth: usize) -> Value {
        let enclosing = self.enclosing_loop(state.tensor, depth);
        let outermost = enclosing.map_or(0, |at| at + 1);
        let is_same = |(other, _): &&(StateRef, Value)| *other == state;
        // Loops inside carry the buffers that they update.
        let updated =
            (outermost..=depth).rev().find_map(|level| self.tensors_at(level).updates.iter().find(is_same));
        let known = updated.or_else(|| self.tensors_at(outermost).slices.iter().find(is_same));
        if let Some((_, value)) = known {
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
        let mut ty = TensorType::real(op.shape.clone());
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
        let state = StateRef { tensor: index, stacks: Vec::new() };
        self.record_update(state, value);
        Ok(())
    }

    /// The tensors of the state as the body of a loop sees them; of the function itself at level 0.
    fn tensors_at(&self, level: usize) -> &LoopTensors {
        match level {
            0 => &self.root_loop,
            inner => &self.loops[inner - 1].known,
        }
    }

    /// The new values of buffers in the innermost loop.
    fn current_updates(&mut self) -> &mut Vec<(StateRef, Value)> {
        match self.loops.last_mut() {
            None => &mut self.root_loop.updates,
            Some(innermost) => &mut innermost.known.updates,
        }
    }

    /// The updates so far, before a block that may make others.
    pub(super) fn updates(&mut self) -> Vec<(StateRef, Value)> {
        self.current_updates().clone()
    }

    /// The updates that a block has made, which began when `before` was known. They are values of the block: what is
    /// known afterwards is `before` again.
    pub(super) fn take_updates(&mut self, before: Vec<(StateRef, Value)>) -> Vec<(StateRef, Value)> {
        let mut made = std::mem::replace(self.current_updates(), before);
        made.retain(|update| !self.current_updates().contains(update));
        made
    }

    /// Notes the new value of a buffer, or of a stack of buffers, where it is known. A loop over the layers that a buffer
    /// belongs to makes one for each of them; any other loop carries it.
    pub(super) fn record_update(&mut self, state: StateRef, value: Value) {
        let known = self.current_updates();
        known.retain(|(other, _)| *other != state);
        known.push((state, value));
    }

    /// Whether what is lowered may update buffers.
    pub(super) fn may_update(&self) -> bool {
        self.training && self.state.iter().any(|tensor| tensor.kind == StateKind::Buffer)
    }
}
