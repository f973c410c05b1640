//! Scheduled items as steps, and when each value is made and used.

use super::{Lifetime, Memory, Place, Placer, Source, needs_scratch, outputs_of, stack_strides};
use crate::graph::{Node, Value};
use crate::ops::{Op, if_else::IfElse};
use crate::plan::fuse::Scheduled;
use crate::plan::{Copy, IfElseStep, RepeatStep, Schedule, Step, Target};
use std::collections::HashSet;

impl Placer<'_> {
    /// Turns scheduled items into steps and notes when each value is made and used.
    pub(super) fn steps(&mut self, items: Schedule) -> Vec<Step> {
        let mut steps = Vec::new();
        for item in items {
            match item {
                Scheduled::Node(node) => {
                    if let Some(step) = self.node(node) {
                        steps.push(step);
                    }
                }
                Scheduled::Fused(fused) => {
                    for load in &fused.loads {
                        self.use_value(load.value);
                    }
                    for store in &fused.stores {
                        self.define(store.value);
                        if needs_scratch(&fused, &store.present) {
                            self.scratch.push((store.value, self.time));
                        }
                    }
                    self.time += 1;
                    steps.push(Step::Fused(fused));
                }
                Scheduled::Repeat { node, repeat, body } => steps.push(self.repeat(&node, &repeat, body)),
                Scheduled::IfElse { node, choice, branches } => {
                    steps.push(self.if_else(&node, &choice, branches));
                }
            }
        }
        steps
    }

    pub(super) fn node(&mut self, node: Node) -> Option<Step> {
        let output = node.outputs[0];
        match &node.op {
            Op::Input(input) => {
                let memory = Memory::Input(input.index);
                let place = Place { memory, offset: 0, iterations: Vec::new(), stacks: Vec::new() };
                self.sources.insert(output, Source::Own);
                self.fixed.insert(output, place);
                None
            }
            Op::Parameter(parameter) => {
                let state = self.request.state;
                let place = Place {
                    memory: Memory::State,
                    offset: state[parameter.state.tensor].offset,
                    iterations: Vec::new(),
                    stacks: stack_strides(state, &parameter.state),
                };
                self.sources.insert(output, Source::Own);
                self.fixed.insert(output, place);
                None
            }
            Op::Reshape(_) => {
                self.sources.insert(output, Source::Alias(node.inputs[0]));
                None
            }
            _ => {
                for &input in &node.inputs {
                    self.use_value(input);
                }
                for &output in &node.outputs {
                    self.define(output);
                }
                self.time += 1;
                Some(Step::Kernel(node))
            }
        }
    }

    pub(super) fn repeat(
        &mut self,
        node: &Node,
        repeat: &crate::ops::repeat::Repeat,
        body: Schedule,
    ) -> Step {
        let id = self.loops.len();
        let carried = repeat.num_carried;
        let stacked = carried + repeat.num_stacked;
        self.loops.push((self.time, self.time));
        for &input in &node.inputs {
            self.use_value(input);
        }
        for &output in &node.outputs {
            self.define(output);
        }
        self.time += 1;
        self.nest.push(id);
        for (index, (&param, &input)) in repeat.body.params.iter().zip(&node.inputs).enumerate() {
            let source = if index < carried {
                Source::Alias(node.outputs[index])
            } else {
                Source::Element { stack: input, repeat: id }
            };
            self.sources.insert(param, source);
        }
        // What the body makes for a stack is made in its slot, once; anything else is copied there.
        let made: HashSet<Value> = body.iter().filter(|item| !is_name(item)).flat_map(outputs_of).collect();
        let mut slotted: HashSet<Value> = HashSet::new();
        let mut stack_copies = Vec::new();
        for index in carried..stacked {
            let (result, output) = (repeat.body.results[index], node.outputs[index]);
            let in_inner_loop = body
                .iter()
                .any(|item| matches!(item, Scheduled::Repeat { node, .. } if node.outputs.contains(&result)));
            if made.contains(&result) && !in_inner_loop && slotted.insert(result) {
                self.sources.insert(result, Source::Element { stack: output, repeat: id });
            } else {
                stack_copies.push((result, output));
            }
        }
        let steps = self.steps(body);
        let mut after = Vec::new();
        for (result, stack) in stack_copies {
            self.use_value(result);
            after.push(Copy { from: result, to: Target::Element { stack, repeat: id }, accumulate: false });
        }
        for index in stacked..node.outputs.len() {
            let result = repeat.body.results[index];
            self.use_value(result);
            after.push(Copy { from: result, to: Target::Value(node.outputs[index]), accumulate: true });
        }
        for index in 0..carried {
            let result = repeat.body.results[index];
            self.use_value(result);
            if result != repeat.body.params[index] {
                after.push(Copy { from: result, to: Target::Value(node.outputs[index]), accumulate: false });
            }
        }
        let stops = repeat.stops();
        assert!(stops.is_some() || !repeat.is_unbounded, "a loop without a bound stops by a condition");
        if let Some(condition) = stops {
            self.use_value(condition);
        }
        self.nest.pop();
        self.time += 1;
        self.loops[id].1 = self.time;
        let before = (0..carried)
            .map(|index| Copy {
                from: node.inputs[index],
                to: Target::Value(node.outputs[index]),
                accumulate: false,
            })
            .collect();
        Step::Repeat(Box::new(RepeatStep {
            id,
            count: repeat.count.clone(),
            is_unbounded: repeat.is_unbounded,
            stops,
            reverse: repeat.reverse,
            zeroed: node.outputs[stacked..].to_vec(),
            before,
            steps,
            after,
            value: node.outputs[0],
        }))
    }

    fn if_else(&mut self, node: &Node, choice: &IfElse, branches: [Schedule; 2]) -> Step {
        self.use_value(node.inputs[0]);
        for &output in &node.outputs {
            self.define(output);
        }
        self.time += 1;
        let mut index = 0;
        let branches = branches.map(|items| {
            let results = &choice.branches[index].results;
            index += 1;
            self.branch(node, results, items)
        });
        Step::IfElse(Box::new(IfElseStep { condition: node.inputs[0], branches, value: node.outputs[0] }))
    }

    /// A branch of a decision. What it makes for a result is made in its place, once; anything else is copied there.
    fn branch(&mut self, node: &Node, results: &[Value], items: Schedule) -> Vec<Step> {
        let is_unset =
            |item: &Scheduled| matches!(item, Scheduled::Node(node) if matches!(node.op, Op::Unset(_)));
        let unset: HashSet<Value> = items.iter().filter(|item| is_unset(item)).flat_map(outputs_of).collect();
        let is_made = |item: &&Scheduled| !is_name(item) && !is_unset(item) && !is_loop(item);
        let made: HashSet<Value> = items.iter().filter(is_made).flat_map(outputs_of).collect();
        let mut placed: HashSet<Value> = HashSet::new();
        let mut copies = Vec::new();
        for (&result, &output) in results.iter().zip(&node.outputs) {
            if unset.contains(&result) {
                continue;
            }
            if made.contains(&result) && placed.insert(result) {
                self.sources.insert(result, Source::Alias(output));
            } else {
                copies.push(Copy { from: result, to: Target::Value(output), accumulate: false });
            }
        }
        let mut steps = self.steps(items.into_iter().filter(|item| !is_unset(item)).collect());
        for copy in copies {
            self.use_value(copy.from);
            self.time += 1;
            steps.push(Step::Copy(copy));
        }
        for &output in &node.outputs {
            self.use_value(output);
        }
        self.time += 1;
        steps
    }

    pub(super) fn define(&mut self, value: Value) {
        if self.sources.contains_key(&value) {
            // An element of a stack: its memory is the stack's.
            self.use_value(value);
            return;
        }
        self.sources.insert(value, Source::Own);
        if !self.fixed.contains_key(&value) {
            let lifetime = Lifetime {
                value,
                nest: self.nest.clone(),
                first: self.time,
                last: self.time,
                used_by_loops: Vec::new(),
            };
            self.lifetimes.insert(value, lifetime);
        }
    }

    /// The value whose own memory this one lies in.
    pub(super) fn base(&self, mut value: Value) -> Value {
        loop {
            match &self.sources[&value] {
                Source::Own => return value,
                Source::Alias(inner) | Source::Element { stack: inner, .. } => value = *inner,
            }
        }
    }

    /// Notes that a value is used now; inside loops that its memory outlives, until they end.
    pub(super) fn use_value(&mut self, value: Value) {
        if !self.sources.contains_key(&value) {
            return;
        }
        let base = self.base(value);
        let nest = self.nest.clone();
        let Some(lifetime) = self.lifetimes.get_mut(&base) else { return };
        lifetime.last = lifetime.last.max(self.time);
        let common = lifetime.nest.iter().zip(&nest).take_while(|(a, b)| a == b).count();
        if let Some(&outer) = nest.get(common) {
            // The end of the loop is not known yet; it is looked up when memory is packed.
            lifetime.used_by_loops.push(outer);
        }
    }
}

/// Whether an item is a loop: its carried values have places of their own.
fn is_loop(item: &Scheduled) -> bool {
    matches!(item, Scheduled::Repeat { .. })
}

/// Whether an item only names memory.
fn is_name(item: &Scheduled) -> bool {
    matches!(item, Scheduled::Node(node) if matches!(node.op, Op::Input(_) | Op::Parameter(_) | Op::Reshape(_)))
}
