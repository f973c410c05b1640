//! The range test of the learning rate leaves everything as it was.

use macrograd::data::Loader;
use macrograd::train::{RangeTest, TrainError};

use crate::model::{bits, net, samples, train_data, trainer};

#[test]
fn model_and_optimizer_are_as_before() {
    let mut plain = trainer().epochs(2);
    plain.fit(&train_data()).unwrap();
    let mut tested = trainer().epochs(2).ema(0.9);
    // More steps than an epoch has batches.
    let curve = tested.range_test(&train_data(), &RangeTest::new(1e-5, 10.0).steps(60)).unwrap();
    assert!(curve.points.len() > 40, "{curve}");
    assert_eq!(bits(tested.model()), bits(&net()));
    tested.fit(&train_data()).unwrap();
    assert_eq!(bits(tested.model()), bits(plain.model()));

    // The first loss is that of the untrained model.
    let first = train_data().epoch(0).next().unwrap().unwrap();
    let mut workspace = macrograd::Workspace::with_seed(11);
    let loss = net().loss_grad_into(&mut workspace, &first.0, &first.1, &mut net().zero_grads());
    assert_eq!(curve.points[0].loss, f64::from(loss));
    assert_eq!(curve.points[0].smoothed, curve.points[0].loss);
}

#[test]
fn the_loss_falls_at_a_rate_that_trains() {
    let curve = trainer().range_test(&train_data(), &RangeTest::new(1e-6, 100.0).steps(200)).unwrap();
    let lr = curve.suggestion().expect("the loss falls");
    assert!((1e-4..1.0).contains(&lr), "{curve}");
    assert!(curve.points.last().unwrap().lr < 100.0, "rates at which the loss explodes end it");
}

#[test]
fn nothing_can_be_learned_from_nothing() {
    let error = trainer().range_test(&Loader::new(samples(0), 8), &RangeTest::default()).unwrap_err();
    assert!(matches!(error, TrainError::NoSamples { part: "training", .. }), "{error}");
}

#[test]
#[should_panic(expected = "the rates are 1 and 0.5, but must be positive, finite and in growing order")]
fn rates_grow() {
    let _ = RangeTest::new(1.0, 0.5);
}
