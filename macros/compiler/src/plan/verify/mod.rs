//! The verifier of plans.

mod contents;
mod names;
mod sample;

use super::{Copy, FusedLoop, IfElseStep, MAX_PARTS, Memory, Place, Plan, RepeatStep, Step};
use crate::graph::{Block, Node, Role, Size, TensorType, Value};
use crate::ops::{Op, Operation, repeat::Repeat};
use contents::{Contents, Label, Mismatch};
use names::{Name, Names};
use sample::{MAX_REPLAYED, num_iterations, sample_of_symbols};
use std::collections::HashMap;
use std::rc::Rc;

/// Replays the plan, every iteration of its loops, on labels instead of numbers: each step must find in memory what
/// the graph says it reads, element for element, and what it writes must not overlap what it reads. Sizes are in units
/// of their run-time factors, or, where loops run over run-time dimensions, at one small value of each.
///
/// A plan with very long loops is not replayed: that takes long, and shows what shorter loops show.
///
/// # Errors
/// The first value that is not where it is read, or that a step overwrites while it reads.
pub fn verify_plan(plan: &Plan) -> Result<(), String> {
    let Some(symbols) = sample_of_symbols(plan).filter(|_| num_iterations(&plan.steps) <= MAX_REPLAYED)
    else {
        return Ok(());
    };
    let mut replay = Replay {
        plan,
        names: Names::new(&plan.graph),
        contents: Contents::default(),
        written: Vec::new(),
        current: HashMap::new(),
        iterations: HashMap::new(),
        symbols,
    };
    let (first, second) = plan.halves();
    replay.steps(first)?;
    if plan.split.is_some() {
        replay.results(|role| matches!(role, Role::Output(_)))?;
        // What the first half returned is the caller's now.
        replay.contents.retain(|memory| !matches!(memory, Memory::Output(_)));
        if let Some(memory) = replay.contents.memories().find(|memory| !matches!(memory, Memory::Arena(_))) {
            return Err(format!("the first half writes to {memory:?}"));
        }
        replay.steps(second)?;
        return replay.results(|role| !matches!(role, Role::Output(_)));
    }
    replay.results(|_| true)
}

struct Replay<'a> {
    plan: &'a Plan,
    names: Names<'a>,
    contents: Contents,
    /// The value of each write, for messages.
    written: Vec<Value>,
    /// Label of the first element of each value that has been computed.
    current: HashMap<Value, Label>,
    /// Iteration of each loop that is running, by its first output, and by its number.
    iterations: HashMap<Value, (usize, usize)>,
    /// Values of the run-time dimensions, where these matter.
    symbols: Option<HashMap<Rc<str>, i64>>,
}

