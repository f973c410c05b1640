use crate::support::*;

/// Places have no gradient; what is computed beside them keeps its own.
pub(crate) fn places() {
    let case = Case::new().values(shape![2, 3], &[1.0, 5.0, 5.0, -2.0, -7.0, -2.0]);
    let checked = case.run(|b, x| op!(b, argmax(x[0], 1)));
    assert_eq!(checked.output.data, [1.0, 0.0]);
    assert_eq!(checked.output.shape, [2]);
    let checked = case.run(|b, x| op!(b, argmin(x[0], axis = -1, keepdim = true)));
    assert_eq!(checked.output.data, [0.0, 1.0]);
    assert_eq!(checked.output.shape, [2, 1]);
    let checked = case.run(|b, x| op!(b, argmax(x[0])));
    assert_eq!((checked.output.data, checked.output.shape), (vec![1.0], vec![]));
    let checked = case.run(|b, x| op!(b, argmin(x[0], keepdim = true)));
    assert_eq!((checked.output.data, checked.output.shape), (vec![4.0], vec![1, 1]));
    let checked = case.run(|b, x| op!(b, argmax(x[0], 0)));
    assert_eq!(checked.output.data, [0.0, 0.0, 0.0]);
    assert!(checked.grads[0].is_none(), "a place has no gradient");
}

#[test]
fn nan_is_found_first() {
    let case = Case::new().values(shape![4], &[3.0, f64::NAN, 9.0, f64::NAN]);
    for name in ["argmax", "argmin"] {
        let checked = case.run(|b, x| call(b, name, vec![(None, x[0].to_argument())]).expect("a valid call"));
        assert_eq!(checked.output.data, [1.0]);
    }
}

#[test]
fn beside_a_value_with_a_gradient() {
    Case::new().input(shape![3, 4]).check(|b, x| {
        let place = op!(b, argmax(x[0], 1, keepdim = true));
        let place = op!(b, to_f32(place));
        op!(b, mul(x[0], place))
    });
}

#[test]
fn problems() {
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, argmax(x, 2)));
    assert_eq!(
        text,
        "axis 2 is out of range for `argmax`: the tensor has 2 axes\nnote: the tensor is [2, 3]\nhelp: use 0 to 1, or -2 to -1\nat 1"
    );
    let text = problem([u8(shape![2, 3])], |b, [x]| try_op!(b, argmin(x)));
    assert!(text.starts_with("`argmin` takes an `f32` tensor as `x`, found `u8` of shape [2, 3]"), "{text}");
}
