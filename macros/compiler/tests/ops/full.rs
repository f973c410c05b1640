//! Tensors of one number.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn constants() {
    let n = Size::symbol("N");
    let case = Case::new().size("N", 3).input(shape![n, 2]);
    let sum =
        |build: &dyn Fn(&mut macrograd_compiler::graph::Builder) -> macrograd_compiler::graph::Value| {
            let checked = case.check(|b, x| {
                let other = build(b);
                op!(b, add(x[0], other))
            });
            let x = case.run(|_, x| x[0]).output;
            let difference = checked.output.data.iter().zip(&x.data).map(|(sum, x)| sum - x);
            difference.map(|value| (value * 1e6).round() / 1e6).collect::<Vec<_>>()
        };
    assert_eq!(sum(&|b| op!(b, zeros([n.clone(), 2.into()]))), [0.0; 6]);
    assert_eq!(sum(&|b| op!(b, ones([2]))), [1.0; 6]);
    assert_eq!(sum(&|b| op!(b, full([1, 1], 2.5))), [2.5; 6]);
    assert_eq!(sum(&|b| op!(b, full(Vec::<i64>::new(), -3))), [-3.0; 6]);
    let alone = case.run(|b, _| op!(b, ones([2, 3])));
    assert_eq!((alone.output.data, alone.output.shape), (vec![1.0; 6], vec![2, 3]));
}

#[test]
pub(crate) fn like_another() {
    let case = Case::new().input(shape![2, 3]).input(shape![]);
    let checked = case.run(|b, x| op!(b, zeros_like(x[0])));
    assert_eq!((checked.output.data, checked.output.shape), (vec![0.0; 6], vec![2, 3]));
    assert_eq!(case.run(|b, x| op!(b, ones_like(x[0]))).output.data, [1.0; 6]);
    assert_eq!(case.run(|b, x| op!(b, full_like(x[0], 4))).output.data, [4.0; 6]);
    // A scalar tensor keeps its gradient.
    case.check(|b, x| op!(b, full_like(x[0], x[1])));
    case.check(|b, x| op!(b, full([4], x[1])));
}

#[test]
fn problems() {
    let text = problem([f32(shape![3])], |b, [x]| try_op!(b, full([3], x)));
    assert_eq!(
        text,
        "`value` of `full` is one number, found a tensor of shape [3]\n\
         help: `expand` broadcasts a tensor to a shape\n\
         at 1"
    );
    let text = problem([], |b, []| try_op!(b, zeros([0, 3])));
    assert!(text.starts_with("sizes of `zeros` are at least 1, found 0 in [0, 3]"), "{text}");
    let text = problem([], |b, []| try_op!(b, ones(3)));
    assert_eq!(text, "`shape` of `ones` is a list of sizes such as `[N, 28 * 28]`, found 3\nat 0");
}
