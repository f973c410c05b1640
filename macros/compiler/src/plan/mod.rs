//! Planning: a graph becomes a sequence of steps with a place in memory for every value.
//!
//! Element-wise chains fuse into loops with their reductions; every value gets its offset in the arena, packed by
//! live range, or is computed where it has to end up.

mod fuse;
mod places;
mod text;
mod verify;

pub use fuse::{FusedLoop, Load, Store};
pub use places::{Memory, Place, Zone, buffers_start, size_in_memory};
pub use verify::verify_plan;

use crate::graph::scalar::arg;
use crate::graph::{Block, Graph, Node, Role, Size, Value};
use crate::ops::{Op, Operation, expand::Expand, map::Map};
use crate::program::StateTensor;
use fuse::Scheduled;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Elements to which offsets are rounded: a cache line of `f32`s.
pub const ALIGN: usize = 16;

/// Most parts into which the runtime cuts a loop: partial sums need as much scratch.
pub const MAX_PARTS: usize = 16;

/// A function ready to be emitted.
#[derive(Clone)]
pub struct Plan {
    /// What it computes; types and origins of the values.
    pub graph: Graph,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// The first step of the second half, for functions that are called in two.
    pub split: Option<usize>,
    /// Memory of the arena.
    pub zones: Vec<Zone>,
    /// Where each value lies.
    pub places: HashMap<Value, Place>,
    /// Scratch for the partial results of stores.
    pub scratch: HashMap<Value, Place>,
    /// Parts of the gradients that nothing writes: they are zero.
    pub zero_grads: Vec<Range<usize>>,
}

/// Something that is done.
#[derive(Clone)]
pub enum Step {
    /// A kernel of the runtime.
    Kernel(Node),
    /// A fused loop.
    Fused(FusedLoop),
    /// A value is copied to where it has to end up.
    Copy(Copy),
    /// A loop.
    Repeat(Box<RepeatStep>),
    /// A decision.
    IfElse(Box<IfElseStep>),
}

/// A copy of a value.
#[derive(Clone, Debug)]
pub struct Copy {
    /// What.
    pub from: Value,
    /// Where to; a place once memory is assigned.
    pub to: Target,
    /// Whether it is added to what is there.
    pub accumulate: bool,
}

/// Where a copy goes.
#[derive(Clone, Debug)]
pub enum Target {
    /// A place.
    Place(Place),
    /// The memory of a value.
    Value(Value),
    /// The element of a stack that the iteration of a loop makes.
    Element {
        /// The stack.
        stack: Value,
        /// The loop.
        repeat: usize,
    },
}

impl Copy {
    /// Where it goes, in a finished plan.
    pub fn place(&self) -> &Place {
        match &self.to {
            Target::Place(place) => place,
            other => unreachable!("{other:?} was resolved when memory was assigned"),
        }
    }
}

/// A loop.
#[derive(Clone)]
pub struct RepeatStep {
    /// Its number: names the iteration.
    pub id: usize,
    /// How often.
    pub count: Size,
    /// Whether it goes on until it stops, whatever `count` says.
    pub is_unbounded: bool,
    /// The truth value of an iteration after which, if it is false, the others would change nothing.
    pub stops: Option<Value>,
    /// From the last to the first.
    pub reverse: bool,
    /// Places set to zero before: sums.
    pub zeroed: Vec<Value>,
    /// Done before: initial values of what is carried.
    pub before: Vec<Copy>,
    /// One iteration.
    pub steps: Vec<Step>,
    /// Done after each iteration: stacked values first, then sums, then what is carried.
    pub after: Vec<Copy>,
    /// A value of the loop, for its origin.
    pub value: Value,
}

/// A decision.
#[derive(Clone)]
pub struct IfElseStep {
    /// What decides.
    pub condition: Value,
    /// What is done if it is true, and if it is not: at the end, results are copied to where the step's are.
    pub branches: [Vec<Step>; 2],
    /// A value of the step, for its origin.
    pub value: Value,
}

/// What is planned for.
pub struct PlanRequest<'a> {
    /// The state, with offsets.
    pub state: &'a [StateTensor],
    /// Whether the function is called in two halves: what depends on the arguments from this one on is the second.
    pub second_half_inputs: Option<usize>,
    /// Whether every operation is a step of its own that leaves its operands as they are: for the trap, which looks at
    /// both.
    pub step_by_step: bool,
}

