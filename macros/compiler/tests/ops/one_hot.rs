//! Labels as vectors with a single one.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn values() {
    let n = Size::symbol("N");
    let case = Case::new().size("N", 3).labels(shape![n], &[2.0, 0.0, 1.0]).input(shape![n, 3]);
    let checked = case.check(|b, x| {
        let rows = op!(b, one_hot(x[0], 3));
        op!(b, mul(rows, x[1]))
    });
    let x = grad(&checked, 1);
    assert!(x.iter().enumerate().all(|(at, &grad)| (grad != 0.0) == [2, 3, 7].contains(&at)), "{x:?}");
    let case = Case::new().labels(shape![], &[1.0]);
    assert_eq!(case.run(|b, x| op!(b, one_hot(x[0], num_classes = 3))).output.data, [0.0, 1.0, 0.0]);
}

#[test]
fn problems() {
    let text = problem([f32(shape![3])], |b, [x]| try_op!(b, one_hot(x, 3)));
    assert_eq!(
        text,
        "`label` of `one_hot` is a tensor of whole numbers, found `f32`\n\
         help: declare it `Tensor<u8, N>`: one class number for each row\n\
         at 0"
    );
}
