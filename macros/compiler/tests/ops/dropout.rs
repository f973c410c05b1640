//! Dropout.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    for shape in [shape![], shape![1], shape![3, 5], shape![n, 3]] {
        let case = Case::new().size("N", 2).input(shape);
        case.check_twice(|b, x| {
            let dropped = op!(b, dropout(x[0], 0.4));
            op!(b, mul(dropped, dropped))
        });
    }
}

#[test]
fn the_mask_is_that_of_the_forward_pass() {
    let checked = Case::new().between(1.0, 2.0, shape![1000]).run(|b, x| op!(b, dropout(x[0], 0.25)));
    let kept = checked.output.data.iter().filter(|&&value| value != 0.0).count();
    // Five standard deviations of a binomial distribution around 750.
    assert!((kept as f64 - 750.0).abs() < 5.0 * (1000.0f64 * 0.75 * 0.25).sqrt(), "{kept} of 1000 are kept");
    for ((&y, &dx), &dy) in checked.output.data.iter().zip(grad(&checked, 0)).zip(&checked.grad_output.data) {
        assert_eq!(dx, if y == 0.0 { 0.0 } else { dy / 0.75 });
    }
}

#[test]
fn places_in_the_program_have_their_own_masks() {
    let checked = Case::new().between(1.0, 2.0, shape![100]).run(|b, x| {
        let list = || vec![(None, x[0].to_argument()), (None, 0.5.to_argument())];
        let first = call_at_site(b, "dropout", list(), 1).expect("a valid call");
        let second = call_at_site(b, "dropout", list(), 2).expect("a valid call");
        op!(b, sub(first, second))
    });
    assert!(checked.output.data.iter().any(|&value| value != 0.0));
    assert_eq!(count_ops(&checked.graph)["dropout"], 4, "two forward, two backward");
}

#[test]
fn rates_zero_and_one() {
    let checked = Case::new().input(shape![7]).check(|b, x| op!(b, dropout(x[0], 0.0)));
    assert_eq!(grad(&checked, 0), checked.grad_output.data);
    assert!(!count_ops(&checked.graph).contains_key("dropout"));
    let checked = Case::new().input(shape![7]).check(|b, x| op!(b, dropout(x[0], rate = 1)));
    assert_eq!(checked.output.data, [0.0; 7]);
    assert_eq!(grad(&checked, 0), [0.0; 7]);
}

#[test]
fn problems() {
    let text = problem([f32(shape![2])], |b, [x]| try_op!(b, dropout(x, 1.5)));
    assert_eq!(
        text,
        "the rate of `dropout` is a probability, 0 to 1, found 1.5\n\
         help: write the part to drop, for instance `dropout(0.5)`\n\
         at 1"
    );
    let text = problem([f32(shape![2])], |b, [x]| try_op!(b, dropout(x, -0.1)));
    assert!(text.contains("found -0.1"));
    let text = problem([f32(shape![2])], |b, [x]| try_op!(b, dropout(x, f64::NAN)));
    assert!(text.contains("found NaN"));
    let n = Size::symbol("N");
    let text = problem([f32(shape![2])], |b, [x]| try_op!(b, dropout(x, n)));
    assert_eq!(text, "`rate` of `dropout` is a number known at compile time, found N\nat 1");
}
