//! Random arrays, comparisons of arrays, and looks into graphs.

use super::Checked;
use macrograd_compiler::graph::{Block, Graph, Node, TensorType, verify};
use macrograd_compiler::ops::Operation;
use macrograd_compiler::reference::Array;
use std::collections::HashMap;

/// Reproducible random numbers (SplitMix64).
pub(crate) struct Random(u64);

impl Random {
    /// A stream of its own for each seed.
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// Uniform in [0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Standard normal, by Box and Muller.
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// An array of standard normal values.
    pub(crate) fn array(&mut self, shape: &[usize]) -> Array {
        Array::from_fn(shape, |_| self.normal())
    }
}

/// The verifier accepts the graph, and every node has a text and a cost.
pub(crate) fn assert_verified(graph: &Graph) {
    if let Err(message) = verify(graph) {
        panic!("{message}\n{graph}");
    }
    assert!(!graph.to_string().is_empty());
    for_each_node(&graph.body, &mut |node| {
        let inputs: Vec<&TensorType> = node.inputs.iter().map(|&value| graph.ty(value)).collect();
        let outputs: Vec<&TensorType> = node.outputs.iter().map(|&value| graph.ty(value)).collect();
        let flops = node.op.flops(&inputs, &outputs);
        assert!(flops.as_literal().is_none_or(|flops| flops >= 0), "{}: {flops} FLOPs", node.op.text());
    });
}

/// Calls `visit` for the nodes of a block and of the blocks in it.
pub(crate) fn for_each_node(block: &Block, visit: &mut dyn FnMut(&Node)) {
    for node in &block.nodes {
        visit(node);
        node.op.bodies().into_iter().for_each(|body| for_each_node(body, visit));
    }
}

/// How often each kind of node stands in a graph, by the first word of its text.
pub(crate) fn count_ops(graph: &Graph) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for_each_node(&graph.body, &mut |node| {
        let text = node.op.text();
        let name = text.split(' ').next().unwrap_or_default().to_string();
        *counts.entry(name).or_default() += 1;
    });
    counts
}

/// `Σ x y`.
pub(crate) fn inner(x: &Array, y: &Array) -> f64 {
    x.data.iter().zip(&y.data).map(|(a, b)| a * b).sum()
}

/// `Σ |x y|`.
pub(crate) fn inner_abs(x: &Array, y: &Array) -> f64 {
    x.data.iter().zip(&y.data).map(|(a, b)| (a * b).abs()).sum()
}

/// Equal shapes, and elements equal up to `tolerance` times the largest (at least 1).
pub(crate) fn assert_close(found: &Array, expected: &Array, tolerance: f64, what: &str) {
    let scale = expected.data.iter().fold(1.0, |max: f64, value| max.max(value.abs()));
    assert_within(found, expected, tolerance * scale, what);
}

/// Equal shapes, and elements equal up to `tolerance`; NaN equals NaN.
pub(crate) fn assert_within(found: &Array, expected: &Array, tolerance: f64, what: &str) {
    assert_eq!(found.shape, expected.shape, "{what}: shape");
    for (index, (a, b)) in found.data.iter().zip(&expected.data).enumerate() {
        let same = a == b || (a - b).abs() <= tolerance || (a.is_nan() && b.is_nan());
        assert!(same, "{what}: element {index} is {a}, expected {b}, tolerance {tolerance:e}");
    }
}

/// The elements of a gradient that must be there.
pub(crate) fn grad(checked: &Checked, index: usize) -> &[f64] {
    &checked.grads[index].as_ref().expect("the argument has a gradient").data
}

/// An array of these elements.
pub(crate) fn array(shape: &[usize], data: &[f64]) -> Array {
    Array { shape: shape.to_vec(), data: data.to_vec() }
}
