//! Dropout that keeps mean and variance.

use crate::support::*;
use macrograd_compiler::graph::{Builder, Value};

#[test]
pub(crate) fn gradient() {
    for shape in [shape![], shape![3, 5], shape![2, 3, 2]] {
        let case = Case::new().input(shape);
        case.check_twice(|b, x| {
            let dropped = op!(b, alpha_dropout(x[0], 0.4));
            op!(b, mul(dropped, dropped))
        });
    }
}

#[test]
pub(crate) fn gradient_of_features() {
    let case = Case::new().between(0.5, 2.0, shape![40, 5, 4]);
    let checked = case.check(|b, x| op!(b, feature_alpha_dropout(x[0], 0.3)));
    // Below what any kept element of this case can be.
    let dropped = |y: f64| y < 0.0;
    let channels: Vec<&[f64]> = checked.output.data.chunks(4).collect();
    assert!(channels.iter().all(|channel| channel.iter().all(|&y| dropped(y) == dropped(channel[0]))));
    let count = channels.iter().filter(|channel| dropped(channel[0])).count() as f64;
    assert!((count - 60.0).abs() < 5.0 * (200.0f64 * 0.3 * 0.7).sqrt(), "{count} of 200 are dropped");
}

#[test]
fn mean_and_variance_stay() {
    let case = Case::new().input(shape![40_000]);
    for rate in [0.1, 0.5, 0.9] {
        let output = case.run(|b, x| op!(b, alpha_dropout(x[0], rate))).output;
        let mean = output.data.iter().sum::<f64>() / 40_000.0;
        let variance = output.data.iter().map(|y| (y - mean) * (y - mean)).sum::<f64>() / 40_000.0;
        assert!(
            mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05,
            "{rate}: mean {mean}, variance {variance}"
        );
    }
}

#[test]
fn rates_zero_and_one() {
    let case = Case::new().input(shape![7, 2]);
    let methods: [fn(&mut Builder, Value, f64) -> Value; 2] =
        [|b, x, rate| op!(b, alpha_dropout(x, rate)), |b, x, rate| op!(b, feature_alpha_dropout(x, rate))];
    for method in methods {
        let checked = case.check(|b, x| method(b, x[0], 0.0));
        assert_eq!(grad(&checked, 0), checked.grad_output.data);
        assert_eq!(case.check(|b, x| method(b, x[0], 1.0)).output.data, [0.0; 14]);
    }
}

#[test]
fn problems() {
    let text = problem([f32(shape![2])], |b, [x]| try_op!(b, alpha_dropout(x, -0.5)));
    assert!(text.starts_with("the rate of `alpha_dropout` is a probability, 0 to 1, found -0.5"), "{text}");
    let text = problem([f32(shape![2])], |b, [x]| try_op!(b, feature_alpha_dropout(x, 0.5)));
    assert!(text.starts_with("`feature_alpha_dropout` takes [N, channels, …], found [2]"), "{text}");
}
