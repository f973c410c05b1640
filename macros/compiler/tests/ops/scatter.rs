//! Elements put, or added, to places along an axis.

use crate::support::*;
use macrograd_compiler::graph::Size;

/// A base, places without repetition along axis 1, and a source.
fn case() -> Case {
    Case::new().input(shape![2, 4]).labels(shape![2, 2], &[3.0, 0.0, 1.0, 2.0]).input(shape![2, 2])
}

#[test]
pub(crate) fn gradient() {
    let checked = case().check(|b, x| op!(b, scatter(x[0], 1, x[1], x[2])));
    assert_eq!(checked.output.shape, [2, 4]);
    case().check_twice(|b, x| {
        let squares = op!(b, mul(x[2], x[2]));
        let base = op!(b, mul(x[0], x[0]));
        op!(b, scatter(base, -1, x[1], squares))
    });
    let checked = case().check(|b, x| op!(b, scatter(x[0], 1, x[1], 2.5)));
    assert_eq!(checked.output.data[3], 2.5);
    case().check(|b, x| op!(b, scatter(x[0], 1, x[1], 2)));
    case().check_twice(|b, x| {
        let base = op!(b, mul(x[0], x[0]));
        op!(b, scatter(base, 1, x[1], -1.0))
    });
}

#[test]
fn of_equal_indices_the_last_wins_and_each_has_its_gradient() {
    let case = Case::new().values(shape![3], &[1.0, 2.0, 3.0]).labels(shape![3], &[1.0, 1.0, 0.0]);
    let checked =
        case.values(shape![3], &[10.0, 20.0, 30.0]).run(|b, x| op!(b, scatter(x[0], 0, x[1], x[2])));
    assert_eq!(checked.output.data, [30.0, 20.0, 3.0]);
    let of = &checked.grad_output.data;
    assert_eq!(grad(&checked, 0), [0.0, 0.0, of[2]]);
    assert_eq!(grad(&checked, 2), [of[1], of[1], of[0]]);
}

#[test]
pub(crate) fn gradient_of_scatter_add() {
    let n = Size::symbol("N");
    let index = [3.0, 3.0, 1.0, 3.0];
    for case in [
        Case::new().input(shape![2, 4]).labels(shape![2, 2], &index).input(shape![2, 2]),
        Case::new().size("N", 2).input(shape![n, 4]).labels(shape![n, 2], &index).input(shape![n, 2]),
    ] {
        case.check(|b, x| op!(b, scatter_add(x[0], 1, x[1], x[2])));
        case.check_twice(|b, x| {
            let squares = op!(b, mul(x[2], x[2]));
            op!(b, scatter_add(x[0], 1, x[1], squares))
        });
    }
}

#[test]
fn an_index_may_be_shorter_than_base_and_source() {
    let case = Case::new()
        .input(shape![3, 4, 2])
        .labels(shape![2, 2, 1], &[3.0, 0.0, 1.0, 2.0])
        .input(shape![4, 3, 2]);
    for adds in [false, true] {
        let checked = case.check(|b, x| {
            if adds { op!(b, scatter_add(x[0], 1, x[1], x[2])) } else { op!(b, scatter(x[0], 1, x[1], x[2])) }
        });
        assert_eq!(checked.output.shape, [3, 4, 2]);
    }
}

#[test]
fn problems() {
    let types = || [f32(shape![2, 3]), u8(shape![2, 2]), f32(shape![2])];
    let text = problem(types(), |b, [x, i, src]| try_op!(b, scatter(x, 1, i, src)));
    assert_eq!(
        text,
        "`scatter` takes a `src` of as many axes as its index, 2, found 1 [2]\n\
         help: give `src` an element for each index with `expand` or `reshape`\n\
         at 3"
    );
    let text = problem(types(), |b, [x, i, _]| try_op!(b, scatter_add(x, 1, i, 1.0)));
    assert!(
        text.starts_with("`scatter_add` takes a `src` of as many axes as its index, 2, found 0 []"),
        "{text}"
    );
    let types = [f32(shape![2, 3]), u8(shape![2, 2]), f32(shape![2, 1])];
    let text = problem(types, |b, [x, i, src]| try_op!(b, scatter(x, 1, i, src)));
    assert!(text.contains("along axis 1 the index has size 2 and the tensor 1"), "{text}");
}