impl Replay<'_> {
    fn steps(&mut self, steps: &[Step]) -> Result<(), String> {
        for step in steps {
            match step {
                Step::Kernel(node) => {
                    self.check_slices(node.inputs.iter().chain(&node.outputs))?;
                    let reads = self.read_all(&node.inputs)?;
                    let writes = self.ranges_of_all(&node.outputs)?;
                    check_disjoint(&writes, &reads)?;
                    for &output in &node.outputs {
                        self.define(output)?;
                    }
                }
                Step::Fused(fused) => self.fused(fused)?,
                Step::Copy(copy) => self.copy(copy)?,
                Step::Repeat(repeat) => self.repeat(repeat)?,
                Step::IfElse(choice) => self.if_else(choice)?,
            }
        }
        Ok(())
    }

    fn fused(&mut self, fused: &FusedLoop) -> Result<(), String> {
        let loads: Vec<Value> = fused.loads.iter().map(|load| load.value).collect();
        let mut reads = self.read_all(&loads)?;
        let stores: Vec<Value> = fused.stores.iter().map(|store| store.value).collect();
        self.check_slices(loads.iter().chain(&stores))?;
        let mut writes = self.ranges_of_all(&stores)?;
        for (store, range) in fused.stores.iter().zip(&writes) {
            let Some(load) = store.in_place else { continue };
            if reads[load].1 != range.1 {
                return Err(format!("%{} is not in the place of %{}", store.value.0, loads[load].0));
            }
            reads[load].1.clear();
        }
        for &store in &stores {
            let Some(place) = self.plan.scratch.get(&store) else { continue };
            let len = self.units(self.plan.graph.ty(store)) * MAX_PARTS;
            let start = self.start(place);
            writes.push((store, vec![(place.memory, start, start + len)]));
            let label = self.label(store);
            self.contents.write(place.memory, start, len, label);
        }
        check_disjoint(&writes, &reads)?;
        stores.iter().try_for_each(|&store| self.define(store))
    }

    fn copy(&mut self, copy: &Copy) -> Result<(), String> {
        let reads = self.read_all(&[copy.from])?;
        let ty = self.plan.graph.ty(copy.from);
        let pieces = self.pieces(copy.place(), ty);
        let writes = vec![(
            copy.from,
            pieces.iter().map(|&(memory, start, len, _)| (memory, start, start + len)).collect(),
        )];
        check_disjoint(&writes, &reads)?;
        let label = if copy.accumulate {
            self.label(copy.from)
        } else {
            self.expected(copy.from).unwrap_or_else(|_| self.label(copy.from))
        };
        for (memory, start, len, offset) in pieces {
            self.contents.write(memory, start, len, (label.0, label.1 + offset));
        }
        Ok(())
    }

    /// A copy to a value of a loop: afterwards the value is what was copied.
    fn copy_to(&mut self, copy: &Copy, output: Value) -> Result<(), String> {
        if copy.accumulate {
            self.read(output)?;
        }
        self.copy(copy)?;
        if copy.accumulate || self.expected(copy.from).is_err() {
            return self.define(output);
        }
        self.current.insert(output, self.expected(copy.from)?);
        Ok(())
    }

    fn repeat(&mut self, step: &RepeatStep) -> Result<(), String> {
        let Some(&(node, repeat)) = self.names.loops.get(&step.value) else {
            return Err(format!("%{} is no loop", step.value.0));
        };
        let (carried, stacked) = (repeat.num_carried, repeat.num_carried + repeat.num_stacked);
        self.check_slices(&step.zeroed)?;
        for &sum in &step.zeroed {
            self.define(sum)?;
        }
        for (copy, &output) in step.before.iter().zip(&node.outputs) {
            self.copy_to(copy, output)?;
        }
        // Stacks are made element by element: their labels are there first.
        for &stack in &node.outputs[carried..stacked] {
            let label = self.label(stack);
            self.current.insert(stack, label);
        }
        let slots = self.slots(step, node, repeat);
        for &(result, stack) in &slots {
            self.names.names.insert(result, Name::Element { stack, repeat: step.value });
        }
        let count = self.value(&step.count);
        for turn in 0..count {
            let iteration = if step.reverse { count - 1 - turn } else { turn };
            self.iterations.insert(step.value, (step.id, iteration));
            self.forget(&repeat.body);
            for (&param, &output) in repeat.body.params.iter().zip(&node.outputs[..carried]) {
                let label = self.expected(output)?;
                self.current.insert(param, label);
            }
            self.steps(&step.steps)?;
            self.after(step, node, repeat, &slots)?;
        }
        self.iterations.remove(&step.value);
        Ok(())
    }

    /// Both branches, one after the other: memory is assigned as if they ran so.
    fn if_else(&mut self, step: &IfElseStep) -> Result<(), String> {
        let Some(&(node, choice)) = self.names.choices.get(&step.value) else {
            return Err(format!("%{} is no decision", step.value.0));
        };
        self.read(step.condition)?;
        for (branch, steps) in choice.branches.iter().zip(&step.branches) {
            self.steps(steps)?;
            for (&result, &output) in branch.results.iter().zip(&node.outputs) {
                let maker = branch.nodes.iter().find(|node| node.outputs.contains(&result));
                if maker.is_some_and(|maker| matches!(maker.op, Op::Unset(_))) {
                    continue;
                }
                let (of_result, of_output) = (self.place(result)?, self.place(output)?);
                let is_copied = steps.iter().any(|step| match step {
                    Step::Copy(copy) => copy.from == result && copy.place() == of_output,
                    _ => false,
                });
                if of_result != of_output && !is_copied {
                    return Err(format!("%{} is not handed on by its branch", result.0));
                }
                if self.expected(result).is_ok() {
                    self.read_at(result, of_output)?;
                }
            }
        }
        node.outputs.iter().try_for_each(|&output| self.define(output))
    }

    /// Results of the body that are computed in the slots of their stacks.
    fn slots(&self, step: &RepeatStep, node: &Node, repeat: &Repeat) -> Vec<(Value, Value)> {
        let stacked = repeat.num_carried..repeat.num_carried + repeat.num_stacked;
        let is_copied = |result: Value, stack: Value| {
            let to_stack = |copy: &&Copy| {
                let (place, whole) = (copy.place(), self.plan.places.get(&stack));
                copy.from == result && whole.is_some_and(|whole| is_element(place, whole, step.id))
            };
            step.after.iter().any(|copy| to_stack(&copy))
        };
        stacked
            .map(|index| (repeat.body.results[index], node.outputs[index]))
            .filter(|&(result, stack)| !is_copied(result, stack))
            .collect()
    }

    /// What follows an iteration: copies to stacks, then sums, then carried values, as far as there are any.
    fn after(
        &mut self,
        step: &RepeatStep,
        node: &Node,
        repeat: &Repeat,
        slots: &[(Value, Value)],
    ) -> Result<(), String> {
        let (carried, stacked) = (repeat.num_carried, repeat.num_carried + repeat.num_stacked);
        let results = &repeat.body.results;
        let to_stack =
            (carried..stacked).filter(|&index| !slots.contains(&(results[index], node.outputs[index])));
        let moved = (0..carried).filter(|&index| results[index] != repeat.body.params[index]);
        let targets: Vec<usize> = to_stack.chain(stacked..results.len()).chain(moved).collect();
        let mut copies = step.after.iter();
        for index in targets {
            let (result, output) = (results[index], node.outputs[index]);
            let copy = copies.next().filter(|copy| copy.from == result);
            let copy = copy.ok_or_else(|| format!("%{} is not handed on by its loop", result.0))?;
            if (carried..stacked).contains(&index) {
                self.copy(copy)?;
                let (token, start) = self.current[&output];
                let ty = self.plan.graph.ty(result);
                let at = start + self.iterations[&step.value].1 * self.units(ty);
                for (memory, start, len, offset) in self.pieces(copy.place(), ty) {
                    self.contents.write(memory, start, len, (token, at + offset));
                }
            } else {
                self.copy_to(copy, output)?;
            }
        }
        Ok(())
    }

    /// Values of a body are computed anew in every iteration.
    fn forget(&mut self, body: &Block) {
        for node in &body.nodes {
            for output in &node.outputs {
                self.current.remove(output);
            }
            node.op.bodies().into_iter().for_each(|body| self.forget(body));
        }
    }

    /// A label for a new write.
    fn label(&mut self, value: Value) -> Label {
        self.written.push(value);
        (self.written.len() - 1, 0)
    }

    /// The label that the first element of a value must have.
    fn expected(&self, value: Value) -> Result<Label, String> {
        match self.names.names.get(&value) {
            Some(Name::Alias(inner)) => self.expected(*inner),
            Some(Name::Element { stack, repeat }) => {
                let (token, start) = self.expected(*stack)?;
                let Some(&(_, iteration)) = self.iterations.get(repeat) else {
                    return Err(format!("%{} is used outside its loop", value.0));
                };
                Ok((token, start + iteration * self.units(self.plan.graph.ty(value))))
            }
            None => {
                let label = self.current.get(&value).copied();
                label.ok_or_else(|| format!("%{} is used before it is computed", value.0))
            }
        }
    }

    /// A size, in the units of this replay.
    fn value(&self, size: &Size) -> usize {
        let value = match &self.symbols {
            Some(symbols) => size.evaluate(symbols),
            None => size.split_coefficient().0,
        };
        usize::try_from(value).unwrap_or(0)
    }

    /// Elements of 4 bytes that a value takes.
    fn units(&self, ty: &TensorType) -> usize {
        ty.shape.iter().map(|size| self.value(size)).product::<usize>() * ty.element.words()
    }

    fn place(&self, value: Value) -> Result<&Place, String> {
        self.plan.places.get(&value).ok_or_else(|| format!("%{} has no place", value.0))
    }

    /// First element of a place, now.
    fn start(&self, place: &Place) -> usize {
        let iteration = |id: usize| {
            let running = self.iterations.values().find(|(running, _)| *running == id);
            running.map_or(0, |(_, iteration)| *iteration)
        };
        let factor = match place.memory {
            Memory::Arena(zone) => {
                self.plan.zones[zone].factor.as_ref().map_or(1, |factor| self.value(factor))
            }
            _ => 1,
        };
        let strides = place.iterations.iter().map(|(id, stride)| iteration(*id) * self.value(stride));
        place.offset * factor + strides.sum::<usize>()
    }

    /// The contiguous pieces of a tensor at a place: memory, first element, length, position in the tensor.
    fn pieces(&self, place: &Place, ty: &TensorType) -> Vec<(Memory, usize, usize, usize)> {
        let mut starts = vec![self.start(place)];
        let mut len = self.units(ty);
        for (axis, stride) in place.stacks.iter().enumerate() {
            let count = ty.shape[axis].as_literal().unwrap_or(1) as usize;
            starts = starts.iter().flat_map(|&at| (0..count).map(move |i| at + i * stride)).collect();
            len /= count;
        }
        starts.into_iter().enumerate().map(|(index, start)| (place.memory, start, len, index * len)).collect()
    }

    /// What kernels and loops are given is one slice, not a stack that is spread over the state.
    fn check_slices<'v>(&self, values: impl IntoIterator<Item = &'v Value>) -> Result<(), String> {
        for &value in values {
            if !self.place(value)?.stacks.is_empty() {
                return Err(format!(
                    "%{} is spread over {:?}, but used as one slice",
                    value.0,
                    self.place(value)?.memory
                ));
            }
        }
        Ok(())
    }

    fn ranges(&self, value: Value) -> Result<Vec<Range>, String> {
        let pieces = self.pieces(self.place(value)?, self.plan.graph.ty(value));
        Ok(pieces.into_iter().map(|(memory, start, len, _)| (memory, start, start + len)).collect())
    }

    fn ranges_of_all(&self, values: &[Value]) -> Result<Vec<(Value, Vec<Range>)>, String> {
        values.iter().map(|&value| Ok((value, self.ranges(value)?))).collect()
    }

    fn read_all(&self, values: &[Value]) -> Result<Vec<(Value, Vec<Range>)>, String> {
        values.iter().try_for_each(|&value| self.read(value))?;
        self.ranges_of_all(values)
    }

    /// Every element of a value lies where it is read.
    fn read(&self, value: Value) -> Result<(), String> {
        self.read_at(value, self.place(value)?)
    }

    fn read_at(&self, value: Value, place: &Place) -> Result<(), String> {
        if matches!(place.memory, Memory::State | Memory::Input(_)) {
            return Ok(());
        }
        let (token, first) = self.expected(value)?;
        for (memory, start, len, offset) in self.pieces(place, self.plan.graph.ty(value)) {
            let found = self.contents.check(memory, start, len, (token, first + offset));
            if let Err(Mismatch { at, writer }) = found {
                return Err(match writer {
                    Some(writer) => {
                        let writer = self.written[writer].0;
                        format!("%{} was overwritten by %{writer} at {memory:?} + {at}", value.0)
                    }
                    None => format!("%{} is not at {memory:?} + {at}", value.0),
                });
            }
        }
        Ok(())
    }

    /// A step has computed a value.
    fn define(&mut self, value: Value) -> Result<(), String> {
        let label = match self.names.names.get(&value) {
            Some(_) => self.expected(value)?,
            None => {
                let label = self.label(value);
                self.current.insert(value, label);
                label
            }
        };
        let pieces = self.pieces(self.place(value)?, self.plan.graph.ty(value));
        for (memory, start, len, offset) in pieces {
            if matches!(memory, Memory::State | Memory::Input(_)) {
                return Err(format!("%{} would be written to {memory:?}", value.0));
            }
            self.contents.write(memory, start, len, (label.0, label.1 + offset));
        }
        Ok(())
    }

    /// Results are where their roles say.
    fn results(&self, of_role: impl Fn(&Role) -> bool) -> Result<(), String> {
        let graph = &self.plan.graph;
        for (role, &value) in graph.roles.iter().zip(&graph.body.results).filter(|(role, _)| of_role(role)) {
            let belongs = |memory: Memory| match role {
                Role::Output(index) => memory == Memory::Output(*index),
                Role::GradInput(index) => memory == Memory::GradInput(*index),
                Role::GradParameter(_) => memory == Memory::Grads,
                Role::Buffer(_) => memory == Memory::Buffers,
            };
            if belongs(self.place(value)?.memory) {
                self.read(value)?;
                continue;
            }
            let copy = self.plan.steps.iter().find_map(|step| match step {
                Step::Copy(copy) if copy.from == value && belongs(copy.place().memory) => Some(copy),
                _ => None,
            });
            let copy = copy.ok_or_else(|| format!("%{}, {role}, is not handed out", value.0))?;
            if !matches!(self.place(value)?.memory, Memory::State | Memory::Input(_)) {
                self.read_at(value, copy.place())?;
            }
        }
        Ok(())
    }
}

/// Memory, first element, one past the last.
type Range = (Memory, usize, usize);

/// Whether a place is that of the element that a loop makes of a stack.
fn is_element(place: &Place, stack: &Place, id: usize) -> bool {
    place.memory == stack.memory
        && place.offset == stack.offset
        && place.iterations.last().is_some_and(|(of, _)| *of == id)
}

/// What a step writes overlaps neither what it reads nor anything else it writes.
fn check_disjoint(writes: &[(Value, Vec<Range>)], reads: &[(Value, Vec<Range>)]) -> Result<(), String> {
    let overlap =
        |a: &[Range], b: &[Range]| a.iter().any(|a| b.iter().any(|b| a.0 == b.0 && a.1 < b.2 && b.1 < a.2));
    for (index, (value, ranges)) in writes.iter().enumerate() {
        for (other, others) in writes[..index].iter().chain(reads) {
            if overlap(ranges, others) {
                return Err(format!("%{} is written over %{}, which the same step uses", value.0, other.0));
            }
        }
    }
    Ok(())
}
