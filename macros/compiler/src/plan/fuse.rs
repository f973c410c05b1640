//! Fusion: element-wise nodes and reductions over the same space become one loop.

use super::captures;
use crate::graph::scalar::Scalar;
use crate::graph::{Block, Graph, Node, Size, Value, inline_scalar};
use crate::ops::{Op, reduce::ReduceKind};
use crate::ops::{if_else::IfElse, repeat::Repeat};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Operands of one loop: more would not stay in registers.
const MAX_OPERANDS: usize = 14;

/// A step before memory is assigned.
pub(crate) enum Scheduled {
    /// A kernel call, or a node that is only a name for other memory.
    Node(Node),
    /// A fused loop.
    Fused(FusedLoop),
    /// A loop over a stack, its body scheduled.
    Repeat { node: Node, repeat: Repeat, body: Vec<Scheduled> },
    /// A decision, its branches scheduled.
    IfElse { node: Node, choice: IfElse, branches: [Vec<Scheduled>; 2] },
}

/// An operand that is read.
#[derive(Clone, Debug)]
pub struct Load {
    /// Which value.
    pub value: Value,
    /// For each axis of the space: whether the operand extends along it.
    pub present: Vec<bool>,
}

/// A value that is written.
#[derive(Clone, Debug)]
pub struct Store {
    /// Which value.
    pub value: Value,
    /// What is stored: a load below the number of loads, else a statement.
    pub source: usize,
    /// For each axis of the space: whether the value extends along it.
    pub present: Vec<bool>,
    /// How elements are combined along the other axes.
    pub reduce: Option<ReduceKind>,
    /// The load whose memory it takes over.
    pub in_place: Option<usize>,
}

/// A loop over a space: loads, then statements per element, then stores.
#[derive(Clone, Debug)]
pub struct FusedLoop {
    /// Sizes of the axes.
    pub space: Vec<Size>,
    /// What is read.
    pub loads: Vec<Load>,
    /// Statement `k` may use the loads and the statements before it: operand `i` is load `i`, or statement
    /// `i - loads.len()`.
    pub statements: Vec<Scalar>,
    /// A value whose origin each statement has.
    pub origins: Vec<Value>,
    /// What is written.
    pub stores: Vec<Store>,
}

/// The space over which a node runs, if it can be part of a loop.
fn space_of(graph: &Graph, node: &Node) -> Option<Vec<Size>> {
    match &node.op {
        // Loops compute in `f32`; elements of other types are copied.
        Op::Expand(_) if graph.ty(node.outputs[0]).element.is_held() => None,
        Op::Map(_) | Op::Expand(_) | Op::Constant(_) => Some(graph.ty(node.outputs[0]).shape.clone()),
        Op::Reduce(_) => Some(graph.ty(node.inputs[0]).shape.clone()),
        _ => None,
    }
}

/// Clusters of nodes while they form.
struct Clusters<'a> {
    /// Whether nodes may share a loop.
    fuses: bool,
    graph: &'a Graph,
    nodes: &'a [&'a Node],
    /// Nodes of each cluster.
    members: Vec<Vec<usize>>,
    /// Cluster of each node.
    cluster_by_node: Vec<usize>,
    /// Node that makes each value.
    maker: HashMap<Value, usize>,
    /// Nodes placed so far that can be part of a loop, by what they read.
    readers: HashMap<Value, Vec<usize>>,
    spaces: Vec<Option<Vec<Size>>>,
    /// For each node that has an effect, the one before it: they run in the order of the program.
    previous_effect: HashMap<usize, usize>,
}

