//! The node of a loop: what it carries from one iteration to the next, and what it gives.

use super::regions::num_tensors;
use super::scan::Index;
use super::{Loop, Lowering, Result, Val};
use crate::graph::{Origin, Size, StateRef, TensorType, Value};
use crate::ops::repeat::Repeat;
use crate::program::Instance;
use proc_macro2::Span;
use std::rc::Rc;

/// A loop as the user wrote it.
pub(super) struct LoopSyntax {
    /// `for` or `while`.
    pub(super) keyword: &'static str,
    /// Where that stands.
    pub(super) span: Span,
    /// What is underlined when the loop changes a shape.
    pub(super) pattern: Span,
}

/// What a loop runs over, and how often.
pub(super) struct Iterations {
    pub(super) count: Size,
    /// Whether a condition alone ends them; `count` is 1 then.
    pub(super) is_unbounded: bool,
    pub(super) reverse: bool,
    /// What the pattern is bound to in the body.
    pub(super) element: Element,
}

impl Iterations {
    /// So many, in which nothing is bound.
    pub(super) fn times(count: Size, reverse: bool) -> Iterations {
        Iterations { count, is_unbounded: false, reverse, element: Element::Nothing }
    }
}

/// What the pattern of a loop is bound to.
pub(super) enum Element {
    /// A layer of a stack.
    Layer(Rc<Instance>),
    /// The index of a range.
    Index(Index),
    /// Row by row, a tensor `[count, …]`.
    Row(Value),
    Nothing,
}

/// A loop whose block is open.
struct Begun {
    /// The carried variables, as they were before.
    templates: Vec<Val>,
    /// What is carried, before the first iteration: tensors of variables, then buffers.
    initial: Vec<Value>,
    num_variables: usize,
    origin: Origin,
}

