//! Clean-up of graphs: common subexpressions, dead code, and rewrites that make shapes and transposes free.

use crate::graph::{Block, Builder, Graph, Node, Role, Value};
use crate::ops::{
    Op, Operation, checkpoint::Checkpoint, custom_grad::CustomGrad, if_else::IfElse, matmul::Matmul,
    permute::Permute, repeat::Repeat, reshape::Reshape,
};
use std::collections::{HashMap, HashSet};

/// Cleans up a graph that will not be differentiated any more.
pub fn optimise(graph: &Graph) -> Graph {
    rounds(graph, true)
}

/// Cleans up a graph before it is differentiated: what is not there needs no gradient, and what a loop computes once
/// for all iterations is not kept for each.
pub fn simplify(graph: &Graph) -> Graph {
    rounds(graph, false)
}

/// Rewrites until nothing changes, then drops what no result needs.
fn rounds(graph: &Graph, is_final: bool) -> Graph {
    let mut graph = eliminate_dead_code(graph);
    // Each round sees what the last one uncovered; a few are enough for every chain met in practice, and stopping
    // early is never wrong.
    const MAX_ROUNDS: usize = 4;
    for _ in 0..MAX_ROUNDS {
        let before = cost(&graph.body, 1);
        graph = eliminate_dead_code(&rewrite(&graph, is_final));
        if cost(&graph.body, 1) == before {
            break;
        }
    }
    graph
}

/// What rounds make smaller: the number of nodes, those in blocks counted more.
fn cost(block: &Block, weight: usize) -> usize {
    let inside = |node: &Node| node.op.bodies().into_iter().map(|body| cost(body, weight + 1)).sum::<usize>();
    block.nodes.iter().map(|node| weight + inside(node)).sum()
}

/// A copy of the graph without the nodes that no result depends on.
pub fn eliminate_dead_code(graph: &Graph) -> Graph {
    let mut graph = graph.clone();
    let mut live: HashSet<Value> = graph.body.results.iter().copied().collect();
    sweep(&mut graph.body, &mut live);
    graph
}

fn sweep(block: &mut Block, live: &mut HashSet<Value>) {
    let mut kept = Vec::with_capacity(block.nodes.len());
    for mut node in std::mem::take(&mut block.nodes).into_iter().rev() {
        let has_effect = node.has_effect();
        if !has_effect && !node.outputs.iter().any(|output| live.contains(output)) {
            continue;
        }
        if has_effect && !node.op.bodies().is_empty() {
            // A node has at least one result.
            live.extend(node.outputs.first());
        }
        if let Op::Repeat(repeat) = &mut node.op {
            sweep_loop(repeat, &mut node.inputs, &mut node.outputs, live);
        }
        if let Op::IfElse(choice) = &mut node.op {
            sweep_branches(choice, &mut node.outputs, live);
        }
        if let Op::Checkpoint(checkpoint) = &mut node.op {
            sweep_checkpoint(checkpoint, &mut node.outputs, live);
        }
        live.extend(&node.inputs);
        kept.push(node);
    }
    kept.reverse();
    block.nodes = kept;
}

/// Drops results of a loop that nobody uses, then carried values and parameters that what is left does not need.
fn sweep_loop(
    repeat: &mut Repeat,
    inputs: &mut Vec<Value>,
    outputs: &mut Vec<Value>,
    live: &mut HashSet<Value>,
) {
    for index in (repeat.num_carried..outputs.len()).rev() {
        if !live.contains(&outputs[index]) {
            outputs.remove(index);
            repeat.outputs.remove(index);
            repeat.body.results.remove(index);
            if index < repeat.num_carried + repeat.num_stacked {
                repeat.num_stacked -= 1;
            } else {
                repeat.num_sums -= 1;
            }
        }
    }
    for index in unneeded_carried(repeat, outputs, live).into_iter().rev() {
        for values in [&mut *inputs, &mut *outputs, &mut repeat.body.params, &mut repeat.body.results] {
            values.remove(index);
        }
        repeat.outputs.remove(index);
        repeat.num_carried -= 1;
    }
    live.extend(&repeat.body.results);
    sweep(&mut repeat.body, live);
    for index in (repeat.num_carried..inputs.len()).rev() {
        if !live.contains(&repeat.body.params[index]) {
            inputs.remove(index);
            repeat.body.params.remove(index);
        }
    }
}

