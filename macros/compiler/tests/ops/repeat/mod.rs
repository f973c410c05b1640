//! Loops over stacks: compared with the same computation unrolled, and with differences.

mod cleanup;
mod parameters;

use crate::support::*;
use macrograd_compiler::graph::{Builder, Graph, Size, TensorType, Value};
use macrograd_compiler::ops::repeat::Repeat;
use macrograd_compiler::reference::Array;

/// What a loop is given and what it gives besides the carried values.
#[derive(Clone)]
pub(crate) struct Loop {
    count: usize,
    reverse: bool,
    carried: Vec<Value>,
    stacks: Vec<Value>,
    num_stacked: usize,
    num_sums: usize,
}

/// One iteration: from carried values and elements of the stacks to new carried values, stacked results, terms of sums.
pub(crate) type Body<'a> = &'a dyn Fn(&mut Builder, &[Value], &[Value]) -> Vec<Value>;

/// How a loop is put in the graph.
type Run = fn(&mut Builder, &Loop, Body<'_>) -> Vec<Value>;

impl Loop {
    pub(crate) fn new(count: usize, carried: &[Value], stacks: &[Value]) -> Loop {
        let (carried, stacks) = (carried.to_vec(), stacks.to_vec());
        Loop { count, reverse: false, carried, stacks, num_stacked: 0, num_sums: 0 }
    }

    pub(crate) fn giving(self, num_stacked: usize, num_sums: usize) -> Loop {
        Loop { num_stacked, num_sums, ..self }
    }

    fn in_reverse(self) -> Loop {
        Loop { reverse: true, ..self }
    }
}

/// As a `Repeat` node.
pub(crate) fn looped(b: &mut Builder, spec: &Loop, body: Body<'_>) -> Vec<Value> {
    b.open_block();
    let carried: Vec<Value> = spec.carried.iter().map(|&value| b.block_param(b.ty(value).clone())).collect();
    let element =
        |b: &mut Builder, stack: Value| b.block_param(TensorType::real(b.ty(stack).shape[1..].to_vec()));
    let elements: Vec<Value> = spec.stacks.iter().map(|&stack| element(b, stack)).collect();
    let results = body(b, &carried, &elements);
    let num_carried = carried.len();
    assert_eq!(results.len(), num_carried + spec.num_stacked + spec.num_sums);
    let outputs = results.iter().enumerate().map(|(index, &value)| {
        let mut ty = b.ty(value).clone();
        if (num_carried..num_carried + spec.num_stacked).contains(&index) {
            ty.shape.insert(0, Size::literal(spec.count as i64));
        }
        ty
    });
    let outputs = outputs.collect();
    let body = b.close_block(results);
    let (count, reverse, num_stacked, num_sums) = (spec.count, spec.reverse, spec.num_stacked, spec.num_sums);
    let op = Repeat {
        count: Size::literal(count as i64),
        is_unbounded: false,
        reverse,
        body,
        num_carried,
        num_stacked,
        num_sums,
        outputs,
    };
    let inputs: Vec<Value> = spec.carried.iter().chain(&spec.stacks).copied().collect();
    b.try_add(op.into(), &inputs).expect("the loop is well typed")
}

/// As one copy of the body for each iteration.
fn unrolled(b: &mut Builder, spec: &Loop, body: Body<'_>) -> Vec<Value> {
    let mut carried = spec.carried.clone();
    let mut stacked: Vec<Vec<Value>> = vec![Vec::new(); spec.num_stacked];
    let mut sums: Vec<Option<Value>> = vec![None; spec.num_sums];
    for step in 0..spec.count {
        let index = if spec.reverse { spec.count - 1 - step } else { step } as i64;
        let elements: Vec<Value> = spec.stacks.iter().map(|&stack| op!(b, slice(stack, index))).collect();
        let results = body(b, &carried, &elements);
        let (new, rest) = results.split_at(carried.len());
        let (rows, terms) = rest.split_at(spec.num_stacked);
        for (stack, &row) in stacked.iter_mut().zip(rows) {
            let mut shape = b.ty(row).shape.clone();
            shape.insert(0, Size::one());
            stack.push(op!(b, reshape(row, shape)));
        }
        for (sum, &term) in sums.iter_mut().zip(terms) {
            *sum = Some(sum.map_or(term, |sum| op!(b, add(sum, term))));
        }
        carried = new.to_vec();
    }
    let stacks = stacked.into_iter().map(|mut rows| {
        if spec.reverse {
            rows.reverse();
        }
        op!(b, concat(rows))
    });
    carried.extend(stacks.collect::<Vec<_>>());
    carried.extend(sums.into_iter().flatten());
    carried
}

/// All values in one vector, so that one output depends on each of them.
fn joined(b: &mut Builder, values: &[Value]) -> Value {
    let flat: Vec<Value> = values.iter().map(|&value| op!(b, flatten(value))).collect();
    op!(b, concat(flat))
}

/// Checks a computation that contains loops, in both forms, and that the two agree.
fn check(case: Case, build: impl Fn(&mut Builder, &[Value], Run) -> Vec<Value>) -> Graph {
    let in_form = |run: Run| {
        let build = &build;
        move |b: &mut Builder, x: &[Value]| {
            let values = build(b, x, run);
            joined(b, &values)
        }
    };
    let left = case.check(in_form(looped));
    let right = case.run(in_form(unrolled));
    assert_close(&left.output, &right.output, 1e-12, "output");
    for (left, right) in left.grads.iter().zip(&right.grads) {
        let zero = |other: &Option<Array>| other.as_ref().map(|array| Array::full(&array.shape, 0.0));
        let (left, right) = (left.clone().or(zero(right)), right.clone().or(zero(left)));
        if let (Some(left), Some(right)) = (left, right) {
            assert_close(&left, &right, 1e-12, "gradient");
        }
    }
    case.check_twice(in_form(looped));
    left.graph
}

/// `tanh(x w + b)`.
fn layer(b: &mut Builder, x: Value, weight: Value, bias: Value) -> Value {
    let scaled = op!(b, mul(x, weight));
    let shifted = op!(b, add(scaled, bias));
    op!(b, tanh(shifted))
}

#[test]
fn carried_stacked_and_summed() {
    for reverse in [false, true] {
        let case = Case::new().input(shape![4]).input(shape![3, 4]).input(shape![3, 4]);
        check(case, |b, x, run| {
            let spec = Loop::new(3, &[x[0]], &[x[1], x[2]]).giving(1, 1);
            let spec = if reverse { spec.in_reverse() } else { spec };
            run(b, &spec, &|b, carried, elements| {
                let y = layer(b, carried[0], elements[0], elements[1]);
                let squares = op!(b, mul(y, y));
                vec![y, squares, op!(b, mul(y, carried[0]))]
            })
        });
    }
}

#[test]
fn outer_values_are_captured() {
    let n = Size::symbol("N");
    let case =
        Case::new().size("N", 2).input(shape![n, 3]).input(shape![2, 3, 3]).input(shape![3]).input(shape![]);
    check(case, |b, x, run| {
        let outside = op!(b, tanh(x[2]));
        let outputs = run(b, &Loop::new(2, &[x[0]], &[x[1]]), &|b, carried, elements| {
            let product = op!(b, matmul(carried[0], elements[0]));
            let shifted = op!(b, add(product, outside));
            let scaled = op!(b, mul(shifted, x[3]));
            vec![op!(b, tanh(scaled))]
        });
        vec![outputs[0], outside]
    });
}

#[test]
fn carried_values_that_change_places() {
    let case = Case::new().input(shape![2]).input(shape![2]).input(shape![4, 2]);
    check(case, |b, x, run| {
        run(b, &Loop::new(4, &[x[0], x[1]], &[x[2]]), &|b, carried, elements| {
            let product = op!(b, mul(carried[0], elements[0]));
            vec![carried[1], op!(b, sub(product, carried[1]))]
        })
    });
}

#[test]
fn a_carried_value_becomes_active_on_the_way() {
    let case = Case::new().input(shape![3, 2]);
    check(case, |b, x, run| {
        let zero = b.constant(0.0);
        let (zeros, ones) = (b.expand(zero, shape![2]), b.constant(1.0));
        let ones = b.expand(ones, shape![2]);
        run(b, &Loop::new(3, &[zeros, ones], &[x[0]]), &|b, carried, elements| {
            // The second becomes active only after the first has.
            let second = op!(b, mul(carried[0], carried[1]));
            vec![op!(b, add(carried[0], elements[0])), op!(b, add(second, 1.0))]
        })
    });
}

#[test]
fn values_that_pass_through_unchanged() {
    let case = Case::new().input(shape![2]).input(shape![3, 2]).input(shape![2]);
    check(case, |b, x, run| {
        // Results that are a parameter, an element, or an outer value themselves.
        let spec = Loop::new(3, &[x[0], x[2]], &[x[1]]).giving(3, 2);
        run(b, &spec, &|b, carried, elements| {
            let next = op!(b, add(carried[1], elements[0]));
            vec![carried[0], next, elements[0], carried[0], x[2], elements[0], x[2]]
        })
    });
}

#[test]
fn without_carried_values_or_stacks() {
    let case = Case::new().input(shape![3, 4]);
    check(case, |b, x, run| {
        run(b, &Loop::new(3, &[], &[x[0]]).giving(1, 1), &|b, _, elements| {
            let y = op!(b, tanh(elements[0]));
            vec![y, op!(b, sum(y))]
        })
    });
    let case = Case::new().input(shape![4]).input(shape![4]);
    check(case, |b, x, run| {
        run(b, &Loop::new(5, &[x[0]], &[]), &|b, carried, _| vec![op!(b, mul(carried[0], x[1]))])
    });
}

#[test]
fn one_iteration_and_none() {
    let case = Case::new().input(shape![2]).input(shape![1, 2]);
    check(case, |b, x, run| {
        run(b, &Loop::new(1, &[x[0]], &[x[1]]).giving(1, 0), &|b, carried, elements| {
            let y = op!(b, mul(carried[0], elements[0]));
            vec![y, op!(b, exp(y))]
        })
    });
    let checked = Case::new().input(shape![2]).input(shape![0, 2]).check(|b, x| {
        looped(b, &Loop::new(0, &[x[0]], &[x[1]]), &|b, carried, elements| {
            vec![op!(b, mul(carried[0], elements[0]))]
        })[0]
    });
    assert_eq!(grad(&checked, 0), checked.grad_output.data, "no iteration is the identity");
}

#[test]
fn unused_results_need_no_gradient() {
    let case = Case::new().input(shape![2]).input(shape![3, 2]);
    check(case, |b, x, run| {
        let outputs = run(b, &Loop::new(3, &[x[0]], &[x[1]]).giving(2, 1), &|b, carried, elements| {
            let y = layer(b, carried[0], elements[0], carried[0]);
            vec![y, op!(b, exp(y)), op!(b, sqrt(y)), op!(b, mul(y, y))]
        });
        vec![outputs[1]]
    });
}

#[test]
fn nested_two_deep() {
    let case = Case::new()
        .input(shape![3])
        .input(shape![2, 3])
        .input(shape![2, 4, 3])
        .input(shape![3])
        .input(shape![2, 3]);
    let graph = check(case, |b, x, run| {
        let spec = Loop::new(2, &[x[0]], &[x[1], x[2], x[4]]).giving(1, 1);
        run(b, &spec, &|b, carried, elements| {
            let start = op!(b, mul(carried[0], elements[0]));
            // The inner loop captures an element and a carried value of the outer one, and a value outside both.
            let inner = Loop::new(4, &[start], &[elements[1]]).giving(1, 1);
            let inner = run(b, &inner, &|b, carried_inner, elements_inner| {
                let y = layer(b, carried_inner[0], elements_inner[0], elements[2]);
                let y = op!(b, add(y, carried[0]));
                let y = op!(b, mul(y, x[3]));
                vec![y, op!(b, mul(y, y)), op!(b, sigmoid(y))]
            });
            let rows = op!(b, sum(inner[1], 0));
            let next = op!(b, add(inner[0], rows));
            let next = op!(b, tanh(next));
            vec![next, inner[1], inner[2]]
        })
    });
    assert_eq!(count_ops(&graph)["repeat"], 4, "two forward, two backward: {graph}");
}

#[test]
fn loops_in_a_row_and_in_one_another_share_a_stack() {
    let case = Case::new().input(shape![2]).input(shape![3, 2]);
    check(case, |b, x, run| {
        let body: Body<'_> = &|b, carried, elements| vec![layer(b, carried[0], elements[0], carried[0])];
        let first = run(b, &Loop::new(3, &[x[0]], &[x[1]]), body)[0];
        let second = run(b, &Loop::new(3, &[first], &[x[1]]).in_reverse(), body)[0];
        run(b, &Loop::new(2, &[second], &[]), &|b, carried, _| {
            run(b, &Loop::new(3, &[carried[0]], &[x[1]]), body)
        })
    });
}