impl Lowering<'_> {
    /// One loop for all iterations, whose body `lower` adds.
    pub(super) fn repeat(
        &mut self,
        syntax: &LoopSyntax,
        iterations: Iterations,
        carried: &[String],
        state: Loop,
        lower: &mut dyn FnMut(&mut Self, Val) -> Result<()>,
    ) -> Result<Val> {
        let mut buffers: Vec<StateRef> = Vec::new();
        loop {
            // Which buffers the body updates, and so has to carry, is known when it has been lowered.
            let before = self.may_update().then(|| self.snapshot());
            let updated = self.repeat_with(syntax, &iterations, carried, state.clone(), &buffers, lower)?;
            match before {
                Some(before) if !updated.is_empty() => self.restore(before),
                _ => return Ok(Val::Unit),
            }
            buffers.extend(updated);
        }
    }

    /// A loop that carries variables and buffers. Where its body updates others, nothing has been added yet, and these are
    /// returned.
    fn repeat_with(
        &mut self,
        syntax: &LoopSyntax,
        iterations: &Iterations,
        carried: &[String],
        state: Loop,
        buffers: &[StateRef],
        lower: &mut dyn FnMut(&mut Self, Val) -> Result<()>,
    ) -> Result<Vec<StateRef>> {
        let (begun, element) = self.begin_loop(syntax, iterations, carried, state, buffers)?;
        let Begun { templates, initial, num_variables, origin } = begun;
        let lowered = lower(self, element);
        let results = lowered.and_then(|()| self.carried_results(syntax, carried, &templates, &initial));
        let finished = self.loops.pop().expect("this loop was pushed when it began");
        let collected = finished.collected;
        let is_of_element = |(state, _): &(StateRef, Value)| finished.tensors.contains(&state.tensor);
        let (updates, mut of_buffers): (Vec<_>, Vec<_>) =
            finished.known.updates.into_iter().partition(is_of_element);
        let place_of = |state: &StateRef| buffers.iter().position(|buffer| buffer == state);
        let unknown: Vec<StateRef> = of_buffers
            .iter()
            .map(|(state, _)| state.clone())
            .filter(|state| place_of(state).is_none())
            .collect();
        if results.is_ok() && !unknown.is_empty() {
            self.builder.close_block(Vec::new());
            return Ok(unknown);
        }
        of_buffers.sort_by_key(|(state, _)| place_of(state));
        let mut all_results = results.clone().unwrap_or_default();
        all_results.extend(of_buffers.iter().map(|(_, value)| *value));
        all_results.extend(updates.iter().map(|(_, value)| *value));
        all_results.extend(collected.iter().map(|(_, value)| *value));
        if all_results.is_empty() {
            // A node has at least one result, also where the loop only prints.
            all_results.push(self.builder.constant(0.0));
        }
        let body = self.builder.close_block(all_results.clone());
        results?;

        let stacked = |value: &Value| {
            let mut ty = self.builder.ty(*value).clone();
            ty.shape.insert(0, iterations.count.clone());
            ty
        };
        let mut outputs: Vec<TensorType> =
            initial.iter().map(|&value| self.builder.ty(value).clone()).collect();
        outputs.extend(all_results[initial.len()..].iter().map(stacked));
        let inputs: Vec<Value> = initial.iter().chain(&finished.stacks).copied().collect();
        let op = Repeat {
            count: iterations.count.clone(),
            reverse: iterations.reverse,
            body,
            num_carried: initial.len(),
            num_stacked: all_results.len() - initial.len(),
            num_sums: 0,
            is_unbounded: iterations.is_unbounded,
            outputs,
        };
        self.builder.origin = origin;
        let outputs =
            self.builder.try_add(op.into(), &inputs).expect("the loop's operands match its parameters");
        let (last, stacks) = outputs.split_at(initial.len());
        self.set_variables(carried, &templates, &last[..num_variables]);
        for (buffer, &value) in buffers.iter().zip(&last[num_variables..]) {
            self.record_update(buffer.clone(), value);
        }
        for ((mut state, _), &value) in updates.iter().cloned().zip(stacks) {
            state.stacks.insert(0, (finished.count, finished.step));
            self.record_update(state, value);
        }
        for ((name, _), &value) in collected.iter().zip(&stacks[updates.len()..]) {
            let run = Val::Run { stack: value, reversed: iterations.reverse };
            self.push_item(name, run, syntax.span.into())?;
        }
        Ok(Vec::new())
    }

    /// Opens the block of a loop, in which variables and buffers stand for what is carried. Also what the pattern is bound
    /// to.
    fn begin_loop(
        &mut self,
        syntax: &LoopSyntax,
        iterations: &Iterations,
        carried: &[String],
        state: Loop,
        buffers: &[StateRef],
    ) -> Result<(Begun, Val)> {
        let (templates, mut initial) = self.variables(carried, syntax.span)?;
        let depth = self.loops.len();
        let num_variables = initial.len();
        initial.extend(buffers.iter().map(|buffer| self.stacked_tensor(buffer.clone(), depth)));
        self.set_origin(syntax.span, syntax.keyword);
        let origin = self.builder.origin.clone();
        self.builder.open_block();
        let (scopes, frames, block) =
            (self.frame_ref().scopes.len(), self.frames.len(), self.builder.depth() - 1);
        self.loops.push(Loop { scopes, frames, block, ..state });
        // What is carried is called by its variable.
        let names = carried.iter().zip(&templates);
        let names = names.flat_map(|(name, template)| std::iter::repeat_n(name, num_tensors(template)));
        let mut params: Vec<Value> = Vec::new();
        for (&value, name) in initial.iter().zip(names) {
            let ty = self.builder.ty(value).clone();
            self.builder.origin.name = name.as_str().into();
            params.push(self.builder.block_param(ty));
        }
        self.builder.origin = origin.clone();
        self.set_variables(carried, &templates, &params);
        for (buffer, &before) in buffers.iter().zip(&initial[num_variables..]) {
            let param = self.builder.block_param(self.builder.ty(before).clone());
            self.record_update(buffer.clone(), param);
        }
        let element = match &iterations.element {
            Element::Layer(instance) => Val::Model(instance.clone()),
            Element::Index(index) => Val::Size(index.symbol.clone()),
            Element::Row(rows) => Val::Tensor(self.stacked_operand(self.loops.len() - 1, *rows)),
            Element::Nothing => Val::Unit,
        };
        let of = self.loops.last().and_then(|of| of.index.clone());
        let number = of.filter(|_| !matches!(element, Val::Size(_))).map(|index| Val::Size(index.symbol));
        let element = with_number(number, element);
        Ok((Begun { templates, initial, num_variables, origin }, element))
    }
}

/// What the pattern of a loop is given: the element, or its place and the element.
pub(super) fn with_number(number: Option<Val>, element: Val) -> Val {
    match number {
        Some(number) => Val::List(vec![number, element]),
        None => element,
    }
}
