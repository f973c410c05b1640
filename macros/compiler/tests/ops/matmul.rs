//! Matrix products.

use crate::support::*;
use macrograd_compiler::graph::{Builder, Graph, Size, Value};
use macrograd_compiler::ops::Op;

#[test]
pub(crate) fn gradient() {
    let (n, t) = (Size::symbol("N"), Size::symbol("T"));
    let cases = [
        (shape![2, 3], shape![3, 4], vec![2, 4]),
        (shape![1, 1], shape![1, 1], vec![1, 1]),
        (shape![1, 5], shape![5, 1], vec![1, 1]),
        (shape![3], shape![3], vec![]),
        (shape![3], shape![3, 4], vec![4]),
        (shape![2, 3], shape![3], vec![2]),
        (shape![2, 3, 4], shape![4, 5], vec![2, 3, 5]),
        (shape![2, 3, 4], shape![1, 4, 5], vec![2, 3, 5]),
        (shape![3, 4], shape![2, 4, 5], vec![2, 3, 5]),
        (shape![3, 4], shape![1, 4, 5], vec![1, 3, 5]),
        (shape![2, 3, 4], shape![2, 4, 5], vec![2, 3, 5]),
        (shape![4], shape![2, 4, 5], vec![2, 5]),
        (shape![2, 3, 4], shape![4], vec![2, 3]),
        (shape![2, 1, 3, 4], shape![1, 3, 4, 2], vec![2, 3, 3, 2]),
        (shape![n, 3], shape![3, 2], vec![4, 2]),
        (shape![n, t, 3], shape![3, 2], vec![4, 5, 2]),
        (shape![n, t, 3], shape![n, 3, t], vec![4, 5, 5]),
        (shape![3, n], shape![n, 2], vec![3, 2]),
    ];
    for (left, right, expected) in cases {
        let case = Case::new().size("N", 4).size("T", 5).input(left).input(right);
        let checked = case.check(|b, x| op!(b, matmul(x[0], x[1])));
        assert_eq!(checked.output.shape, expected);
    }
}

#[test]
fn second_gradient() {
    for (left, right) in
        [(shape![2, 3], shape![3, 4]), (shape![2, 2, 3], shape![2, 3, 2]), (shape![3], shape![3, 2])]
    {
        let case = Case::new().input(left).input(right);
        case.check_twice(|b, x| {
            let product = op!(b, matmul(x[0], x[1]));
            op!(b, mul(product, product))
        });
    }
}

/// The four ways to store the operands, each with its gradient and its second gradient.
#[test]
fn transposed_operands_cost_no_copy() {
    let transposed = |b: &mut Builder, value: Value, transpose: bool| {
        if transpose { op!(b, transpose(value, -2, -1)) } else { value }
    };
    let stored = |rows: i64, columns: i64, transpose: bool| {
        if transpose { [columns, rows] } else { [rows, columns] }
    };
    for (ta, tb) in [(false, false), (true, false), (false, true), (true, true)] {
        for batch in [vec![], vec![2i64]] {
            let shape = |matrix: [i64; 2]| batch.iter().copied().chain(matrix).map(Size::literal).collect();
            let case = Case::new().input(shape(stored(2, 3, ta))).input(shape(stored(3, 4, tb)));
            let build = |b: &mut Builder, x: &[Value]| {
                let (left, right) = (transposed(b, x[0], ta), transposed(b, x[1], tb));
                op!(b, matmul(left, right))
            };
            let checked = case.check(build);
            assert!(!count_ops(&checked.graph).contains_key("permute"), "{}", checked.graph);
            assert!(flags(&checked.graph).contains(&(ta, tb)), "{}", checked.graph);
            case.check_twice(build);
        }
    }
}

/// `transpose_a` and `transpose_b` of the graph's products.
fn flags(graph: &Graph) -> Vec<(bool, bool)> {
    let mut flags = Vec::new();
    for_each_node(&graph.body, &mut |node| {
        if let Op::Matmul(matmul) = &node.op {
            flags.push((matmul.transpose_a, matmul.transpose_b));
        }
    });
    flags
}

#[test]
fn the_gradients_of_a_layer_are_two_products() {
    let case = Case::new().input(shape![4, 3]).input(shape![5, 3]);
    let checked = case.check(|b, x| {
        let weight = op!(b, t(x[1]));
        op!(b, matmul(x[0], weight))
    });
    let counts = count_ops(&checked.graph);
    assert_eq!(counts["matmul"], 3, "{}", checked.graph);
    assert_eq!(counts.len(), 2, "inputs and products only: {}", checked.graph);
}

#[test]
fn problems() {
    let text = problem([f32(shape![]), f32(shape![3])], |b, [x, y]| try_op!(b, matmul(x, y)));
    assert!(
        text.starts_with("`matmul` takes vectors and matrices, found a scalar") && text.ends_with("at 0")
    );
    let text = problem([f32(shape![2, 3]), f32(shape![4, 5])], |b, [x, y]| try_op!(b, matmul(x, y)));
    assert_eq!(
        text,
        "`matmul` of [2, 3] by [4, 5]: rows of the first have 3 elements, columns of the second 4\n\
         help: transpose one of them, or change its width\n\
         at 1"
    );
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, matmul(x, 2.0)));
    assert_eq!(
        text,
        "`matmul` takes vectors and matrices, found a scalar\n\
         help: multiply by a scalar with `*`\n\
         at 1"
    );
    let text = problem([f32(shape![2, 3, 4]), f32(shape![3, 4, 5])], |b, [x, y]| try_op!(b, matmul(x, y)));
    assert_eq!(
        text,
        "`matmul` of [2, 3, 4] by [3, 4, 5]: the leading axes [2] and [3] cannot be broadcast together\n\
         help: make them equal, or 1 where one matrix serves all\n\
         at 1"
    );
}