/// Orders the nodes of a block and, unless it is told not to, fuses what can be fused. `wanted` are values needed by
/// others.
pub(crate) fn schedule(
    graph: &Graph,
    nodes: &[&Node],
    wanted: &HashSet<Value>,
    fuses: bool,
) -> Vec<Scheduled> {
    let mut clusters = Clusters {
        fuses,
        graph,
        nodes,
        members: Vec::new(),
        cluster_by_node: Vec::new(),
        maker: HashMap::new(),
        readers: HashMap::new(),
        spaces: nodes.iter().map(|node| space_of(graph, node)).collect(),
        previous_effect: HashMap::new(),
    };
    let effects: Vec<usize> = (0..nodes.len()).filter(|&index| nodes[index].has_effect()).collect();
    clusters.previous_effect.extend(effects.windows(2).map(|pair| (pair[1], pair[0])));
    for index in 0..nodes.len() {
        clusters.place(index);
        for &output in &nodes[index].outputs {
            clusters.maker.insert(output, index);
        }
    }
    let uses = count_uses(nodes, wanted);
    clusters.order().into_iter().filter_map(|cluster| clusters.emit(cluster, &uses)).collect()
}

/// Nodes that use each value; `usize::MAX` stands for the outside.
fn count_uses(nodes: &[&Node], wanted: &HashSet<Value>) -> HashMap<Value, Vec<usize>> {
    let mut uses: HashMap<Value, Vec<usize>> = HashMap::new();
    for (index, node) in nodes.iter().enumerate() {
        for value in node.inputs.iter().copied().chain(captures(node)) {
            uses.entry(value).or_default().push(index);
        }
    }
    for &value in wanted {
        uses.entry(value).or_default().push(usize::MAX);
    }
    uses
}

