//! Dead code in loops, and what the verifier says of broken ones.

use super::{Loop, looped};
use crate::support::*;
use macrograd_compiler::graph::{Graph, verify};
use macrograd_compiler::ops::Op;
use macrograd_compiler::ops::repeat::Repeat;
use macrograd_compiler::optimise::eliminate_dead_code;

/// The single loop of a graph.
fn only_loop(graph: &Graph) -> (Repeat, usize) {
    let mut found = Vec::new();
    for_each_node(&graph.body, &mut |node| {
        if let Op::Repeat(repeat) = &node.op {
            found.push((repeat.clone(), node.inputs.len()));
        }
    });
    assert_eq!(found.len(), 1, "{graph}");
    found.remove(0)
}

#[test]
fn dead_code_inside_loops_is_dropped() {
    let case = Case::new().input(shape![2]).input(shape![3, 2]).input(shape![3, 2]);
    let graph = case.graph(|b, x| {
        let spec = Loop::new(3, &[x[0]], &[x[1], x[2]]).giving(2, 1);
        looped(b, &spec, &|b, carried, elements| {
            let y = op!(b, mul(carried[0], elements[0]));
            let dead = op!(b, exp(elements[1]));
            vec![y, dead, op!(b, tanh(y)), dead]
        })[2]
    });
    let clean = eliminate_dead_code(&graph);
    assert_verified(&clean);
    let (repeat, num_inputs) = only_loop(&clean);
    assert_eq!((repeat.num_carried, repeat.num_stacked, repeat.num_sums), (1, 1, 0));
    assert_eq!(num_inputs, 2, "nothing reads the second stack");
    assert_eq!(repeat.body.nodes.len(), 2, "{clean}");
    assert_eq!(count_ops(&clean)["input"], 2);
    let unused = case.graph(|b, x| {
        looped(b, &Loop::new(3, &[x[0]], &[x[1]]), &|b, carried, elements| {
            vec![op!(b, mul(carried[0], elements[0]))]
        });
        x[2]
    });
    assert!(!count_ops(&eliminate_dead_code(&unused)).contains_key("repeat"));
}

#[test]
fn carried_values_that_nothing_reads_are_dropped() {
    let graph = Case::new().input(shape![2]).input(shape![2]).input(shape![3, 2]).graph(|b, x| {
        looped(b, &Loop::new(3, &[x[0], x[1]], &[x[2]]), &|b, carried, elements| {
            // The first reads itself only; the second does not depend on it.
            let first = op!(b, exp(carried[0]));
            vec![first, op!(b, mul(carried[1], elements[0]))]
        })[1]
    });
    let clean = eliminate_dead_code(&graph);
    assert_verified(&clean);
    assert_eq!(only_loop(&clean).0.num_carried, 1, "{clean}");
    assert_eq!(count_ops(&clean)["input"], 2);
}

#[test]
fn the_verifier_checks_loops() {
    let broken = |change: &dyn Fn(&mut Repeat)| {
        let mut graph = Case::new().input(shape![2]).input(shape![3, 2]).graph(|b, x| {
            looped(b, &Loop::new(3, &[x[0]], &[x[1]]).giving(1, 1), &|b, carried, elements| {
                let y = op!(b, mul(carried[0], elements[0]));
                vec![y, y, op!(b, sum(y))]
            })[0]
        });
        for node in &mut graph.body.nodes {
            if let Op::Repeat(repeat) = &mut node.op {
                change(repeat);
            }
        }
        verify(&graph).expect_err("the loop is broken")
    };
    let text = broken(&|repeat| {
        repeat.body.results.pop();
    });
    assert_eq!(text, "repeat 3: 2 results of the body for 3 of the loop");
    let text = broken(&|repeat| repeat.body.results.swap(0, 2));
    assert_eq!(text, "repeat 3: carried value 0 is [2] before and [] after an iteration");
    let text = broken(&|repeat| repeat.body.results.swap(1, 2));
    assert_eq!(text, "repeat 3: result 1 is [3, 2], but its iterations give [3]");
    let text = broken(&|repeat| repeat.count = 4.into());
    assert_eq!(text, "repeat 4: stack 0 of 4 iterations is [3, 2]");
    let text = broken(&|repeat| repeat.body.nodes.clear());
    assert!(text.ends_with("is not defined"), "{text}");
}
