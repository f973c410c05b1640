//! Mean errors, the coefficient of determination and the mean loss.

use crate::golden::{check, reals, values};
use macrograd::Tensor;
use macrograd::metrics::{
    Direction, MeanAbsoluteError, MeanLoss, MeanSquaredError, Metric, R2, RootMeanSquaredError,
};

#[test]
fn errors_agree_with_scikit_learn() {
    for case in ["reals", "reals_of_three", "reals_far_from_zero", "reals_constant"] {
        let (outputs, targets) = (reals(&format!("{case}/outputs")), reals(&format!("{case}/targets")));
        let value = |name: &str| values(&format!("{case}/{name}"))[0];
        check(case, &mut MeanAbsoluteError::new(), &outputs, &targets, value("mae"));
        check(case, &mut MeanSquaredError::new(), &outputs, &targets, value("mse"));
        check(case, &mut RootMeanSquaredError::new(), &outputs, &targets, value("rmse"));
        check(case, &mut R2::new(), &outputs, &targets, value("r2"));
    }
}

#[test]
fn a_trailing_axis_of_one_may_be_missing() {
    let outputs = Tensor::from_vec((2, 1), vec![1.0, 3.0]);
    let mut error = MeanAbsoluteError::new();
    error.update(&outputs, &[1_u8, 1]).expect("a target for each output");
    assert_eq!(error.value(), 1.0);
    assert_eq!(error.direction(), Direction::LowerIsBetter);
    error.update(&Tensor::scalar(2.0), &Tensor::scalar(0.0)).expect("a single number");
    assert_eq!(error.value(), 4.0 / 3.0);
}

#[test]
fn one_sample_has_no_variance_to_explain() {
    let mut r2 = R2::new();
    r2.update(&[1.0], &[2.0]).expect("one sample");
    assert!(r2.value().is_nan());
    r2.update(&[2.0], &[2.0]).expect("another one");
    assert_eq!(r2.value(), 0.0);
}

#[test]
fn nan_among_reals_stays_nan() {
    let mut error = MeanSquaredError::new();
    error.update(&[f32::NAN, 1.0], &[0.0, 1.0]).expect("no order is needed");
    assert!(error.value().is_nan());
}

#[test]
fn the_mean_loss_weighs_batches_by_their_size() {
    let mut loss = MeanLoss::new();
    assert!(loss.value().is_nan());
    loss.update(1.0, 3);
    loss.update(f32::NAN, 0);
    loss.update(5.0, 1);
    assert_eq!((loss.name(), loss.value(), loss.direction()), ("loss", 2.0, Direction::LowerIsBetter));
    loss.reset();
    assert!(loss.value().is_nan());
}