impl Clusters<'_> {
    /// Nodes of this block that a node depends on.
    fn predecessors(&self, index: usize) -> impl Iterator<Item = usize> {
        let node = self.nodes[index];
        let operands = node.inputs.iter().copied().chain(captures(node));
        operands
            .filter_map(|value| self.maker.get(&value).copied())
            .chain(self.previous_effect.get(&index).copied())
    }

    /// Puts a node in the cluster of an operand, in one that reads the same operands, or in one of its own.
    fn place(&mut self, index: usize) {
        let mut candidates: Vec<usize> = Vec::new();
        if self.spaces[index].is_some() {
            for maker in self.predecessors(index) {
                candidates.push(self.cluster_by_node[maker]);
            }
            // Loops that read the same values: two reductions of one tensor take one pass.
            let inputs = self.nodes[index].inputs.iter();
            let readers: BTreeSet<usize> =
                inputs.filter_map(|value| self.readers.get(value)).flatten().copied().collect();
            candidates.extend(readers.into_iter().map(|other| self.cluster_by_node[other]));
            for &value in &self.nodes[index].inputs {
                self.readers.entry(value).or_default().push(index);
            }
        }
        let chosen = candidates.into_iter().find(|&cluster| self.may_join(index, cluster));
        match chosen {
            Some(cluster) => {
                self.members[cluster].push(index);
                self.cluster_by_node.push(cluster);
            }
            None => {
                self.members.push(vec![index]);
                self.cluster_by_node.push(self.members.len() - 1);
            }
        }
    }

    fn may_join(&self, index: usize, cluster: usize) -> bool {
        let first = self.members[cluster][0];
        if !self.fuses || self.spaces[first].is_none() || self.spaces[first] != self.spaces[index] {
            return false;
        }
        if inline_scalar(&self.nodes[index].op, &self.nodes[index].inputs).is_some() {
            return false;
        }
        // A reduction is complete only when its loop has ended.
        let uses_reduction = self.predecessors(index).any(|maker| {
            self.cluster_by_node[maker] == cluster && matches!(self.nodes[maker].op, Op::Reduce(_))
        });
        if uses_reduction || self.num_operands(cluster, index) > MAX_OPERANDS {
            return false;
        }
        // Nothing outside the cluster may stand between it and the node.
        let mut pending: Vec<usize> = self
            .predecessors(index)
            .map(|maker| self.cluster_by_node[maker])
            .filter(|&c| c != cluster)
            .collect();
        let mut seen: HashSet<usize> = pending.iter().copied().collect();
        while let Some(current) = pending.pop() {
            for &member in &self.members[current] {
                for maker in self.predecessors(member) {
                    let before = self.cluster_by_node[maker];
                    if before == cluster {
                        return false;
                    }
                    if seen.insert(before) {
                        pending.push(before);
                    }
                }
            }
        }
        true
    }

    /// Values that the cluster would read and write with one more node.
    fn num_operands(&self, cluster: usize, extra: usize) -> usize {
        let members = &self.members[cluster];
        let mut values: HashSet<Value> = HashSet::new();
        for &member in members.iter().chain([&extra]) {
            values.extend(self.nodes[member].inputs.iter().filter(|value| {
                self.maker.get(value).is_none_or(|&maker| self.cluster_by_node[maker] != cluster)
            }));
        }
        values.len()
            + members.iter().filter(|&&member| matches!(self.nodes[member].op, Op::Reduce(_))).count()
    }

    /// Clusters in an order in which they can run, close to that of the program.
    fn order(&self) -> Vec<usize> {
        let count = self.members.len();
        let mut after: Vec<HashSet<usize>> = vec![HashSet::new(); count];
        let mut blocked = vec![0; count];
        for index in 0..self.nodes.len() {
            let cluster = self.cluster_by_node[index];
            for maker in self.predecessors(index) {
                let before = self.cluster_by_node[maker];
                if before != cluster && after[before].insert(cluster) {
                    blocked[cluster] += 1;
                }
            }
        }
        let key = |cluster: usize| *self.members[cluster].last().expect("a cluster has members");
        let mut ready: BTreeSet<(usize, usize)> = (0..count)
            .filter(|&cluster| blocked[cluster] == 0)
            .map(|cluster| (key(cluster), cluster))
            .collect();
        let mut order = Vec::with_capacity(count);
        while let Some((_, cluster)) = ready.pop_first() {
            order.push(cluster);
            for &next in &after[cluster] {
                blocked[next] -= 1;
                if blocked[next] == 0 {
                    ready.insert((key(next), next));
                }
            }
        }
        assert_eq!(order.len(), count, "fusion keeps the graph free of cycles");
        order
    }

    fn emit(&self, cluster: usize, uses: &HashMap<Value, Vec<usize>>) -> Option<Scheduled> {
        let members = &self.members[cluster];
        let first = self.nodes[members[0]];
        if self.spaces[members[0]].is_some() {
            // A scalar that is written into every expression needs memory only where something else reads it.
            if inline_scalar(&first.op, &first.inputs).is_some() {
                let is_loop = |index: &usize| *index != usize::MAX && self.spaces[*index].is_some();
                if uses.get(&first.outputs[0]).is_none_or(|users| users.iter().all(is_loop)) {
                    return None;
                }
            }
            return Some(Scheduled::Fused(self.build_loop(members, cluster, uses)));
        }
        if let Op::Repeat(repeat) = &first.op {
            let body = self.schedule_body(&repeat.body);
            return Some(Scheduled::Repeat { node: first.clone(), repeat: repeat.clone(), body });
        }
        if let Op::IfElse(choice) = &first.op {
            let branches = [0, 1].map(|index| self.schedule_body(&choice.branches[index]));
            return Some(Scheduled::IfElse { node: first.clone(), choice: choice.clone(), branches });
        }
        Some(Scheduled::Node(first.clone()))
    }

    fn schedule_body(&self, body: &Block) -> Vec<Scheduled> {
        let nodes: Vec<&Node> = body.nodes.iter().collect();
        schedule(self.graph, &nodes, &body.results.iter().copied().collect(), self.fuses)
    }

    fn build_loop(&self, members: &[usize], cluster: usize, uses: &HashMap<Value, Vec<usize>>) -> FusedLoop {
        let space = self.spaces[members[0]].clone().expect("a loop's nodes have a space");
        let mut building = Building {
            graph: self.graph,
            maker: &self.maker,
            nodes: self.nodes,
            result: FusedLoop {
                space,
                loads: Vec::new(),
                statements: Vec::new(),
                origins: Vec::new(),
                stores: Vec::new(),
            },
            known: HashMap::new(),
        };
        // Loads come first, so that statements can be numbered after them.
        for &member in members {
            for &value in &self.nodes[member].inputs {
                let inside =
                    self.maker.get(&value).is_some_and(|&maker| self.cluster_by_node[maker] == cluster);
                if !inside {
                    building.load(value);
                }
            }
        }
        for &member in members {
            let output = self.nodes[member].outputs[0];
            let outside = |&user: &usize| user == usize::MAX || self.cluster_by_node[user] != cluster;
            let is_wanted = uses.get(&output).is_some_and(|users| users.iter().any(outside));
            building.member(self.nodes[member], is_wanted);
        }
        building.result
    }
}

