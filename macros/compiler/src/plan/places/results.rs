//! Results: which are computed where they have to end up, and which are copied there.

use super::{Memory, Place, Placer, outputs_of, stack_strides};
use crate::graph::{Role, StateRef, Value};
use crate::ops::{Op, repeat::Repeat};
use crate::plan::fuse::Scheduled;
use crate::plan::{Copy, Schedule, Target, buffers_start, captures};
use std::collections::{HashMap, HashSet};

impl Placer<'_> {
    /// Decides which results are computed where they have to end up. The others are copied there: returned with the
    /// half at whose end that happens.
    pub(super) fn pin_results(
        &mut self,
        schedule: &[Schedule; 2],
        in_second: &HashSet<Value>,
        in_halves: bool,
    ) -> Vec<(usize, Copy)> {
        let mut made: HashSet<Value> = HashSet::new();
        let mut read_in_second: HashSet<Value> = HashSet::new();
        for (half, items) in schedule.iter().enumerate() {
            for item in items {
                let (inputs, is_leaf) = match item {
                    Scheduled::Node(node) => {
                        let is_leaf = matches!(node.op, Op::Input(_) | Op::Parameter(_) | Op::Reshape(_));
                        (node.inputs.clone(), is_leaf)
                    }
                    Scheduled::Repeat { node, .. } | Scheduled::IfElse { node, .. } => {
                        (node.inputs.iter().copied().chain(captures(node)).collect(), false)
                    }
                    Scheduled::Fused(fused) => (fused.loads.iter().map(|load| load.value).collect(), false),
                };
                if !is_leaf {
                    made.extend(outputs_of(item));
                }
                if half == 1 {
                    read_in_second.extend(inputs);
                }
            }
        }
        let results: Vec<(Role, Value)> =
            self.graph.roles.iter().cloned().zip(self.graph.body.results.iter().copied()).collect();
        let reshaped: HashMap<Value, Value> = schedule
            .iter()
            .flatten()
            .filter_map(|item| match item {
                Scheduled::Node(node) if matches!(node.op, Op::Reshape(_)) => {
                    Some((node.outputs[0], node.inputs[0]))
                }
                _ => None,
            })
            .collect();
        let base_of = |mut value: Value| {
            while let Some(&inner) = reshaped.get(&value) {
                value = inner;
            }
            value
        };
        let half_of = |role: &Role| usize::from(in_halves && !matches!(role, Role::Output(_)));
        // What the second half returns, too, it reads after the first half's results have left.
        let read_in_second: HashSet<Value> = read_in_second
            .into_iter()
            .chain(results.iter().filter(|(role, _)| half_of(role) == 1).map(|(_, value)| *value))
            .map(base_of)
            .collect();
        let mut copies = Vec::new();
        for (role, value) in results {
            let half = half_of(&role);
            let place = self.result_place(&role);
            let base = base_of(value);
            // A stack spread over the state can only be written element by element, by the loop that makes it; a loop
            // that adds up stacks writes them whole.
            let shape_fits = place.stacks.is_empty() || (base == value && is_stacked(schedule, base));
            let same_half = !in_halves || usize::from(in_second.contains(&base)) == half;
            let leaves_early = in_halves && half == 0 && read_in_second.contains(&base);
            let is_carried = is_carried(schedule, base);
            let free = made.contains(&base) && !self.fixed.contains_key(&base) && !is_carried;
            if free && shape_fits && same_half && !leaves_early {
                self.fixed.insert(base, place);
            } else {
                copies.push((half, Copy { from: value, to: Target::Place(place), accumulate: false }));
            }
        }
        copies
    }

    pub(super) fn result_place(&self, role: &Role) -> Place {
        let state_place = |reference: &StateRef, memory: Memory, start: usize| {
            let state = self.request.state;
            let tensor = &state[reference.tensor];
            Place {
                memory,
                offset: tensor.offset - start,
                iterations: Vec::new(),
                stacks: stack_strides(state, reference),
            }
        };
        let whole = |memory: Memory| Place { memory, offset: 0, iterations: Vec::new(), stacks: Vec::new() };
        match role {
            Role::Output(index) => whole(Memory::Output(*index)),
            Role::GradInput(index) => whole(Memory::GradInput(*index)),
            Role::GradParameter(reference) => state_place(reference, Memory::Grads, 0),
            Role::Buffer(reference) => {
                state_place(reference, Memory::Buffers, buffers_start(self.request.state))
            }
        }
    }
}

/// Whether a value is a stack of which each iteration of a loop makes an element.
fn is_stacked(schedule: &[Schedule; 2], value: Value) -> bool {
    result_of_loop(schedule, value).is_some_and(|(index, repeat)| {
        (repeat.num_carried..repeat.num_carried + repeat.num_stacked).contains(&index)
    })
}

/// The loop of which a value is a result, and which one it is.
fn result_of_loop(schedule: &[Schedule; 2], value: Value) -> Option<(usize, &Repeat)> {
    schedule.iter().flatten().find_map(|item| match item {
        Scheduled::Repeat { node, repeat, .. } => {
            node.outputs.iter().position(|&output| output == value).map(|index| (index, repeat))
        }
        Scheduled::Node(_) | Scheduled::Fused(_) | Scheduled::IfElse { .. } => None,
    })
}

/// Whether a value is carried through a loop: it lies in memory that the loop itself needs.
fn is_carried(schedule: &[Schedule; 2], value: Value) -> bool {
    result_of_loop(schedule, value).is_some_and(|(index, repeat)| index < repeat.num_carried)
}