/// Drops results of a condition that nobody uses.
fn sweep_branches(choice: &mut IfElse, outputs: &mut Vec<Value>, live: &mut HashSet<Value>) {
    for index in (0..outputs.len()).rev() {
        if !live.contains(&outputs[index]) {
            outputs.remove(index);
            choice.outputs.remove(index);
            for branch in &mut choice.branches {
                branch.results.remove(index);
            }
        }
    }
    for branch in &mut choice.branches {
        live.extend(&branch.results);
        sweep(branch, live);
    }
}

/// Drops results of a checkpoint that nobody uses.
fn sweep_checkpoint(checkpoint: &mut Checkpoint, outputs: &mut Vec<Value>, live: &mut HashSet<Value>) {
    for index in (0..outputs.len()).rev() {
        if !live.contains(&outputs[index]) {
            outputs.remove(index);
            checkpoint.outputs.remove(index);
            checkpoint.body.results.remove(index);
        }
    }
    live.extend(&checkpoint.body.results);
    sweep(&mut checkpoint.body, live);
}

/// Indices of the carried values that only their own next values depend on, and no result that is used.
fn unneeded_carried(repeat: &Repeat, outputs: &[Value], live: &HashSet<Value>) -> Vec<usize> {
    let mut unneeded: Vec<usize> =
        (0..repeat.num_carried).filter(|&index| !live.contains(&outputs[index])).collect();
    while !unneeded.is_empty() {
        let mut body = repeat.body.clone();
        let kept = (0..body.results.len()).filter(|index| !unneeded.contains(index));
        let mut inside: HashSet<Value> = kept.map(|index| body.results[index]).collect();
        sweep(&mut body, &mut inside);
        let before = unneeded.len();
        unneeded.retain(|&index| !inside.contains(&repeat.body.params[index]));
        if unneeded.len() == before {
            break;
        }
    }
    unneeded
}

/// Nodes already built in a block.
type Known = HashMap<(Op, Vec<Value>), Vec<Value>>;

/// Rebuilds the graph: equal nodes become one, each node is simplified as it is added.
fn rewrite(graph: &Graph, is_final: bool) -> Graph {
    let origin = graph.origin(*graph.body.results.first().expect("a function returns something")).clone();
    let mut rewriter = Rewriter {
        graph,
        builder: Builder::new(origin),
        renamed: HashMap::new(),
        is_final,
        blocks: vec![Open { is_loop: false, known: HashMap::new() }],
        depths: HashMap::new(),
        made_by: HashMap::new(),
        uses: HashMap::new(),
        old_uses: count_uses(graph),
    };
    rewriter.block(&graph.body);
    let results: Vec<(Role, Value)> = graph
        .roles
        .iter()
        .zip(&graph.body.results)
        .map(|(role, value)| (role.clone(), rewriter.renamed[value]))
        .collect();
    rewriter.builder.finish(results)
}

/// How often each value is an operand or a result, in all blocks.
fn count_uses(graph: &Graph) -> HashMap<Value, usize> {
    fn count(block: &Block, uses: &mut HashMap<Value, usize>) {
        for node in &block.nodes {
            node.op.bodies().into_iter().for_each(|body| count(body, uses));
            node.inputs.iter().for_each(|&value| *uses.entry(value).or_default() += 1);
        }
        block.results.iter().for_each(|&value| *uses.entry(value).or_default() += 1);
    }
    let mut uses = HashMap::new();
    count(&graph.body, &mut uses);
    uses
}

/// A block that is being rebuilt.
struct Open {
    /// Whether it is the body of a loop.
    is_loop: bool,
    known: Known,
}

