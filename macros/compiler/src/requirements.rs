//! What run-time dimensions have to satisfy beyond being at least 1: differences such as `T - 4` are not negative, and
//! parts lie inside their tensors. Checked when a function is called, before anything is computed from them.

use crate::graph::{Block, Graph, Size};
use crate::ops::{Op, Operation, slice::Slice};

/// `larger` is at least `smaller`.
#[derive(Clone, PartialEq, Debug)]
pub struct Requirement {
    /// The sum of what is added.
    pub larger: Size,
    /// The sum of what is subtracted.
    pub smaller: Size,
}

/// The requirements of graphs, each once, in order of appearance.
pub fn requirements(graphs: &[&Graph]) -> Vec<Requirement> {
    let mut found = Vec::new();
    for graph in graphs {
        for value in &graph.values {
            value.ty.shape.iter().for_each(|size| require(size, &mut found));
        }
        of_block(graph, &graph.body, &mut found);
    }
    found
}

fn of_block(graph: &Graph, block: &Block, found: &mut Vec<Requirement>) {
    for node in &block.nodes {
        match &node.op {
            Op::Repeat(repeat) => require(&repeat.count, found),
            Op::Slice(Slice { starts, sizes }) => {
                let whole = &graph.ty(node.inputs[0]).shape;
                for ((start, size), whole) in starts.iter().zip(sizes).zip(whole) {
                    require(start, found);
                    require(&whole.sub(start).sub(size), found);
                }
            }
            _ => {}
        }
        node.op.bodies().into_iter().for_each(|body| of_block(graph, body, found));
    }
}

/// A size, and every size that is divided in it, is not negative.
fn require(size: &Size, found: &mut Vec<Requirement>) {
    size.for_each_divided(&mut |divided| require(divided, found));
    if let Some((larger, smaller)) = size.split_signs() {
        let requirement = Requirement { larger, smaller };
        if !found.contains(&requirement) {
            found.push(requirement);
        }
    }
}
