//! Places: where every value lies in memory.

mod in_place;
mod pack;
mod results;
mod steps;

use super::fuse::{FusedLoop, Scheduled};
use super::{ALIGN, Plan, PlanRequest, Schedule, Step, uncovered};
use crate::graph::{Graph, Role, Size, StateRef, TensorType, Value};
use crate::program::StateTensor;
use std::collections::{HashMap, HashSet};

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

/// The place of a value: `offset · factor + Σ iteration · stride` in its memory, `factor` being that of its zone in the
/// arena and else 1.
#[derive(Clone, PartialEq, Debug)]
pub struct Place {
    /// The memory.
    pub memory: Memory,
    /// First element, in units of the zone's factor for the arena.
    pub offset: usize,
    /// Loops around it: number and distance between iterations, in elements of 4 bytes.
    pub iterations: Vec<(usize, Size)>,
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
    if !request.step_by_step {
        placer.choose_in_place(&mut steps);
    }
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
        Scheduled::Node(node) | Scheduled::Repeat { node, .. } | Scheduled::IfElse { node, .. } => {
            node.outputs.clone()
        }
        Scheduled::Fused(fused) => fused.stores.iter().map(|store| store.value).collect(),
    }
}

/// Elements of 4 bytes that a tensor takes.
pub fn size_in_memory(ty: &TensorType) -> Size {
    ty.numel().mul(&(ty.element.words() as i64).into())
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
