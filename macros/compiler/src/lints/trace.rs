//! Where a value comes from: followed back through what keeps or moves elements.

use crate::diagnostics::in_line;
use crate::graph::scalar::{Binary, Scalar, Unary};
use crate::graph::{Block, Graph, Node, Origin, Value};
use crate::lower::Called;
use crate::ops::{Op, Operation};

/// What values are, if that can be said for sure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Results of a softmax along this axis.
    Softmax(usize),
    /// Results of the logistic function.
    Sigmoid,
    /// What a layer with weights computes, without an activation.
    Scores,
}

/// A value that was found on the way back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source {
    pub(super) kind: Kind,
    /// What makes it so.
    pub(super) value: Value,
    /// Whether elements were moved on the way: axes may mean something else.
    pub(super) is_moved: bool,
}

/// How a value comes to be.
#[derive(Clone, Copy)]
enum Made<'g> {
    /// As result `.1` of a node.
    By(&'g Node, usize),
    /// As parameter `.1` of a block of a node.
    Given(&'g Node, usize),
    Unknown,
}

/// What makes each value of a graph.
pub(super) struct Trace<'g> {
    pub(super) graph: &'g Graph,
    made: Vec<Made<'g>>,
}

impl<'g> Trace<'g> {
    pub(super) fn new(graph: &'g Graph) -> Trace<'g> {
        let mut made = vec![Made::Unknown; graph.values.len()];
        fn walk<'g>(block: &'g Block, made: &mut Vec<Made<'g>>) {
            for node in &block.nodes {
                for (index, output) in node.outputs.iter().enumerate() {
                    made[output.index()] = Made::By(node, index);
                }
                for body in node.op.bodies() {
                    for (index, param) in body.params.iter().enumerate() {
                        made[param.index()] = Made::Given(node, index);
                    }
                    walk(body, made);
                }
            }
        }
        walk(&graph.body, &mut made);
        Trace { graph, made }
    }

    pub(super) fn origin(&self, value: Value) -> &'g Origin {
        self.graph.origin(value)
    }

    /// The node of which a value is a result.
    pub(super) fn node(&self, value: Value) -> Option<&'g Node> {
        match self.made[value.index()] {
            Made::By(node, _) => Some(node),
            Made::Given(..) | Made::Unknown => None,
        }
    }

    /// The expression of which a value is the result, and its operands.
    pub(super) fn expression(&self, value: Value) -> Option<(&'g Scalar, &'g [Value])> {
        match self.node(value)? {
            Node { op: Op::Map(map), inputs, .. } => Some((&map.expression, inputs)),
            _ => None,
        }
    }

    /// The value one step back that has the same elements, or some of them.
    pub(super) fn step_back(&self, value: Value) -> Option<Value> {
        match self.made[value.index()] {
            Made::By(node, index) => match &node.op {
                op if moves_elements(op) => node.inputs.first().copied(),
                Op::Repeat(repeat) => repeat.body.results.get(index).copied(),
                Op::Checkpoint(checkpoint) => checkpoint.body.results.get(index).copied(),
                _ => None,
            },
            Made::Given(node, index) => match &node.op {
                Op::Repeat(repeat) if index >= repeat.num_carried => node.inputs.get(index).copied(),
                _ => None,
            },
            Made::Unknown => None,
        }
    }

    /// What a value is, if that can be said for sure.
    pub(super) fn source(&self, value: Value) -> Option<Source> {
        let (mut value, mut is_moved, mut is_shifted) = (value, false, false);
        loop {
            if let Some(before) = self.step_back(value) {
                (value, is_moved) = (before, true);
                continue;
            }
            let node = self.node(value)?;
            let kind = match &node.op {
                Op::Softmax(softmax) => Kind::Softmax(softmax.axis),
                Op::Map(map) => match &map.expression {
                    Scalar::Unary(Unary::Sigmoid, x) if **x == Scalar::Arg(0) => Kind::Sigmoid,
                    // A bias.
                    Scalar::Binary(Binary::Add, ..) if node.inputs.len() == 2 => {
                        let bias = node.inputs.iter().position(|&input| self.is_parameter(input))?;
                        (value, is_shifted) = (node.inputs[1 - bias], true);
                        continue;
                    }
                    _ => return None,
                },
                Op::Matmul(_) | Op::Conv2d(_)
                    if node.inputs.iter().any(|&input| self.is_parameter(input)) =>
                {
                    Kind::Scores
                }
                Op::IfElse(choice) => {
                    let index = node.outputs.iter().position(|&output| output == value)?;
                    let [one, other] =
                        choice.branches.each_ref().map(|branch| self.source(branch.results[index]));
                    let (one, other) = (one?, other?);
                    if one.kind != other.kind {
                        return None;
                    }
                    (value, is_moved) = (one.value, true);
                    one.kind
                }
                _ => return None,
            };
            // Probabilities that something is added to are none any more.
            return (kind == Kind::Scores || !is_shifted).then_some(Source { kind, value, is_moved });
        }
    }

    /// Whether it is a trainable parameter, or a part of one.
    fn is_parameter(&self, mut value: Value) -> bool {
        while let Some(before) = self.step_back(value) {
            value = before;
        }
        matches!(self.node(value), Some(Node { op: Op::Parameter(parameter), .. }) if parameter.trainable)
    }

    /// "`softmax` in line 12".
    pub(super) fn text(&self, source: Source, call: &Called) -> String {
        let origin = self.origin(source.value);
        let layer = origin.scope.rsplit('.').next().filter(|name| !name.is_empty());
        let name = match source.kind {
            Kind::Scores => layer.unwrap_or(&origin.name),
            Kind::Softmax(_) | Kind::Sigmoid => &origin.name,
        };
        format!("`{name}` {}", in_line(origin.span, call.origin.span))
    }

    /// Whether call and source are both inside one call of a layer that the user cannot edit.
    pub(super) fn is_hidden(&self, source: Value, call: &Called) -> bool {
        call.in_library && super::is_same_place(self.origin(source).span, call.origin.span)
    }
}

/// Whether every element of the result is one of the first operand's.
pub(super) fn moves_elements(op: &Op) -> bool {
    matches!(
        op,
        Op::Reshape(_)
            | Op::Expand(_)
            | Op::Permute(_)
            | Op::Flip(_)
            | Op::Roll(_)
            | Op::Slice(_)
            | Op::StepBy(_)
            | Op::Gather(_)
            | Op::IndexSelect(_)
            | Op::Detach(_)
    )
}
