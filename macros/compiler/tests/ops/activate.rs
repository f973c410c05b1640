//! Activations by name.

use crate::support::*;
use macrograd_compiler::graph::Size;
use macrograd_compiler::ops::activate::ACTIVATIONS;
use macrograd_compiler::ops::find_method;

#[test]
pub(crate) fn gradient() {
    // Away from the kinks at 0, ±0.5, ±1 and ±3.
    let n = Size::symbol("N");
    for (low, high) in [(-2.7, -1.2), (0.6, 0.9)] {
        let case = || Case::new().size("N", 3).between(low, high, shape![n, 4]);
        for activation in ACTIVATIONS {
            case().check_twice(|b, x| op!(b, activate(x[0], activation)));
        }
    }
}

#[test]
pub(crate) fn gradient_of_gate_by() {
    let case = || Case::new().input(shape![2, 3, 4, 2]).between(0.6, 0.9, shape![2, 3, 1, 1]);
    for gate in ACTIVATIONS {
        case().check_twice(|b, x| op!(b, gate_by(x[0], x[1], gate = gate)));
    }
    let [by_default, sigmoid] = [
        case().run(|b, x| op!(b, gate_by(x[0], x[1]))),
        case().run(|b, x| op!(b, gate_by(x[0], x[1], gate = "sigmoid"))),
    ];
    assert_eq!(by_default.output.data, sigmoid.output.data);
}

#[test]
fn each_is_the_operation_of_its_name() {
    let case = Case::new().values(shape![6], &[-4.0, -2.0, -0.3, 0.2, 2.0, 7.0]);
    for activation in ACTIVATIONS {
        let found = case.run(|b, x| op!(b, activate(x[0], activation)));
        let expected = case.run(|b, x| match find_method(activation) {
            Some(_) => call(b, activation, vec![(None, x[0].to_argument())]).expect("it takes a tensor"),
            None => x[0],
        });
        assert_eq!(found.output.data, expected.output.data, "{activation}");
    }
}

#[test]
fn problems() {
    let text = problem([f32(shape![2])], |b, [x]| try_op!(b, activate(x, "rleu")));
    assert!(
        text.starts_with("`activation` of `activate` is one of \"relu\", \"relu6\", ")
            && text
                .ends_with("\"identity\", found \"rleu\"\nhelp: did you mean `activation = \"relu\"`\nat 1"),
        "{text}"
    );
    let text = problem([f32(shape![2])], |b, [x]| try_op!(b, gate_by(x, x, gate = "hard")));
    assert!(text.starts_with("`gate` of `gate_by` is one of \"relu\", "), "{text}");
    let text = problem([f32(shape![2]), f32(shape![3])], |b, [x, y]| try_op!(b, gate_by(x, y)));
    assert!(text.starts_with("shapes [2] and [3] cannot be broadcast together"), "{text}");
    let text = problem([u8(shape![2])], |b, [x]| try_op!(b, activate(x, "relu")));
    assert!(text.starts_with("`activate` takes an `f32` tensor as `x`"), "{text}");
}
