//! Normalisation of each channel of each sample.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    for shape in [shape![2, 3, 4], shape![1, 2, 2, 3]] {
        let channels = vec![shape[1].clone()];
        let case = Case::new().input(shape).input(channels.clone()).input(channels);
        case.check(|b, x| op!(b, instance_norm(x[0])));
        case.check_twice(|b, x| op!(b, instance_norm(x[0], x[1], x[2], eps = 0.1)));
    }
}

#[test]
fn problems() {
    assert_eq!(
        problem([f32(shape![2, 3, 1])], |b, [x]| try_op!(b, instance_norm(x))),
        "`instance_norm` needs more than one element per channel, found [2, 3, 1]\n\
         note: the mean and the variance are those of the axes after the channels, axis 1\n\
         help: use `layer_norm` to normalise over the channels\n\
         at 0"
    );
    let text = problem([f32(shape![2, 3, 4]), f32(shape![2])], |b, [x, w]| try_op!(b, instance_norm(x, w)));
    assert!(
        text.starts_with("`weight` of `instance_norm` has one element per channel, [3], found [2]"),
        "{text}"
    );
}
