//! Normalisation over groups of channels.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    for shape in [shape![2, 4, 3], shape![2, 4], shape![1, 6, 2, 2]] {
        let channels = vec![shape[1].clone()];
        let case = Case::new().input(shape).input(channels.clone()).input(channels);
        for groups in [1, 2] {
            case.check(|b, x| op!(b, group_norm(x[0], groups)));
            case.check_twice(|b, x| op!(b, group_norm(x[0], groups, weight = x[1], bias = x[2], eps = 0.1)));
        }
        case.check(|b, x| op!(b, group_norm(x[0], num_groups = 2, bias = x[1])));
    }
}

#[test]
fn problems() {
    let types = || [f32(shape![2, 6, 3]), f32(shape![2])];
    assert_eq!(
        problem(types(), |b, [x, _]| try_op!(b, group_norm(x, 4))),
        "6 channels cannot be divided into 4 groups of equal size\n\
         note: the input is [2, 6, 3], with its channels along axis 1\n\
         help: use a number of groups that divides the number of channels\n\
         at 1"
    );
    let text = problem(types(), |b, [x, w]| try_op!(b, group_norm(x, 2, weight = w)));
    assert!(
        text.starts_with("`weight` of `group_norm` has one element per channel, [6], found [2]"),
        "{text}"
    );
    let text = problem(types(), |b, [_, w]| try_op!(b, group_norm(w, 2)));
    assert!(text.starts_with("`group_norm` takes [N, channels, …], found [2]"), "{text}");
}
