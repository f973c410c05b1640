//! Saved or recomputed: what the backward pass can compute again from values that are in memory anyway, for less than
//! reading it back would cost, is not kept.
//!
//! A cheap element-wise value of the forward pass that only element-wise operations of the backward pass use is
//! written into their expressions. In a batch normalisation, the normalised values are not stored: the backward loops
//! compute them from the input of the layer.

use crate::graph::scalar::{Binary, Scalar};
use crate::graph::{Graph, Node, Value, inline_scalar};
use crate::ops::{Op, Operation};
use std::collections::HashMap;

/// Functions in one expression at most: more would spill registers and hide that the value is not cheap any more.
const MAX_FUNCTIONS: i64 = 24;

/// Rewrites the backward pass of a joint graph.
pub fn recompute(graph: &Graph) -> Graph {
    let mut graph = graph.clone();
    // From the last to the first, so that what a recomputed value needs is considered after it.
    for index in (0..graph.body.nodes.len()).rev() {
        if is_candidate(&graph, index) {
            write_into_users(&mut graph, index);
        }
    }
    crate::optimise::eliminate_dead_code(&graph)
}

fn is_backward(graph: &Graph, node: &Node) -> bool {
    graph.origin(node.outputs[0]).backward
}

/// Whether a node's value is better computed again than kept.
fn is_candidate(graph: &Graph, index: usize) -> bool {
    let node = &graph.body.nodes[index];
    let Op::Map(map) = &node.op else { return false };
    let value = node.outputs[0];
    if is_backward(graph, node)
        || inline_scalar(&node.op, &node.inputs).is_some()
        || !map.expression.is_cheap()
        || graph.body.results.contains(&value)
    {
        return false;
    }
    let mut used_backward = false;
    for user in graph.body.nodes[index + 1..].iter().filter(|user| uses(user, value)) {
        match &user.op {
            Op::Map(of_user) => {
                let backward = is_backward(graph, user);
                used_backward |= backward;
                // What is compared for equality must have the very bits that it was compared with: the gradient of a
                // maximum finds its elements that way.
                if backward && has_equality(&of_user.expression) {
                    return false;
                }
                if backward
                    && of_user.expression.num_functions() + map.expression.num_functions() > MAX_FUNCTIONS
                {
                    return false;
                }
            }
            Op::Reduce(_) | Op::Expand(_) if !is_backward(graph, user) => {}
            // A kernel reads it from memory, so it is there.
            _ => return false,
        }
    }
    used_backward && keeps_no_more(graph, node)
}

fn has_equality(expression: &Scalar) -> bool {
    match expression {
        Scalar::Arg(_) | Scalar::Const(_) | Scalar::Size(_) => false,
        Scalar::Unary(_, x) => has_equality(x),
        Scalar::Binary(Binary::Equal | Binary::NotEqual, _, _) => true,
        Scalar::Binary(_, x, y) => has_equality(x) || has_equality(y),
        Scalar::Select(c, x, y) => has_equality(c) || has_equality(x) || has_equality(y),
    }
}

/// Whether the operands that would have to be kept instead take no more memory than the value.
fn keeps_no_more(graph: &Graph, node: &Node) -> bool {
    let full = graph.ty(node.outputs[0]).numel();
    let extra = node
        .inputs
        .iter()
        .filter(|&&input| graph.ty(input).numel() == full)
        .filter(|&&input| {
            let kept = graph.body.nodes.iter().any(|user| is_backward(graph, user) && uses(user, input));
            !kept && !is_leaf(graph, input)
        })
        .count();
    extra <= 1
}

fn is_leaf(graph: &Graph, value: Value) -> bool {
    graph
        .body
        .nodes
        .iter()
        .any(|node| node.outputs.contains(&value) && matches!(node.op, Op::Input(_) | Op::Parameter(_)))
}

fn uses(node: &Node, value: Value) -> bool {
    if node.inputs.contains(&value) {
        return true;
    }
    let mut found = false;
    for body in node.op.bodies() {
        body.for_each_capture(&mut |captured| found |= captured == value);
    }
    found
}

