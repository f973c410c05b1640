//! What a model costs: FLOPs, bytes, and the summary table.

use crate::graph::{Block, ElementType, Graph, Node, Size, TensorType, shape_text};
use crate::ops::{Op, Operation};
use crate::plan::{ALIGN, Memory, Plan, Zone};
use crate::program::{StateKind, StateTensor};

/// Costs of the functions of a model, as sizes over its run-time dimensions.
#[derive(Clone, Debug, Default)]
pub struct Costs {
    /// Floating-point operations of inference.
    pub flops: Size,
    /// Bytes of inference: state, arguments, results and arena.
    pub forward_bytes: Size,
    /// Bytes of a training step: state, gradients, two optimizer moments, arguments and arena.
    pub train_bytes: Size,
}

/// Bytes of a word of the arena or of the state.
fn word() -> i64 {
    ElementType::Real.size() as i64
}

/// Floating-point operations of a graph.
pub fn flops(graph: &Graph) -> Size {
    block_flops(graph, &graph.body)
}

fn block_flops(graph: &Graph, block: &Block) -> Size {
    block.nodes.iter().fold(Size::default(), |sum, node| sum.add(&node_flops(graph, node)))
}

fn node_flops(graph: &Graph, node: &Node) -> Size {
    if let Op::Repeat(repeat) = &node.op {
        return block_flops(graph, &repeat.body).mul(&repeat.count);
    }
    // Either branch may run: both are counted.
    if let Op::IfElse(choice) = &node.op {
        return choice
            .branches
            .iter()
            .fold(0.into(), |sum: Size, branch| sum.add(&block_flops(graph, branch)));
    }
    let types = |values: &[crate::graph::Value]| -> Vec<TensorType> {
        values.iter().map(|&value| graph.ty(value).clone()).collect()
    };
    let (inputs, outputs) = (types(&node.inputs), types(&node.outputs));
    node.op.flops(&inputs.iter().collect::<Vec<_>>(), &outputs.iter().collect::<Vec<_>>())
}

/// Bytes of the arena.
pub fn arena_bytes(zones: &[Zone]) -> Size {
    zones.iter().fold(Size::default(), |sum, zone| {
        let len = Size::literal(word() * zone.len as i64);
        sum.add(&zone.factor.as_ref().map_or(len.clone(), |factor| factor.mul(&len)))
    })
}

/// Bytes of a tensor.
pub fn bytes(ty: &TensorType) -> Size {
    ty.numel().mul(&(ty.element.size() as i64).into())
}

/// Elements of the state that have a kind.
fn state_len(state: &[StateTensor], kinds: &[StateKind]) -> usize {
    state
        .iter()
        .filter(|tensor| kinds.contains(&tensor.kind))
        .map(|tensor| tensor.numel().next_multiple_of(ALIGN))
        .sum()
}

/// Bytes that a function needs besides gradients and moments.
pub fn forward_bytes(
    plan: &Plan,
    args: &[TensorType],
    results: &[TensorType],
    state: &[StateTensor],
) -> Size {
    let all = [StateKind::Trainable, StateKind::Frozen, StateKind::Buffer];
    let fixed = Size::literal(word() * state_len(state, &all) as i64);
    args.iter().chain(results).fold(fixed.add(&arena_bytes(&plan.zones)), |sum, ty| sum.add(&bytes(ty)))
}

/// Bytes of a training step: those of the function, gradients, proposed buffers and two moments.
pub fn train_bytes(plan: &Plan, args: &[TensorType], results: &[TensorType], state: &[StateTensor]) -> Size {
    let trainable = state_len(state, &[StateKind::Trainable]);
    let buffers = state_len(state, &[StateKind::Buffer]);
    forward_bytes(plan, args, results, state).add(&Size::literal(word() * (3 * trainable + buffers) as i64))
}

/// The costliest values of the arena, for a budget that is exceeded.
pub fn costliest(plan: &Plan, values: &std::collections::HashMap<std::rc::Rc<str>, i64>) -> Vec<String> {
    let mut lines: Vec<(i64, String)> = Vec::new();
    for (index, info) in plan.graph.values.iter().enumerate() {
        let value = crate::graph::Value(index as u32);
        let in_arena = plan.places.get(&value).is_some_and(|place| matches!(place.memory, Memory::Arena(_)));
        if in_arena {
            let size = bytes(&info.ty).evaluate(values);
            let pass = if info.origin.backward { " (backward)" } else { "" };
            let layer =
                if info.origin.scope.is_empty() { String::new() } else { format!("{}: ", info.origin.scope) };
            let line = info.origin.span.start().line;
            lines.push((
                size,
                format!("{layer}{}{pass} {}, line {line}", info.origin.name, shape_text(&info.ty.shape)),
            ));
        }
    }
    lines.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    lines.dedup_by(|a, b| a.1 == b.1);
    lines.into_iter().take(3).map(|(size, text)| format!("{} KiB: {text}", size / 1024)).collect()
}

