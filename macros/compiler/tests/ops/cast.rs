use crate::support::*;

pub(crate) fn whole_numbers() {
    let case = Case::new().labels(shape![3], &[0.0, 7.0, 255.0]).input(shape![3]);
    let checked = case.check(|b, x| {
        let number = op!(b, to_f32(x[0]));
        op!(b, mul(number, x[1]))
    });
    assert!(checked.grads[0].is_none());
    let checked = case.run(|b, x| op!(b, to_f32(x[0])));
    assert_eq!(checked.output.data, [0.0, 7.0, 255.0]);
}

#[test]
fn truth_values_become_one_and_zero() {
    let case = Case::new().values(shape![3], &[-1.0, 0.0, 2.0]);
    let checked = case.run(|b, x| {
        let positive = op!(b, gt(x[0], 0.0));
        op!(b, to_f32(positive))
    });
    assert_eq!(checked.output.data, [0.0, 0.0, 1.0]);
    let checked = case.check(|b, x| op!(b, to_f32(x[0])));
    assert_eq!(checked.output.data, [-1.0, 0.0, 2.0]);
}

pub(crate) fn between_reals() {
    let case = Case::new().values(shape![4], &[0.0, 257.0, -259.0, 0.1]);
    let halved = case.run(|b, x| {
        let half = op!(b, cast(x[0], "bf16"));
        op!(b, to_f32(half))
    });
    assert_eq!(halved.output.data, [0.0, 256.0, -260.0, 0.10009765625]);
    // As if nothing were rounded.
    assert_eq!(halved.grads[0].as_ref().expect("gradients pass between reals").data.len(), 4);
    case.check(|b, x| {
        let double = op!(b, cast(x[0], "f64"));
        op!(b, to_f32(double))
    });
}

#[test]
fn f16_has_small_and_infinite_numbers() {
    let case = Case::new().values(shape![4], &[65_519.9, 65_520.0, 2f64.powi(-24), 0.4 * 2f64.powi(-24)]);
    let checked = case.run(|b, x| {
        let half = op!(b, cast(x[0], "f16"));
        op!(b, to_f32(half))
    });
    assert_eq!(checked.output.data, [65_504.0, f64::INFINITY, 2f64.powi(-24), 0.0]);
}

#[test]
fn whole_numbers_lose_fractions_saturate_and_wrap() {
    let case = Case::new().values(shape![4], &[-1.9, 1.9, 300.0, -300.0]);
    let to = |names: &'static [&'static str]| {
        case.run(move |b, x| {
            let mut value = x[0];
            for &name in names {
                value = op!(b, cast(value, name));
            }
            op!(b, to_f32(value))
        })
        .output
        .data
    };
    assert_eq!(to(&["i8"]), [-1.0, 1.0, 127.0, -128.0]);
    assert_eq!(to(&["u8"]), [0.0, 1.0, 255.0, 0.0]);
    assert_eq!(to(&["i64", "u8"]), [255.0, 1.0, 44.0, 212.0]);
    assert_eq!(to(&["i32", "i8"]), [-1.0, 1.0, 44.0, -44.0]);
}

#[test]
fn problems() {
    let text = problem([f32(shape![2])], |b, [x]| try_op!(b, cast(x, "f23")));
    assert!(text.contains("one of \"f32\", \"f64\"") && text.contains("found \"f23\""), "{text}");
    let text = problem([f32(shape![2])], |b, [x]| {
        let half = op!(b, cast(x, "bf16"));
        try_op!(b, exp(half))
    });
    assert!(text.contains("computing is done in `f32`: cast it with `as f32`"), "{text}");
}
