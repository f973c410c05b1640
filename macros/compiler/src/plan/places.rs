//! Places: where every value lies in memory.

use super::fuse::{FusedLoop, Scheduled};
use super::{ALIGN, Copy, MAX_PARTS, Plan, PlanRequest, RepeatStep, Schedule, Step, Target, uncovered};
use crate::graph::{Graph, Node, Role, Size, StateRef, TensorType, Value};
use crate::ops::Op;
use crate::program::StateTensor;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A region of memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Memory {
    /// A zone of the arena. Offsets count its factor.
    Arena(usize),
    /// Parameters and buffers of the model.
    State,
    /// An argument.
    Input(usize),
    /// A returned tensor.
    Output(usize),
    /// Gradients of parameters.
    Grads,
    /// Proposed values of buffers.
    Buffers,
    /// Gradient of an argument.
    GradInput(usize),
}

/// The place of a value: `offset + Σ iteration · stride` in its memory.
#[derive(Clone, PartialEq, Debug)]
pub struct Place {
    /// The memory.
    pub memory: Memory,
    /// First element, in units of the zone's factor for the arena.
    pub offset: usize,
    /// Loops around it: number and distance between iterations.
    pub iterations: Vec<(usize, usize)>,
    /// Distance between elements of a stack, for loops that are yet to be entered.
    pub stacks: Vec<usize>,
}

/// Values whose sizes have the same run-time factor share a zone: inside, sizes and offsets are literals times the
/// factor, so that packing is a problem of whole numbers and every offset is aligned whatever the factor is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Zone {
    /// What sizes and offsets are multiplied with; `None` for sizes known at compile time.
    pub factor: Option<Size>,
    /// Length, without the factor.
    pub len: usize,
}

/// Where a value's memory comes from.
#[derive(Clone, Debug)]
enum Source {
    /// Memory of its own.
    Own,
    /// The same memory as another value.
    Alias(Value),
    /// The current element of a stack.
    Element { stack: Value, repeat: usize },
}

/// Memory of its own, as it is needed.
struct Lifetime {
    value: Value,
    /// Loops around its definition.
    nest: Vec<usize>,
    first: usize,
    last: usize,
    /// Loops that use it from outside: it is needed until they end.
    used_by_loops: Vec<usize>,
}

struct Placer<'a> {
    graph: Graph,
    request: &'a PlanRequest<'a>,
    sources: HashMap<Value, Source>,
    /// Values with a fixed place: leaves, results, carried values.
    fixed: HashMap<Value, Place>,
    lifetimes: HashMap<Value, Lifetime>,
    /// First and last moment of each loop.
    loops: Vec<(usize, usize)>,
    time: usize,
    nest: Vec<usize>,
    zones: Vec<Zone>,
    /// Scratch of loops with partial sums: the store's value and the moment.
    scratch: Vec<(Value, usize)>,
    scratch_places: HashMap<Value, Place>,
}

/// Memory to be packed.
struct Wanted {
    value: Value,
    is_scratch: bool,
    size: usize,
    factor: Option<Size>,
    first: usize,
    last: usize,
}

/// Gives every value a place and puts the steps in their final form.
pub(crate) fn assign(graph: Graph, schedule: [Schedule; 2], request: &PlanRequest<'_>) -> Plan {
    let mut placer = Placer {
        graph,
        request,
        sources: HashMap::new(),
        fixed: HashMap::new(),
        lifetimes: HashMap::new(),
        loops: Vec::new(),
        time: 0,
        nest: Vec::new(),
        zones: Vec::new(),
        scratch: Vec::new(),
        scratch_places: HashMap::new(),
    };
    let halves = if request.second_half_inputs.is_some() { 2 } else { 1 };
    let made_in_second: HashSet<Value> = schedule[1].iter().flat_map(outputs_of).collect();
    let mut steps = Vec::new();
    let mut split = None;
    let copies = placer.pin_results(&schedule, &made_in_second, halves == 2);
    for (half, items) in schedule.into_iter().enumerate() {
        if half == 1 && halves == 2 {
            split = Some(steps.len());
        }
        steps.extend(placer.steps(items));
        for (_, copy) in copies.iter().filter(|(of_half, _)| *of_half == half) {
            placer.use_value(copy.from);
            placer.time += 1;
            steps.push(Step::Copy(copy.clone()));
        }
    }
    placer.choose_in_place(&mut steps);
    placer.pack();
    let places = placer.all_places();
    placer.resolve_targets(&mut steps, &places);
    let zero_grads = if placer.graph.roles.iter().any(|role| matches!(role, Role::GradParameter(_))) {
        uncovered(&placer.graph, request.state)
    } else {
        Vec::new()
    };
    Plan {
        graph: placer.graph,
        steps,
        split,
        zones: placer.zones,
        places,
        scratch: placer.scratch_places,
        zero_grads,
    }
}

