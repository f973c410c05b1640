//! Runs plans: every step as the emitted code would, in the same places of the same memories, in f64.
//!
//! Memory that nobody has written holds NaN, so that a value read from the wrong place shows in the results. With
//! `noise`, every number is rounded at random to so many bits, which shows how far rounding alone moves a result.

use crate::random::Random;
use macrograd_compiler::graph::{ElementType, Role, Size, StateRef, TensorType, Value};
use macrograd_compiler::ops::Operation;
use macrograd_compiler::plan::{
    ALIGN, Copy, FusedLoop, MAX_PARTS, Memory, Place, Plan, RepeatStep, Step, buffers_start,
};
use macrograd_compiler::program::StateTensor;
use macrograd_compiler::reference::{Array, Sizes, indices};
use std::collections::HashMap;

/// Relative size of random rounding, and where it comes from.
pub(crate) struct Noise {
    /// Relative size.
    pub(crate) size: f64,
    /// The stream.
    pub(crate) random: Random,
}

/// A plan while it runs.
pub(crate) struct Machine<'a> {
    plan: &'a Plan,
    state: &'a [StateTensor],
    sizes: &'a Sizes,
    memories: HashMap<Memory, Vec<f64>>,
    iterations: HashMap<usize, usize>,
    noise: Option<Noise>,
}

/// Runs a plan; the results are in the order of the roles of its graph.
pub(crate) fn run_plan(
    plan: &Plan,
    state: &[StateTensor],
    sizes: &Sizes,
    inputs: &[Array],
    values: &[Array],
    noise: Option<Noise>,
) -> Vec<Array> {
    let mut machine =
        Machine { plan, state, sizes, memories: HashMap::new(), iterations: HashMap::new(), noise };
    for (index, zone) in plan.zones.iter().enumerate() {
        let factor = zone.factor.as_ref().map_or(1, |factor| sizes.value(factor)) as usize;
        machine.memories.insert(Memory::Arena(index), vec![f64::NAN; zone.len * factor]);
    }
    for (index, array) in inputs.iter().enumerate() {
        machine.memories.insert(Memory::Input(index), array.data.clone());
    }
    let end = state.iter().map(|tensor| tensor.offset + tensor.numel().next_multiple_of(ALIGN)).max();
    let mut parameters = vec![f64::NAN; end.unwrap_or(0)];
    for (tensor, array) in state.iter().zip(values) {
        parameters[tensor.offset..][..array.data.len()].copy_from_slice(&array.data);
    }
    for memory in [Memory::Grads, Memory::Buffers] {
        machine.memories.insert(memory, vec![f64::NAN; parameters.len()]);
    }
    machine.memories.insert(Memory::State, parameters);
    for (role, &value) in plan.graph.roles.iter().zip(&plan.graph.body.results) {
        let len = sizes.shape(&plan.graph.ty(value).shape).iter().product();
        match role {
            Role::Output(index) => machine.memories.insert(Memory::Output(*index), vec![f64::NAN; len]),
            Role::GradInput(index) => machine.memories.insert(Memory::GradInput(*index), vec![f64::NAN; len]),
            Role::GradParameter(_) | Role::Buffer(_) => None,
        };
    }
    machine.run()
}