struct Rewriter<'a> {
    graph: &'a Graph,
    builder: Builder,
    renamed: HashMap<Value, Value>,
    /// Whether no differentiation follows.
    is_final: bool,
    blocks: Vec<Open>,
    /// The depth of the block in which each new value is made, 0 being the root.
    depths: HashMap<Value, usize>,
    made_by: HashMap<Value, (Op, Vec<Value>)>,
    /// How often the new values stand for a used old one.
    uses: HashMap<Value, usize>,
    old_uses: HashMap<Value, usize>,
}

impl Rewriter<'_> {
    fn block(&mut self, block: &Block) {
        for node in &block.nodes {
            self.builder.origin = self.graph.origin(node.outputs[0]).clone();
            let inputs: Vec<Value> = node.inputs.iter().map(|value| self.renamed[value]).collect();
            let outputs = match &node.op {
                Op::Repeat(repeat) => self.repeat(repeat, &inputs),
                Op::IfElse(choice) => self.if_else(choice, &inputs),
                Op::Checkpoint(checkpoint) => self.checkpoint(checkpoint),
                Op::CustomGrad(custom) => self.custom_grad(custom, &inputs),
                op => self.simplified(op, inputs),
            };
            for &output in &outputs {
                self.depths.entry(output).or_insert(self.blocks.len() - 1);
            }
            for (&old, new) in node.outputs.iter().zip(outputs) {
                *self.uses.entry(new).or_default() += self.old_uses.get(&old).copied().unwrap_or(0);
                self.renamed.insert(old, new);
            }
        }
    }

    fn repeat(&mut self, repeat: &Repeat, inputs: &[Value]) -> Vec<Value> {
        let origin = self.builder.origin.clone();
        self.builder.open_block();
        self.blocks.push(Open { is_loop: true, known: HashMap::new() });
        for &param in &repeat.body.params {
            let ty = self.graph.ty(param).clone();
            self.builder.origin = self.graph.origin(param).clone();
            let new = self.builder.block_param(ty);
            self.depths.insert(new, self.blocks.len() - 1);
            self.renamed.insert(param, new);
        }
        self.block(&repeat.body);
        self.blocks.pop();
        let results = repeat.body.results.iter().map(|value| self.renamed[value]).collect();
        self.builder.origin = origin;
        let body = self.builder.close_block(results);
        let op = Repeat { body, ..repeat.clone() };
        self.builder.try_add(op.into(), inputs).expect("a rewritten loop keeps its types")
    }

    /// A checkpoint is there for differentiation; afterwards its nodes are like any others.
    fn checkpoint(&mut self, checkpoint: &Checkpoint) -> Vec<Value> {
        let results =
            |rewriter: &Self| checkpoint.body.results.iter().map(|value| rewriter.renamed[value]).collect();
        if self.is_final {
            self.block(&checkpoint.body);
            return results(self);
        }
        let origin = self.builder.origin.clone();
        self.builder.open_block();
        self.blocks.push(Open { is_loop: false, known: HashMap::new() });
        self.block(&checkpoint.body);
        self.blocks.pop();
        let results = results(self);
        self.builder.origin = origin;
        let body = self.builder.close_block(results);
        let op = Checkpoint { body, outputs: checkpoint.outputs.clone() };
        self.builder.try_add(op.into(), &[]).expect("a rewritten checkpoint keeps its types")
    }

    /// A function with a gradient of its own is, once that was taken, its nodes.
    fn custom_grad(&mut self, custom: &CustomGrad, inputs: &[Value]) -> Vec<Value> {
        if self.is_final {
            self.renamed.extend(custom.forward.params.iter().copied().zip(inputs.iter().copied()));
            self.block(&custom.forward);
            return custom.forward.results.iter().map(|value| self.renamed[value]).collect();
        }
        let origin = self.builder.origin.clone();
        let [forward, backward] = [&custom.forward, &custom.backward].map(|block| self.whole_block(block));
        self.builder.origin = origin;
        let op = CustomGrad { forward, backward, ..custom.clone() };
        self.builder.try_add(op.into(), inputs).expect("a rewritten function keeps its types")
    }

    /// A block of its own, with parameters.
    fn whole_block(&mut self, block: &Block) -> Block {
        self.builder.open_block();
        self.blocks.push(Open { is_loop: false, known: HashMap::new() });
        for &param in &block.params {
            let ty = self.graph.ty(param).clone();
            self.builder.origin = self.graph.origin(param).clone();
            let new = self.builder.block_param(ty);
            self.depths.insert(new, self.blocks.len() - 1);
            self.renamed.insert(param, new);
        }
        self.block(block);
        self.blocks.pop();
        let results = block.results.iter().map(|value| self.renamed[value]).collect();
        self.builder.close_block(results)
    }

    fn if_else(&mut self, choice: &IfElse, inputs: &[Value]) -> Vec<Value> {
        let origin = self.builder.origin.clone();
        let branches = [0, 1].map(|index| {
            self.builder.open_block();
            self.blocks.push(Open { is_loop: false, known: HashMap::new() });
            self.block(&choice.branches[index]);
            self.blocks.pop();
            let results = choice.branches[index].results.iter().map(|value| self.renamed[value]).collect();
            self.builder.close_block(results)
        });
        self.builder.origin = origin;
        let op = IfElse { branches, outputs: choice.outputs.clone() };
        self.builder.try_add(op.into(), inputs).expect("a rewritten condition keeps its types")
    }

    /// Adds the node, or finds that it exists, or that something simpler does.
    fn simplified(&mut self, op: &Op, inputs: Vec<Value>) -> Vec<Value> {
        let (op, inputs) = match self.simplify(op, inputs) {
            Simplified::Value(value) => return vec![value],
            Simplified::Node(op, inputs) => (op, inputs),
        };
        let key = (op, inputs);
        for open in self.blocks.iter().rev() {
            if let Some(outputs) = open.known.get(&key)
                && !key.0.has_effect()
            {
                return outputs.clone();
            }
        }
        let depth = self.depth_for(&key.0, &key.1);
        let inner = self.builder.suspend(depth + 1);
        let outputs = self
            .builder
            .try_add(key.0.clone(), &key.1)
            .expect("a rewritten node has operands of the same types");
        self.builder.restore(inner);
        self.depths.extend(outputs.iter().map(|&output| (output, depth)));
        self.made_by.insert(outputs[0], key.clone());
        self.blocks[depth].known.insert(key, outputs.clone());
        outputs
    }

    /// Where a node is added: outside the loops in which all its operands stay the same. What takes no time in a loop
    /// stays there, where it takes no memory either; so does what a decision may skip.
    fn depth_for(&self, op: &Op, inputs: &[Value]) -> usize {
        let here = self.blocks.len() - 1;
        let is_free =
            matches!(op, Op::Constant(_) | Op::Expand(_) | Op::Unset(_) | Op::Input(_) | Op::Parameter(_));
        if is_free || inputs.is_empty() || op.is_random() || op.has_effect() {
            return here;
        }
        let lowest = inputs.iter().map(|input| self.depth_of(*input)).max().unwrap_or(0);
        let mut depth = here;
        while depth > lowest && self.blocks[depth].is_loop {
            depth -= 1;
        }
        depth
    }

    fn depth_of(&self, value: Value) -> usize {
        self.depths.get(&value).copied().unwrap_or(0)
    }

    fn simplify(&mut self, op: &Op, mut inputs: Vec<Value>) -> Simplified {
        let made_by = |value: Value| self.made_by.get(&value);
        match op {
            // Map re-folds constants that earlier rewrites uncovered.
            Op::Map(map) => {
                let shape_before = {
                    let types: Vec<_> = inputs.iter().map(|&value| self.builder.ty(value)).collect();
                    crate::ops::broadcast_shapes(&types)
                        .expect("operands were checked when the node was made")
                };
                let mut narrowed = inputs.clone();
                for (index, &value) in inputs.iter().enumerate() {
                    // Broadcasting is free inside the loop, unless it alone makes the shape.
                    if let Some((Op::Expand(_), from)) = made_by(value) {
                        let previous = std::mem::replace(&mut narrowed[index], from[0]);
                        let types: Vec<_> = narrowed.iter().map(|&value| self.builder.ty(value)).collect();
                        if crate::ops::broadcast_shapes(&types).ok().as_ref() != Some(&shape_before) {
                            narrowed[index] = previous;
                        }
                    }
                }
                if narrowed.iter().any(|&value| self.builder.is_inline(value)) {
                    return Simplified::Value(self.builder.map(&map.expression, &narrowed));
                }
                Simplified::Node(Op::Map(map.clone()), narrowed)
            }
            Op::Reshape(reshape) if reshape.fence == 0 => {
                let mut source = inputs[0];
                while let Some((Op::Reshape(Reshape { fence: 0, .. }), from)) = made_by(source) {
                    source = from[0];
                }
                if self.builder.ty(source).shape == reshape.shape {
                    return Simplified::Value(source);
                }
                Simplified::Node(reshape.clone().into(), vec![source])
            }
            Op::Expand(expand) => {
                let source = match made_by(inputs[0]) {
                    Some((Op::Expand(_), from)) => from[0],
                    _ => inputs[0],
                };
                if self.builder.ty(source).shape == expand.shape {
                    return Simplified::Value(source);
                }
                Simplified::Node(op.clone(), vec![source])
            }
            Op::Permute(permute) => {
                let (axes, source) = match made_by(inputs[0]) {
                    Some((Op::Permute(inner), from)) => {
                        (permute.axes.iter().map(|&axis| inner.axes[axis]).collect(), from[0])
                    }
                    _ => (permute.axes.clone(), inputs[0]),
                };
                if axes.iter().enumerate().all(|(index, &axis): (usize, &usize)| index == axis) {
                    return Simplified::Value(source);
                }
                let permute = Permute { axes };
                if permute.swaps_last_two()
                    && let Some(product) = self.transposed_product(source)
                {
                    return product;
                }
                Simplified::Node(permute.into(), vec![source])
            }
            Op::Matmul(matmul) => {
                let mut transposed = [matmul.transpose_a, matmul.transpose_b];
                for (value, transposed) in inputs.iter_mut().zip(&mut transposed) {
                    if let Some((Op::Permute(permute), from)) = made_by(*value)
                        && permute.swaps_last_two()
                    {
                        *value = from[0];
                        *transposed = !*transposed;
                    }
                }
                let [transpose_a, transpose_b] = transposed;
                Simplified::Node(Matmul { transpose_a, transpose_b }.into(), inputs)
            }
            // To everything after differentiation, detaching is the identity.
            Op::Detach(_) if self.is_final => Simplified::Value(inputs[0]),
            op => Simplified::Node(op.clone(), inputs),
        }
    }

    /// `(A B)ᵀ = Bᵀ Aᵀ`: the transpose of a product that nothing else uses, such as the gradient of a weight that is
    /// stored transposed, is the product of the swapped operands.
    fn transposed_product(&self, product: Value) -> Option<Simplified> {
        let made = self.made_by.get(&product)?;
        let (Op::Matmul(matmul), from) = made else { return None };
        // A product outside the loop that transposes it runs once, inside it would run every time.
        let is_local = self.blocks.last().is_some_and(|open| open.known.contains_key(made));
        if !is_local || self.uses.get(&product) != Some(&1) {
            return None;
        }
        let swapped = Matmul { transpose_a: !matmul.transpose_b, transpose_b: !matmul.transpose_a };
        Some(Simplified::Node(swapped.into(), vec![from[1], from[0]]))
    }
}

#[allow(clippy::large_enum_variant, reason = "there is one at a time, on the stack")]
enum Simplified {
    Value(Value),
    Node(Op, Vec<Value>),
}
