//! Batch normalisation, as a layer composes it.

use crate::support::*;
use macrograd_compiler::graph::{Builder, Size, Value};

/// Normalises with the statistics of the batch itself, as in training.
fn train(b: &mut Builder, x: &[Value]) -> Value {
    let mean = op!(b, batch_mean(x[0]));
    let var = op!(b, batch_var(x[0], mean));
    op!(b, batch_norm(x[0], mean, var, weight = x[1], bias = x[2]))
}

#[test]
pub(crate) fn gradient_of_training() {
    let n = Size::symbol("N");
    for shape in [shape![3, 2], shape![2, 3, 2, 2], shape![1, 2, 3], shape![4, 1], shape![n, 3, 2, 1]] {
        let case = Case::new().size("N", 3).input(shape.clone());
        let channels = vec![shape[1].clone()];
        let case = case.input(channels.clone()).input(channels);
        case.check(train);
        case.check_twice(train);
    }
}

#[test]
fn training_normalises() {
    let case = Case::new().between(5.0, 9.0, shape![4, 2, 3]).values(shape![2], &[1.0; 2]);
    let checked = case.values(shape![2], &[0.0; 2]).run(train);
    for channel in 0..2 {
        let values: Vec<f64> =
            (0..12).map(|place| checked.output.at(&[place / 3, channel, place % 3])).collect();
        let mean = values.iter().sum::<f64>() / 12.0;
        let var = values.iter().map(|value| value * value).sum::<f64>() / 12.0;
        assert!(mean.abs() < 1e-12 && (var - 1.0).abs() < 1e-4, "mean {mean}, variance {var}");
    }
}

#[test]
pub(crate) fn gradient_of_evaluation() {
    let n = Size::symbol("N");
    let case = Case::new().size("N", 2).input(shape![n, 3, 2]).input(shape![3]).between(0.5, 2.0, shape![3]);
    case.check(|b, x| op!(b, batch_norm(x[0], x[1], x[2])));
    case.check(|b, x| op!(b, batch_norm(x[0], x[1], x[2], bias = x[1])));
    case.check(|b, x| op!(b, batch_norm(x[0], x[1], x[2], x[2], eps = 0.1)));
}

#[test]
pub(crate) fn gradient_of_statistics() {
    let n = Size::symbol("N");
    for shape in [shape![3, 2], shape![2, 3, 2, 2], shape![1, 1], shape![n, 3]] {
        let case = Case::new().size("N", 3).input(shape.clone()).input(vec![shape[1].clone()]);
        case.check(|b, x| op!(b, batch_mean(x[0])));
        case.check(|b, x| op!(b, batch_var(x[0], x[1])));
    }
    let case = Case::new().values(shape![2, 2], &[1.0, 5.0, 3.0, 5.0]);
    assert_eq!(case.run(|b, x| op!(b, batch_mean(x[0]))).output.data, [2.0, 5.0]);
    let checked = case.run(|b, x| {
        let mean = op!(b, batch_mean(x[0]));
        op!(b, batch_var(x[0], mean))
    });
    assert_eq!(checked.output.data, [1.0, 0.0], "biased");
}

#[test]
fn problems() {
    let text = problem([f32(shape![3])], |b, [x]| try_op!(b, batch_mean(x)));
    assert_eq!(
        text,
        "`batch_mean` takes [N, channels, …], found [3]\n\
         help: add the missing axes with `reshape`: the channels lie along axis 1\n\
         at 0"
    );
    let types = || [f32(shape![2, 3]), f32(shape![3]), f32(shape![2])];
    let text = problem(types(), |b, [x, c, wrong]| try_op!(b, batch_norm(x, c, c, weight = wrong)));
    assert_eq!(
        text,
        "`weight` of `batch_norm` has one element per channel, [3], found [2]\n\
         note: the input is [2, 3], with its channels along axis 1\n\
         help: give `weight` the shape [3]\n\
         at 3"
    );
    let text = problem(types(), |b, [x, _, wrong]| try_op!(b, batch_var(x, wrong)));
    assert!(text.starts_with("`mean` of `batch_var` has one element per channel, [3], found [2]"));
    let text = problem(types(), |b, [x, c, _]| try_op!(b, batch_norm(x, c, c, eps = true)));
    assert_eq!(text, "`eps` of `batch_norm` is a number, found true\nat 5");
}
