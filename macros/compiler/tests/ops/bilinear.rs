//! Products of all pairs of features.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    for batch in [shape![], shape![4], shape![2, 3]] {
        let of = |features: i64| batch.iter().cloned().chain(shape![features]).collect();
        let case = Case::new().input(of(3)).input(of(2)).input(shape![5, 3, 2]).input(shape![5]);
        case.check_twice(|b, x| op!(b, bilinear(x[0], x[1], x[2], bias = x[3])));
        case.check(|b, x| op!(b, bilinear(x[0], x[1], x[2])));
    }
    let case = Case::new().values(shape![1, 1], &[2.0]).values(shape![1, 2], &[3.0, 5.0]);
    let case = case.values(shape![1, 1, 2], &[7.0, 11.0]);
    assert_eq!(case.check(|b, x| op!(b, bilinear(x[0], x[1], x[2]))).output.data, [152.0]);
}

#[test]
fn problems() {
    let types = || [f32(shape![4, 3]), f32(shape![5, 2]), f32(shape![6, 2, 3]), f32(shape![4, 2])];
    let text = problem(types(), |b, [x, y, w, _]| try_op!(b, bilinear(x, y, w)));
    assert_eq!(
        text,
        "`bilinear` takes operands of the same leading axes: [4, 3] and [5, 2] do not fit\n\
         help: change `other` to fit [4, 3]\n\
         at 1"
    );
    let text = problem(types(), |b, [x, _, w, y]| try_op!(b, bilinear(x, y, w)));
    assert!(
        text.starts_with(
            "`bilinear` takes a weight of the sizes of both operands: [6, 3, 2] and [6, 2, 3] do"
        )
    );
    let text = problem(types(), |b, [x, _, w, y]| try_op!(b, bilinear(y, x, w, bias = x)));
    assert!(
        text.starts_with("`bilinear` takes a bias of one element per output: [6] and [4, 3] do not fit"),
        "{text}"
    );
}