/// Plans a graph.
pub fn plan(mut graph: Graph, request: &PlanRequest<'_>) -> Plan {
    let mut body = std::mem::take(&mut graph.body);
    separate_carried(&mut graph, &mut body);
    graph.body = body;
    let second_half = find_second_half(&graph, request.second_half_inputs);
    let mut schedule = Vec::new();
    for half in [false, true] {
        let in_half = |node: &Node| second_half.contains(&node.outputs[0]) == half;
        let nodes: Vec<&Node> = graph.body.nodes.iter().filter(|node| in_half(node)).collect();
        let wanted_elsewhere: HashSet<Value> = graph
            .body
            .nodes
            .iter()
            .filter(|node| !in_half(node))
            .flat_map(|node| node.inputs.iter().copied().chain(captures(node)))
            .chain(graph.body.results.iter().copied())
            .collect();
        schedule.push(fuse::schedule(&graph, &nodes, &wanted_elsewhere, !request.step_by_step));
    }
    let second = schedule.pop().expect("two halves were scheduled");
    let first = schedule.pop().expect("two halves were scheduled");
    places::assign(graph, [first, second], request)
}

/// Gives memory of its own to what a loop carries on from another carried value, as in `(x, y) = (y, x)`: the next
/// values are copied one after the other, and the first copy would overwrite what the second one takes.
fn separate_carried(graph: &mut Graph, block: &mut Block) {
    for node in &mut block.nodes {
        for body in node.op.bodies_mut() {
            separate_carried(graph, body);
        }
        let Op::Repeat(repeat) = &mut node.op else { continue };
        for index in 0..repeat.num_carried {
            let result = repeat.body.results[index];
            let mut base = result;
            while let Some(inner) = repeat.body.nodes.iter().find_map(|node| match &node.op {
                Op::Reshape(_) if node.outputs[0] == base => Some(node.inputs[0]),
                _ => None,
            }) {
                base = inner;
            }
            let params = &repeat.body.params[..repeat.num_carried];
            if params.iter().position(|&param| param == base).is_none_or(|param| param == index) {
                continue;
            }
            let copied = Value(graph.values.len() as u32);
            graph.values.push(graph.values[result.index()].clone());
            let ty = graph.values[result.index()].ty.clone();
            // Elements of other types are moved, not computed with.
            let op = if ty.element.is_held() {
                Expand { shape: ty.shape }.into()
            } else {
                Map { expression: arg(0) }.into()
            };
            repeat.body.nodes.push(Node { op, inputs: vec![result], outputs: vec![copied] });
            repeat.body.results[index] = copied;
        }
    }
}

/// Values of outer blocks that the block inside a node uses.
fn captures(node: &Node) -> Vec<Value> {
    let mut found = Vec::new();
    for body in node.op.bodies() {
        body.for_each_capture(&mut |value| found.push(value));
    }
    found
}

/// Outputs of the nodes that depend on arguments of the second half.
fn find_second_half(graph: &Graph, first_input: Option<usize>) -> HashSet<Value> {
    let mut second = HashSet::new();
    let Some(first_input) = first_input else { return second };
    for node in &graph.body.nodes {
        let depends = match &node.op {
            Op::Input(input) => input.index >= first_input,
            _ => node.inputs.iter().copied().chain(captures(node)).any(|value| second.contains(&value)),
        };
        if depends {
            second.extend(node.outputs.iter().copied());
        }
    }
    second
}

/// Parts of the trainable state to which no gradient is written.
fn uncovered(graph: &Graph, state: &[StateTensor]) -> Vec<Range<usize>> {
    let mut covered: HashSet<usize> = HashSet::new();
    for role in &graph.roles {
        if let Role::GradParameter(reference) = role {
            covered.extend(reference.tensors());
        }
    }
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for (index, tensor) in state.iter().enumerate() {
        if tensor.kind != crate::program::StateKind::Trainable || covered.contains(&index) {
            continue;
        }
        let range = tensor.offset..tensor.offset + tensor.numel().next_multiple_of(ALIGN);
        match ranges.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => ranges.push(range),
        }
    }
    ranges
}

impl Plan {
    /// The schedule's halves.
    pub fn halves(&self) -> (&[Step], &[Step]) {
        self.steps.split_at(self.split.unwrap_or(self.steps.len()))
    }

    /// Every step, with those inside loops.
    pub fn for_each_step<'s>(&'s self, visit: &mut impl FnMut(&'s Step)) {
        fn walk<'s>(steps: &'s [Step], visit: &mut impl FnMut(&'s Step)) {
            for step in steps {
                visit(step);
                match step {
                    Step::Repeat(repeat) => walk(&repeat.steps, visit),
                    Step::IfElse(choice) => choice.branches.iter().for_each(|steps| walk(steps, visit)),
                    Step::Kernel(_) | Step::Fused(_) | Step::Copy(_) => {}
                }
            }
        }
        walk(&self.steps, visit);
    }
}

/// What the scheduler hands to the placer.
pub(crate) type Schedule = Vec<Scheduled>;