fn outputs_of(item: &Scheduled) -> Vec<Value> {
    match item {
        Scheduled::Node(node) | Scheduled::Repeat { node, .. } => node.outputs.clone(),
        Scheduled::Fused(fused) => fused.stores.iter().map(|store| store.value).collect(),
    }
}

/// A size, in elements of the arena, as a whole number times what is known at run time only.
fn split_size(ty: &TensorType) -> (usize, Option<Size>) {
    let mut coefficient = ty.element.words();
    let mut factor: Option<Size> = None;
    for size in &ty.shape {
        let (literal, rest) = size.split_coefficient();
        coefficient = usize::saturating_mul(coefficient, usize::try_from(literal).unwrap_or(0));
        if let Some(rest) = rest {
            factor = Some(factor.map_or(rest.clone(), |known| known.mul(&rest)));
        }
    }
    (coefficient, factor)
}

impl Placer<'_> {
    /// Decides which results are computed where they have to end up. The others are copied there: returned with the
    /// half at whose end that happens.
    fn pin_results(
        &mut self,
        schedule: &[Schedule; 2],
        in_second: &HashSet<Value>,
        in_halves: bool,
    ) -> Vec<(usize, Copy)> {
        let mut makers: HashMap<Value, bool> = HashMap::new();
        let mut read_in_second: HashSet<Value> = HashSet::new();
        for (half, items) in schedule.iter().enumerate() {
            for item in items {
                let (inputs, is_leaf, is_loop) = match item {
                    Scheduled::Node(node) => {
                        let is_leaf = matches!(node.op, Op::Input(_) | Op::Parameter(_) | Op::Reshape(_));
                        (node.inputs.clone(), is_leaf, false)
                    }
                    Scheduled::Repeat { node, .. } => {
                        (node.inputs.iter().copied().chain(super::captures(node)).collect(), false, true)
                    }
                    Scheduled::Fused(fused) => {
                        (fused.loads.iter().map(|load| load.value).collect(), false, false)
                    }
                };
                if !is_leaf {
                    makers.extend(outputs_of(item).into_iter().map(|value| (value, is_loop)));
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
            // A stack spread over the state can only be written element by element, by the loop that makes it.
            let shape_fits = place.stacks.is_empty() || (base == value && makers.get(&base) == Some(&true));
            let same_half = !in_halves || usize::from(in_second.contains(&base)) == half;
            let leaves_early = in_halves && half == 0 && read_in_second.contains(&base);
            let is_carried = is_carried(schedule, base);
            let free = makers.contains_key(&base) && !self.fixed.contains_key(&base) && !is_carried;
            if free && shape_fits && same_half && !leaves_early {
                self.fixed.insert(base, place);
            } else {
                copies.push((half, Copy { from: value, to: Target::Place(place), accumulate: false }));
            }
        }
        copies
    }

    fn result_place(&self, role: &Role) -> Place {
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

    /// Turns scheduled items into steps and notes when each value is made and used.
    fn steps(&mut self, items: Schedule) -> Vec<Step> {
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
            }
        }
        steps
    }

    fn node(&mut self, node: Node) -> Option<Step> {
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

    fn repeat(&mut self, node: &Node, repeat: &crate::ops::repeat::Repeat, body: Schedule) -> Step {
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
            count: repeat.count,
            reverse: repeat.reverse,
            zeroed: node.outputs[stacked..].to_vec(),
            before,
            steps,
            after,
            value: node.outputs[0],
        }))
    }

    fn define(&mut self, value: Value) {
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
    fn base(&self, mut value: Value) -> Value {
        loop {
            match &self.sources[&value] {
                Source::Own => return value,
                Source::Alias(inner) | Source::Element { stack: inner, .. } => value = *inner,
            }
        }
    }

    /// Notes that a value is used now; inside loops that its memory outlives, until they end.
    fn use_value(&mut self, value: Value) {
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

    /// Lets stores of fused loops take over the memory of a load that is not needed afterwards.
    fn choose_in_place(&mut self, steps: &mut [Step]) {
        let mut time = 0;
        self.walk_in_place(steps, &mut time);
    }

    fn walk_in_place(&mut self, steps: &mut [Step], time: &mut usize) {
        for step in steps {
            match step {
                Step::Fused(fused) => {
                    self.take_over(fused, *time);
                    *time += 1;
                }
                Step::Kernel(_) | Step::Copy(_) => *time += 1,
                Step::Repeat(repeat) => {
                    *time += 1;
                    self.walk_in_place(&mut repeat.steps, time);
                    *time += 1;
                }
            }
        }
    }

    fn take_over(&mut self, fused: &mut FusedLoop, time: usize) {
        for store in 0..fused.stores.len() {
            let target = fused.stores[store].value;
            let full = |present: &[bool]| {
                present.iter().zip(&fused.space).all(|(&present, size)| present || size.is_one())
            };
            let is_plain = self.lifetimes.get(&target).is_some_and(|l| l.first == time)
                && full(&fused.stores[store].present);
            if !is_plain || fused.stores[store].reduce.is_some() {
                continue;
            }
            let taken = |index: usize| fused.stores.iter().any(|store| store.in_place == Some(index));
            let candidate = fused.loads.iter().enumerate().position(|(index, load)| {
                let base = self.base(load.value);
                let dies_here = self.lifetimes.get(&base).is_some_and(|lifetime| {
                    self.last_use(lifetime) == time
                        && lifetime.first < time
                        && split_size(self.graph.ty(base)) == split_size(self.graph.ty(target))
                });
                let shared = fused.loads.iter().filter(|other| self.base(other.value) == base).count() > 1;
                dies_here
                    && !shared
                    && full(&load.present)
                    && !taken(index)
                    && matches!(self.sources[&load.value], Source::Own | Source::Alias(_))
            });
            let Some(index) = candidate else { continue };
            let base = self.base(fused.loads[index].value);
            let lifetime = self.lifetimes.remove(&target).expect("checked above");
            let last = self.last_use(&lifetime);
            let merged = self.lifetimes.get_mut(&base).expect("checked above");
            merged.last = last;
            self.sources.insert(target, Source::Alias(fused.loads[index].value));
            fused.stores[store].in_place = Some(index);
        }
    }

    /// The last moment at which memory is needed, loops that use it from outside included.
    fn last_use(&self, lifetime: &Lifetime) -> usize {
        let ends = lifetime.used_by_loops.iter().map(|&id| self.loops[id].1);
        ends.max().unwrap_or(0).max(lifetime.last)
    }

    /// Packs memory by live range: large ones first, each at the lowest offset that is free while it lives.
    fn pack(&mut self) {
        let mut wanted: Vec<Wanted> = Vec::new();
        for lifetime in self.lifetimes.values() {
            let (size, factor) = split_size(self.graph.ty(lifetime.value));
            let (value, first, last) = (lifetime.value, lifetime.first, self.last_use(lifetime));
            wanted.push(Wanted { value, is_scratch: false, size, factor, first, last });
        }
        for &(value, time) in &self.scratch {
            let (size, factor) = split_size(self.graph.ty(value));
            wanted.push(Wanted {
                value,
                is_scratch: true,
                size: size * MAX_PARTS,
                factor,
                first: time,
                last: time,
            });
        }
        wanted.sort_by_key(|w| (std::cmp::Reverse(w.size), w.first, w.value, w.is_scratch));
        let mut packed: BTreeMap<usize, Vec<(usize, usize, usize, usize)>> = BTreeMap::new();
        for Wanted { value, is_scratch, size, factor, first, last } in wanted {
            let size = size.next_multiple_of(ALIGN);
            let zone = self.zones.iter().position(|zone| zone.factor == factor).unwrap_or_else(|| {
                self.zones.push(Zone { factor: factor.clone(), len: 0 });
                self.zones.len() - 1
            });
            let others = packed.entry(zone).or_default();
            let mut busy: Vec<(usize, usize)> = others
                .iter()
                .filter(|(_, _, from, to)| *from <= last && first <= *to)
                .map(|&(start, len, _, _)| (start, len))
                .collect();
            busy.sort_unstable();
            let mut offset = 0;
            for (start, len) in busy {
                if offset + size <= start {
                    break;
                }
                offset = offset.max(start + len);
            }
            others.push((offset, size, first, last));
            self.zones[zone].len = self.zones[zone].len.max(offset + size);
            let place =
                Place { memory: Memory::Arena(zone), offset, iterations: Vec::new(), stacks: Vec::new() };
            let places = if is_scratch { &mut self.scratch_places } else { &mut self.fixed };
            places.insert(value, place);
        }
    }

    /// Resolves every value to its place.
    fn all_places(&self) -> HashMap<Value, Place> {
        let mut places = HashMap::new();
        for &value in self.sources.keys() {
            if let Some(place) = self.place(value) {
                places.insert(value, place);
            }
        }
        places
    }

    /// Resolves where copies go.
    fn resolve_targets(&self, steps: &mut [Step], places: &HashMap<Value, Place>) {
        let resolve = |copy: &mut Copy| {
            copy.to = Target::Place(match &copy.to {
                Target::Place(place) => place.clone(),
                Target::Value(value) => places[value].clone(),
                Target::Element { stack, repeat } => self.element(places[stack].clone(), *stack, *repeat),
            });
        };
        for step in steps {
            match step {
                Step::Kernel(_) | Step::Fused(_) => {}
                Step::Copy(copy) => resolve(copy),
                Step::Repeat(repeat) => {
                    repeat.before.iter_mut().chain(&mut repeat.after).for_each(resolve);
                    self.resolve_targets(&mut repeat.steps, places);
                }
            }
        }
    }

    fn place(&self, value: Value) -> Option<Place> {
        match &self.sources[&value] {
            Source::Own => self.fixed.get(&value).cloned(),
            Source::Alias(inner) => self.place(*inner),
            Source::Element { stack, repeat } => Some(self.element(self.place(*stack)?, *stack, *repeat)),
        }
    }

    /// The place of the element of a stack that an iteration sees.
    fn element(&self, mut place: Place, stack: Value, repeat: usize) -> Place {
        let stride = if place.stacks.is_empty() {
            // Contiguous: an element is as long as its type says.
            let mut ty = self.graph.ty(stack).clone();
            ty.shape.remove(0);
            split_size(&ty).0
        } else {
            place.stacks.remove(0)
        };
        place.iterations.push((repeat, stride));
        place
    }
}

/// Whether a value is carried through a loop: it lies in memory that the loop itself needs.
fn is_carried(schedule: &[Schedule; 2], value: Value) -> bool {
    schedule.iter().flatten().any(|item| match item {
        Scheduled::Repeat { node, repeat, .. } => node
            .outputs
            .iter()
            .position(|&output| output == value)
            .is_some_and(|index| index < repeat.num_carried),
        Scheduled::Node(_) | Scheduled::Fused(_) => false,
    })
}

/// Whether an item only names memory.
fn is_name(item: &Scheduled) -> bool {
    matches!(item, Scheduled::Node(node) if matches!(node.op, Op::Input(_) | Op::Parameter(_) | Op::Reshape(_)))
}

/// Whether partial results of the parts of a loop have to be combined: the outermost axis is reduced.
pub(super) fn needs_scratch(fused: &FusedLoop, present: &[bool]) -> bool {
    let outermost = fused.space.iter().position(|size| !size.is_one());
    outermost.is_some_and(|axis| !present[axis])
}

/// Where buffers begin in the state.
pub fn buffers_start(state: &[StateTensor]) -> usize {
    state
        .iter()
        .filter(|tensor| tensor.kind != crate::program::StateKind::Buffer)
        .map(|tensor| tensor.offset + tensor.numel().next_multiple_of(ALIGN))
        .max()
        .unwrap_or(0)
}

/// Distances between the elements of nested stacks, outermost first.
fn stack_strides(state: &[StateTensor], reference: &StateRef) -> Vec<usize> {
    reference
        .stacks
        .iter()
        .map(|&(_, step)| state[reference.tensor + step].offset - state[reference.tensor].offset)
        .collect()
}
