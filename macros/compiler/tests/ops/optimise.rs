//! Clean-up of graphs.

use crate::repeat::{Loop, looped};
use crate::support::*;
use macrograd_compiler::graph::{Builder, Graph, Role, Size, Value, verify};
use macrograd_compiler::ops::reshape::Reshape;
use macrograd_compiler::ops::{Op, Operation};
use macrograd_compiler::optimise::{eliminate_dead_code, optimise};

/// The optimised forward graph of a computation on these shapes; checks on the way that values stay, that nothing is
/// left to do, and that a second compilation gives the same text.
fn optimised<const COUNT: usize>(
    shapes: [Vec<Size>; COUNT],
    build: impl Fn(&mut Builder, &[Value]) -> Value,
) -> Graph {
    let case = shapes.into_iter().fold(Case::new().size("N", 3), Case::input);
    case.run(&build);
    let graph = optimise(&case.graph(&build));
    assert_verified(&graph);
    assert_eq!(optimise(&graph).to_string(), graph.to_string(), "nothing is left to do");
    assert_eq!(optimise(&case.graph(&build)).to_string(), graph.to_string(), "deterministic");
    graph
}

/// Texts of the nodes that are not inputs.
fn texts(graph: &Graph) -> Vec<String> {
    let mut texts = Vec::new();
    for_each_node(&graph.body, &mut |node| texts.push(node.op.text()));
    texts.retain(|text| !text.starts_with("input"));
    texts
}

#[test]
fn equal_nodes_become_one() {
    let graph = optimised([shape![2, 3]], |b, x| {
        let (left, right) = (op!(b, exp(x[0])), op!(b, exp(x[0])));
        let (left, right) = (op!(b, sum(left, 0)), op!(b, sum(right, 0)));
        op!(b, mul(left, right))
    });
    assert_eq!(count_ops(&graph)["map"], 2, "{graph}");
    assert_eq!(count_ops(&graph)["sum"], 1, "{graph}");
}

#[test]
fn other_attributes_or_operands_are_other_nodes() {
    let graph = optimised([shape![3, 3], shape![3, 3]], |b, x| {
        let parts = [
            op!(b, log_softmax(x[0], 0)),
            op!(b, log_softmax(x[0], 1)),
            op!(b, log_softmax(x[1], 0)),
            op!(b, sub(x[0], x[1])),
            op!(b, sub(x[1], x[0])),
        ];
        op!(b, concat(parts))
    });
    assert_eq!(count_ops(&graph)["log_softmax"], 3, "{graph}");
    assert_eq!(count_ops(&graph)["map"], 2, "{graph}");
}

#[test]
fn dead_code_is_dropped_and_order_kept() {
    let graph = optimised([shape![2], shape![2], shape![2]], |b, x| {
        let first = op!(b, exp(x[2]));
        let dead = op!(b, ln(x[1]));
        op!(b, mul(dead, x[0]));
        op!(b, tanh(first))
    });
    assert_eq!(texts(&graph), ["map exp($0)", "map tanh($0)"]);
    assert_eq!(count_ops(&graph)["input"], 1);
}

#[test]
fn results_keep_their_roles() {
    let mut b = builder();
    let x = b.constant(2.0);
    let x = b.expand(x, shape![3]);
    let y = op!(&mut b, exp(x));
    let graph = b.finish(vec![(Role::Output(0), y), (Role::Output(1), x), (Role::Output(2), y)]);
    let clean = optimise(&graph);
    assert_verified(&clean);
    assert_eq!(clean.roles, graph.roles);
    assert_eq!(clean.body.results[0], clean.body.results[2]);
}

#[test]
fn reshapes_in_a_row_become_one() {
    let n = Size::symbol("N");
    let graph = optimised([shape![n, 2, 3]], |b, x| {
        let flat = op!(b, flatten(x[0]));
        let wide = op!(b, reshape(flat, shape![n, 6]));
        op!(b, reshape(wide, shape![n, 3, 2]))
    });
    assert_eq!(texts(&graph), ["reshape [N, 3, 2]"]);
    let graph = optimised([shape![2, 3]], |b, x| {
        let flat = op!(b, flatten(x[0]));
        let back = op!(b, reshape(flat, [2, 3]));
        op!(b, exp(back))
    });
    assert_eq!(texts(&graph), ["map exp($0)"]);
}

#[test]
fn expansions_in_a_row_become_one_and_vanish_in_loops() {
    let graph = optimised([shape![3]], |b, x| {
        let rows = op!(b, expand(x[0], [2, 3]));
        op!(b, expand(rows, [4, 2, 3]))
    });
    assert_eq!(texts(&graph), ["expand [4, 2, 3]"]);
    let graph = optimised([shape![3], shape![2, 3]], |b, x| {
        let rows = op!(b, expand(x[0], [2, 3]));
        op!(b, mul(rows, x[1]))
    });
    assert_eq!(texts(&graph), ["map ($0 * $1)"]);
    // The expansion alone makes the shape.
    let graph = optimised([shape![3]], |b, x| {
        let rows = op!(b, expand(x[0], [2, 3]));
        op!(b, mul(rows, x[0]))
    });
    assert_eq!(texts(&graph).len(), 2, "{graph}");
}