/// Replaces the value by its expression in the maps of the backward pass.
fn write_into_users(graph: &mut Graph, index: usize) {
    let node = graph.body.nodes[index].clone();
    let Op::Map(map) = &node.op else { return };
    let value = node.outputs[0];
    for user in index + 1..graph.body.nodes.len() {
        if !is_backward(graph, &graph.body.nodes[user]) || !graph.body.nodes[user].inputs.contains(&value) {
            continue;
        }
        let user = &mut graph.body.nodes[user];
        let Op::Map(of_user) = &mut user.op else { continue };
        let mut inputs: Vec<Value> = Vec::new();
        let mut number: HashMap<Value, usize> = HashMap::new();
        let mut operand = |value: Value| {
            *number.entry(value).or_insert_with(|| {
                inputs.push(value);
                inputs.len() - 1
            })
        };
        let own: Vec<Option<usize>> =
            user.inputs.iter().map(|&input| (input != value).then(|| operand(input))).collect();
        let of_value: Vec<usize> = node.inputs.iter().map(|&input| operand(input)).collect();
        let inner = map.expression.substitute(&|index| Scalar::Arg(of_value[index]));
        of_user.expression = of_user.expression.substitute(&|index| match own[index] {
            Some(number) => Scalar::Arg(number),
            None => inner.clone(),
        });
        user.inputs = inputs;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::{Request, differentiate};
    use crate::graph::scalar::{arg, constant, mul, sub};
    use crate::graph::{Builder, Origin, Role, Size, TensorType, verify};
    use crate::ops::input::Input;
    use crate::ops::reduce::ReduceKind;
    use crate::optimise::optimise;
    use crate::reference::{Array, Bindings, Sizes, run};

    /// `sum((x - 1)² · y)`: the backward pass needs `x - 1`, which is cheap.
    fn joint() -> Graph {
        let span = proc_macro2::Span::call_site();
        let origin = Origin { span, scope: "".into(), name: "test".into(), backward: false };
        let mut builder = Builder::new(origin);
        let ty = TensorType::real(vec![Size::literal(5)]);
        let x = builder.add(Input { index: 0, ty: ty.clone() }, &[]);
        let y = builder.add(Input { index: 1, ty }, &[]);
        let centred = builder.map(&sub(arg(0), constant(1.0)), &[x]);
        let squares = builder.map(&mul(arg(0), arg(0)), &[centred]);
        let weighted = builder.map(&mul(arg(0), arg(1)), &[squares, y]);
        let sum = builder.reduce(ReduceKind::Sum, weighted, vec![0]);
        let sum = builder.reshape(sum, Vec::new());
        let graph = builder.finish(vec![(Role::Output(0), sum)]);
        let request = Request { given_seed: false, input_gradients: true, num_inputs: 2 };
        optimise(&differentiate(&graph, request).expect("every operation has a gradient"))
    }

    #[test]
    fn cheap_values_are_not_kept_and_results_stay() {
        let kept = joint();
        let leaner = recompute(&kept);
        verify(&leaner).expect("the rewritten graph is well-formed");
        let crosses = |graph: &Graph| {
            graph
                .body
                .nodes
                .iter()
                .filter(|node| !is_backward(graph, node) && matches!(node.op, Op::Map(_)))
                .filter(|node| {
                    graph
                        .body
                        .nodes
                        .iter()
                        .any(|user| is_backward(graph, user) && uses(user, node.outputs[0]))
                })
                .count()
        };
        assert!(crosses(&kept) > 0, "the backward pass uses values of the forward pass:\n{kept}");
        assert_eq!(crosses(&leaner), 0, "{leaner}");
        let inputs = [
            Array { shape: vec![5], data: vec![0.5, -1.0, 2.0, 3.0, 0.0] },
            Array { shape: vec![5], data: vec![1.0, 2.0, -3.0, 0.5, 4.0] },
        ];
        let sizes = Sizes::default();
        let bindings = Bindings { inputs: &inputs, state: &|_| unreachable!("no state"), sizes: &sizes };
        assert_eq!(run(&kept, &bindings), run(&leaner, &bindings));
    }
}