/// The aligned table of layers: what they return, their parameters, FLOPs and bytes.
pub fn table(name: &str, graph: &Graph, state: &[StateTensor], costs: &Costs) -> String {
    let mut rows: Vec<[String; 5]> =
        vec![["layer", "output", "parameters", "FLOPs", "bytes"].map(String::from)];
    for layer in layers(graph) {
        let of_layer = |tensor: &&StateTensor| {
            tensor.name.strip_prefix(layer.path.as_str()).is_some_and(|rest| rest.starts_with('.'))
                && !layer.path.is_empty()
        };
        let parameters: usize = state
            .iter()
            .filter(of_layer)
            .filter(|tensor| tensor.kind != StateKind::Buffer)
            .map(StateTensor::numel)
            .sum();
        let count = |value: usize| if value == 0 { "-".to_string() } else { grouped(&value.to_string()) };
        rows.push([
            if layer.path.is_empty() { layer.what } else { layer.path },
            shape_text(&layer.output.shape),
            count(parameters),
            size_text(&layer.flops),
            size_text(&bytes(&layer.output)),
        ]);
    }
    let total: usize = state.iter().filter(|t| t.kind != StateKind::Buffer).map(StateTensor::numel).sum();
    let trainable: usize =
        state.iter().filter(|t| t.kind == StateKind::Trainable).map(StateTensor::numel).sum();
    let widths: Vec<usize> =
        (0..5).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
    let mut text = format!("{name}\n");
    for (index, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, &width))| {
                let padding = " ".repeat(width - cell.chars().count());
                if column < 2 { format!("{cell}{padding}") } else { format!("{padding}{cell}") }
            })
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
        if index == 0 {
            text.push_str(&"-".repeat(widths.iter().sum::<usize>() + 8));
            text.push('\n');
        }
    }
    text.push_str(&format!(
        "parameters: {} ({} trainable)\nFLOPs of inference: {}\nbytes of inference: {}\nbytes of training, two optimizer moments included: {}\n",
        grouped(&total.to_string()),
        grouped(&trainable.to_string()),
        size_text(&costs.flops),
        size_text(&costs.forward_bytes),
        size_text(&costs.train_bytes),
    ));
    text
}

/// A row of the table.
struct LayerRow {
    /// Path of the layer; empty for operations of the root itself.
    path: String,
    what: String,
    output: TensorType,
    flops: Size,
}

/// Consecutive nodes of one layer make a row, in the order of the program.
fn layers(graph: &Graph) -> Vec<LayerRow> {
    let mut rows: Vec<LayerRow> = Vec::new();
    collect_layers(graph, &graph.body, &mut rows);
    rows
}

fn collect_layers(graph: &Graph, block: &Block, rows: &mut Vec<LayerRow>) {
    for node in &block.nodes {
        if matches!(node.op, Op::Input(_) | Op::Parameter(_) | Op::Constant(_) | Op::Permute(_)) {
            continue;
        }
        if let Op::Repeat(repeat) = &node.op {
            let start = rows.len();
            collect_layers(graph, &repeat.body, rows);
            for row in &mut rows[start..] {
                row.flops = row.flops.mul(&repeat.count);
                row.what = format!("{} x {}", repeat.count, row.what);
            }
            continue;
        }
        if let Op::IfElse(choice) = &node.op {
            choice.branches.iter().for_each(|branch| collect_layers(graph, branch, rows));
            continue;
        }
        let output = graph.ty(node.outputs[0]).clone();
        let origin = graph.origin(node.outputs[0]);
        let flops = node_flops(graph, node);
        let path = origin.scope.to_string();
        match rows.last_mut() {
            Some(row) if row.path == path && (!path.is_empty() || row.what == *origin.name) => {
                row.flops = row.flops.add(&flops);
                row.output = output;
            }
            _ => rows.push(LayerRow { path, what: origin.name.to_string(), output, flops }),
        }
    }
}

/// A size with its numbers grouped in threes.
fn size_text(size: &Size) -> String {
    if size.as_literal() == Some(0) { "-".to_string() } else { grouped(&size.to_string()) }
}

/// Digits in groups of three.
fn grouped(text: &str) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    let flush = |digits: &mut String, out: &mut String| {
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                out.push(',');
            }
            out.push(digit);
        }
        digits.clear();
    };
    for c in text.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
        } else {
            flush(&mut digits, &mut out);
            out.push(c);
        }
    }
    flush(&mut digits, &mut out);
    out
}