impl Machine<'_> {
    fn run(&mut self) -> Vec<Array> {
        let (first, second) = self.plan.halves();
        self.steps(first);
        let mut results: Vec<Option<Array>> = vec![None; self.plan.graph.roles.len()];
        if self.plan.split.is_some() {
            self.take_results(&mut results, true);
            // What the first half returned is the caller's now.
            self.memories.retain(|memory, _| !matches!(memory, Memory::Output(_)));
            self.steps(second);
        }
        for range in &self.plan.zero_grads {
            self.memory(Memory::Grads)[range.clone()].fill(0.0);
        }
        self.take_results(&mut results, false);
        results.into_iter().map(|result| result.expect("every role was read")).collect()
    }

    /// Reads results: what the first half returns, or all that are left.
    fn take_results(&self, results: &mut [Option<Array>], outputs_only: bool) {
        let graph = &self.plan.graph;
        for ((role, &value), result) in graph.roles.iter().zip(&graph.body.results).zip(results) {
            if result.is_some() || outputs_only && !matches!(role, Role::Output(_)) {
                continue;
            }
            let shape = self.sizes.shape(&graph.ty(value).shape);
            let data = match role {
                Role::Output(index) => self.memories[&Memory::Output(*index)].clone(),
                Role::GradInput(index) => self.memories[&Memory::GradInput(*index)].clone(),
                Role::GradParameter(reference) => self.of_state(reference, Memory::Grads, 0),
                Role::Buffer(reference) => {
                    self.of_state(reference, Memory::Buffers, buffers_start(self.state))
                }
            };
            *result = Some(Array { shape, data });
        }
    }

    /// Tensors with the layout of the state, which begins at `start`.
    fn of_state(&self, reference: &StateRef, memory: Memory, start: usize) -> Vec<f64> {
        let tensors = reference.tensors().into_iter().map(|index| &self.state[index]);
        tensors
            .flat_map(|tensor| &self.memories[&memory][tensor.offset - start..][..tensor.numel()])
            .copied()
            .collect()
    }

    fn memory(&mut self, memory: Memory) -> &mut Vec<f64> {
        self.memories.get_mut(&memory).unwrap_or_else(|| panic!("{memory:?} is not there in this half"))
    }

    fn rounded(&mut self, value: f64) -> f64 {
        match &mut self.noise {
            Some(noise) => value * (1.0 + noise.size * (2.0 * noise.random.uniform() - 1.0)),
            None => value,
        }
    }

    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            match step {
                Step::Kernel(node) => {
                    let inputs: Vec<Array> = node.inputs.iter().map(|&value| self.read(value)).collect();
                    let types: Vec<TensorType> =
                        node.outputs.iter().map(|&value| self.plan.graph.ty(value).clone()).collect();
                    // A kernel that forgets an element would leave what was there.
                    for &output in &node.outputs {
                        let range = self.range_of(output);
                        self.memory(range.0)[range.1..][..range.2].fill(f64::NAN);
                    }
                    let outputs = node.op.evaluate(&inputs.iter().collect::<Vec<_>>(), &types, self.sizes);
                    for (&value, mut array) in node.outputs.iter().zip(outputs) {
                        if self.plan.graph.ty(value).element == ElementType::Real {
                            array.data.iter_mut().for_each(|x| *x = self.rounded(*x));
                        }
                        let (memory, start, len) = self.range_of(value);
                        self.memory(memory)[start..][..len].copy_from_slice(&array.data);
                    }
                }
                Step::Fused(fused) => self.fused(fused),
                Step::Copy(copy) => self.copy(copy),
                Step::Repeat(repeat) => self.repeat(repeat),
                Step::IfElse(choice) => {
                    let branch = usize::from(self.read(choice.condition).data[0] == 0.0);
                    self.steps(&choice.branches[branch]);
                }
            }
        }
    }

    /// Memory, first element and number of elements of `times` values of a type at a place.
    fn range(&self, place: &Place, ty: &TensorType, times: usize) -> (Memory, usize, usize) {
        assert!(place.stacks.is_empty(), "a stack that is spread over the state is no slice");
        let strides = place
            .iterations
            .iter()
            .map(|(id, stride)| self.iterations[id] * self.sizes.value(stride) as usize);
        let iterated = strides.sum::<usize>();
        let numel = self.sizes.shape(&ty.shape).iter().product::<usize>();
        let Memory::Arena(zone) = place.memory else {
            return (place.memory, place.offset + iterated, numel);
        };
        let factor =
            self.plan.zones[zone].factor.as_ref().map_or(1, |factor| self.sizes.value(factor)) as usize;
        let coefficient: i64 = ty.shape.iter().map(|size| size.split_coefficient().0).product();
        if place.iterations.is_empty() {
            assert_eq!(coefficient as usize * factor, numel, "{ty} fills what its zone gives it");
        }
        (place.memory, place.offset * factor + iterated, numel * times)
    }

    fn range_of(&self, value: Value) -> (Memory, usize, usize) {
        self.range(&self.plan.places[&value], self.plan.graph.ty(value), 1)
    }

    fn read(&self, value: Value) -> Array {
        let (memory, start, len) = self.range_of(value);
        let shape = self.sizes.shape(&self.plan.graph.ty(value).shape);
        Array { shape, data: self.memories[&memory][start..][..len].to_vec() }
    }

    fn fused(&mut self, fused: &FusedLoop) {
        let space = self.sizes.shape(&fused.space);
        // Sizes of an operand along the axes of the space.
        let extent = |present: &[bool]| -> Vec<usize> {
            present.iter().zip(&space).map(|(&present, &size)| if present { size } else { 1 }).collect()
        };
        let loads: Vec<((Memory, usize, usize), Array)> = fused
            .loads
            .iter()
            .map(|load| (self.range_of(load.value), Array { shape: extent(&load.present), data: Vec::new() }))
            .collect();
        let stores: Vec<((Memory, usize, usize), Array)> = fused
            .stores
            .iter()
            .map(|store| {
                (self.range_of(store.value), Array { shape: extent(&store.present), data: Vec::new() })
            })
            .collect();
        for ((range, array), value) in loads.iter().zip(fused.loads.iter().map(|load| load.value)) {
            let len = array.shape.iter().product::<usize>();
            assert_eq!(range.2, len, "%{} extends along the axes that it says", value.0);
        }
        for (store, (range, _)) in fused.stores.iter().zip(&stores) {
            if let Some(place) = self.plan.scratch.get(&store.value) {
                let (memory, start, len) = self.range(place, self.plan.graph.ty(store.value), MAX_PARTS);
                self.memory(memory)[start..][..len].fill(f64::NAN);
            }
            if let Some(kind) = store.reduce {
                self.memory(range.0)[range.1..][..range.2].fill(kind.identity());
            }
        }
        let sizes = self.sizes;
        let number = |size: &Size| sizes.value(size) as f64;
        for index in indices(&space) {
            let mut operands: Vec<f64> = loads
                .iter()
                .map(|((memory, start, _), array)| {
                    self.memories[memory][start + array.broadcast_offset(&index)]
                })
                .collect();
            for statement in &fused.statements {
                let value = statement.evaluate(&operands, &number);
                operands.push(self.rounded(value));
            }
            for (store, ((memory, start, _), array)) in fused.stores.iter().zip(&stores) {
                let (at, value) = (start + array.broadcast_offset(&index), operands[store.source]);
                let combined = match store.reduce {
                    None => value,
                    Some(kind) => {
                        let sum = kind.combine(self.memories[memory][at], value);
                        self.rounded(sum)
                    }
                };
                self.memory(*memory)[at] = combined;
            }
        }
    }

    fn copy(&mut self, copy: &Copy) {
        let ty = self.plan.graph.ty(copy.from).clone();
        let from = self.plan.places[&copy.from].clone();
        self.copy_elements(&from, copy.place(), &ty, copy.accumulate, 0);
    }

    /// Copies a tensor; a stack that is spread over the state element by element.
    fn copy_elements(&mut self, from: &Place, to: &Place, ty: &TensorType, accumulate: bool, depth: usize) {
        if !from.stacks.is_empty() || !to.stacks.is_empty() {
            let id = usize::MAX / 2 + depth;
            let mut element = ty.clone();
            let count = self.sizes.value(&element.shape.remove(0)) as usize;
            let step = |place: &Place| {
                let mut place = place.clone();
                let stride = if place.stacks.is_empty() {
                    element.numel()
                } else {
                    Size::literal(place.stacks.remove(0) as i64)
                };
                place.iterations.push((id, stride));
                place
            };
            let (from, to) = (step(from), step(to));
            for iteration in 0..count {
                self.iterations.insert(id, iteration);
                self.copy_elements(&from, &to, &element, accumulate, depth + 1);
            }
            self.iterations.remove(&id);
            return;
        }
        let (from, to) = (self.range(from, ty, 1), self.range(to, ty, 1));
        let source = self.memories[&from.0][from.1..][..from.2].to_vec();
        for (index, value) in source.into_iter().enumerate() {
            let target = &mut self.memory(to.0)[to.1 + index];
            *target = if accumulate { *target + value } else { value };
        }
    }

    fn repeat(&mut self, repeat: &RepeatStep) {
        for &value in &repeat.zeroed {
            let (memory, start, len) = self.range_of(value);
            self.memory(memory)[start..][..len].fill(0.0);
        }
        repeat.before.iter().for_each(|copy| self.copy(copy));
        let count = if repeat.is_unbounded { usize::MAX } else { self.sizes.value(&repeat.count) as usize };
        for turn in 0..count {
            let iteration = if repeat.reverse { count - 1 - turn } else { turn };
            self.iterations.insert(repeat.id, iteration);
            self.steps(&repeat.steps);
            repeat.after.iter().for_each(|copy| self.copy(copy));
            if repeat.stops.is_some_and(|condition| self.read(condition).data[0] == 0.0) {
                break;
            }
        }
        self.iterations.remove(&repeat.id);
    }
}