/// A loop while it is put together.
struct Building<'a> {
    graph: &'a Graph,
    maker: &'a HashMap<Value, usize>,
    nodes: &'a [&'a Node],
    result: FusedLoop,
    /// Operand number of each value.
    known: HashMap<Value, usize>,
}

impl Building<'_> {
    fn inline(&self, value: Value) -> Option<Scalar> {
        let node = self.nodes[*self.maker.get(&value)?];
        inline_scalar(&node.op, &node.inputs)
    }

    fn load(&mut self, value: Value) {
        if self.known.contains_key(&value) || self.inline(value).is_some() {
            return;
        }
        let space = &self.result.space;
        let shape = &self.graph.ty(value).shape;
        let added = space.len() - shape.len();
        let present = (0..space.len()).map(|axis| axis >= added && !shape[axis - added].is_one()).collect();
        self.known.insert(value, self.result.loads.len());
        self.result.loads.push(Load { value, present });
    }

    fn operand(&self, value: Value) -> Scalar {
        match self.known.get(&value) {
            Some(&index) => Scalar::Arg(index),
            None => self.inline(value).expect("a value is loaded, computed or written into expressions"),
        }
    }

    fn statement(&mut self, expression: Scalar, value: Value) -> usize {
        if let Scalar::Arg(index) = expression {
            return index;
        }
        self.result.statements.push(expression);
        self.result.origins.push(value);
        self.result.loads.len() + self.result.statements.len() - 1
    }

    fn member(&mut self, node: &Node, is_wanted: bool) {
        let output = node.outputs[0];
        let space = self.result.space.clone();
        let (source, reduce) = match &node.op {
            Op::Map(map) => {
                let operands: Vec<Scalar> = node.inputs.iter().map(|&value| self.operand(value)).collect();
                let expression = map.expression.substitute(&|index| operands[index].clone());
                (self.statement(expression, output), None)
            }
            Op::Expand(_) => {
                let operand = self.operand(node.inputs[0]);
                (self.statement(operand, output), None)
            }
            Op::Constant(constant) => (self.statement(Scalar::Const(constant.0), output), None),
            Op::Reduce(reduce) => {
                let operand = self.operand(node.inputs[0]);
                (self.statement(operand, output), Some((reduce.kind, reduce.axes.clone())))
            }
            other => unreachable!("{other:?} is not part of a loop"),
        };
        if reduce.is_none() {
            self.known.insert(output, source);
        }
        if is_wanted {
            let present = (0..space.len())
                .map(|axis| {
                    let reduced = reduce.as_ref().is_some_and(|(_, axes)| axes.contains(&axis));
                    !reduced && !space[axis].is_one()
                })
                .collect();
            let kind = reduce.map(|(kind, _)| kind);
            self.result.stores.push(Store { value: output, source, present, reduce: kind, in_place: None });
        }
    }
}