#[test]
fn permutations_compose() {
    let graph = optimised([shape![2, 3, 4]], |b, x| {
        let moved = op!(b, permute(x[0], [2, 0, 1]));
        op!(b, permute(moved, [0, 2, 1]))
    });
    assert_eq!(texts(&graph), ["permute [2, 1, 0]"]);
    let graph = optimised([shape![2, 3, 4]], |b, x| {
        let moved = op!(b, permute(x[0], [2, 0, 1]));
        let back = op!(b, permute(moved, [1, 2, 0]));
        op!(b, exp(back))
    });
    assert_eq!(texts(&graph), ["map exp($0)"]);
}

#[test]
fn constants_fold() {
    let graph = optimised([shape![2, 3]], |b, x| {
        let scaled = op!(b, mul(x[0], 1.0));
        let shifted = op!(b, add(scaled, 0.0));
        let number = op!(b, exp(0.0));
        let number = op!(b, mul(number, 3.0));
        op!(b, div(shifted, number))
    });
    assert_eq!(texts(&graph), ["map ($0 / 3)"]);
    // A constant is taken into the expression through its expansion, too.
    let graph = optimised([shape![2, 3]], |b, x| {
        let two = b.constant(2.0);
        let twos = b.expand(two, shape![2, 3]);
        op!(b, mul(x[0], twos))
    });
    assert_eq!(texts(&graph), ["map ($0 * 2)"]);
    let graph = optimised([shape![2, 3]], |b, x| {
        let zero = b.constant(0.0);
        let zeros = b.expand(zero, shape![2, 3]);
        op!(b, mul(x[0], zeros))
    });
    assert_eq!(texts(&graph), ["constant 0", "expand [2, 3]"]);
}

#[test]
fn the_transpose_of_a_product_is_a_product() {
    let graph = optimised([shape![2, 3], shape![3, 4]], |b, x| {
        let product = op!(b, matmul(x[0], x[1]));
        op!(b, t(product))
    });
    assert_eq!(texts(&graph), ["matmul aᵀ bᵀ"]);
    let graph = optimised([shape![5, 2, 3], shape![5, 4, 3]], |b, x| {
        let right = op!(b, transpose(x[1], 1, 2));
        let product = op!(b, matmul(x[0], right));
        op!(b, transpose(product, 1, 2))
    });
    assert_eq!(texts(&graph), ["matmul a bᵀ"], "{graph}");
    // A product that is used as it is, too, is computed once.
    let graph = optimised([shape![2, 3], shape![3, 2]], |b, x| {
        let product = op!(b, matmul(x[0], x[1]));
        let transposed = op!(b, t(product));
        op!(b, mul(transposed, product))
    });
    assert_eq!(count_ops(&graph)["matmul"], 1, "{graph}");
    assert_eq!(count_ops(&graph)["permute"], 1, "{graph}");
}

#[test]
fn a_product_outside_a_loop_stays_outside() {
    let graph = optimised([shape![2, 2], shape![2, 2], shape![3, 2]], |b, x| {
        let product = op!(b, matmul(x[0], x[1]));
        looped(b, &Loop::new(3, &[x[0]], &[x[2]]), &|b, carried, elements| {
            let transposed = op!(b, t(product));
            let scaled = op!(b, mul(transposed, elements[0]));
            vec![op!(b, mul(scaled, carried[0]))]
        })[0]
    });
    assert!(graph.body.nodes.iter().any(|node| matches!(node.op, Op::Matmul(_))), "{graph}");
    assert_eq!(count_ops(&graph)["matmul"], 1, "{graph}");
}

#[test]
fn the_verifier_finds_broken_graphs() {
    let graph = || {
        Case::new().input(shape![2]).graph(|b, x| {
            let y = op!(b, exp(x[0]));
            op!(b, tanh(y))
        })
    };
    let mut unordered = graph();
    unordered.body.nodes.swap(1, 2);
    assert_eq!(verify(&unordered), Err("map tanh($0) uses %1 before it is defined".to_string()));
    let mut twice = graph();
    twice.body.nodes[2].outputs = vec![Value(1)];
    assert_eq!(verify(&twice), Err("%1 is defined twice".to_string()));
    let mut ill_typed = graph();
    ill_typed.body.nodes[2].op = Op::Reshape(Reshape { shape: shape![3], fence: 0 });
    assert!(verify(&ill_typed).expect_err("another number of elements").starts_with("reshape [3]: "));
    let mut untyped = graph();
    untyped.values[2].ty.shape = shape![1];
    assert!(verify(&untyped).expect_err("another type").contains("but infers"));
    let mut missing = graph();
    missing.body.nodes.pop();
    assert_eq!(verify(&missing), Err("result %2 is not defined".to_string()));
    let mut roles = graph();
    roles.roles.clear();
    assert_eq!(verify(&roles), Err("0 roles for 1 results".to_string()));
}

#[test]
fn dead_code_elimination_alone_changes_nothing_else() {
    let graph = Case::new().input(shape![2]).graph(|b, x| {
        let (left, right) = (op!(b, exp(x[0])), op!(b, exp(x[0])));
        op!(b, mul(left, right))
    });
    assert_eq!(eliminate_dead_code(&graph).to_string(), graph.to_string());
}
