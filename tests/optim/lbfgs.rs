//! L-BFGS against PyTorch's, on a function of the parameters.

use super::support::*;
use macrograd::optim::{Lbfgs, OptimizerState};
use macrograd::{Error, Model, ModelGrads};

/// `objective` of tests/golden/optimizers.py times `sign`, and its gradient, in f64.
fn loss_grad(model: &Plain, grads: &mut PlainGrads, sign: f64) -> f64 {
    let x: Vec<f64> = gather::<Plain>(model.state().values()).into_iter().map(f64::from).collect();
    let (mut loss, mut gradient) = (0.0, vec![0.0; TOTAL]);
    for i in 0..TOTAL {
        let (weight, distance) = (1.0 + (i % 5) as f64 / 2.0, x[i] - (1.0 + i as f64).cos());
        loss += weight * distance * distance / 2.0;
        gradient[i] += weight * distance;
    }
    for i in 1..TOTAL {
        let difference = x[i] - x[i - 1];
        loss += 0.05 * difference.powi(4);
        gradient[i] += 0.2 * difference.powi(3);
        gradient[i - 1] -= 0.2 * difference.powi(3);
    }
    let gradient: Vec<f32> = gradient.into_iter().map(|value| (sign * value) as f32).collect();
    scatter::<Plain>(grads.gradients_mut().values_mut(), &gradient);
    sign * loss
}

fn start() -> (Plain, PlainGrads) {
    let mut model: Plain = new_model();
    scatter::<Plain>(model.state_mut().values_mut(), &golden("start"));
    (model, PlainGrads::zeros())
}

#[track_caller]
fn assert_golden(name: &str, mut optimizer: Lbfgs, sign: f64) {
    let (mut model, mut grads) = start();
    let expected = golden(&format!("{name}.losses"));
    let mut num_evaluations = 0;
    for expected in &expected[..3] {
        let loss = optimizer.step(&mut model, &mut grads, |model, grads| {
            num_evaluations += 1;
            loss_grad(model, grads, sign)
        });
        let expected = f64::from(*expected);
        assert!((loss - expected).abs() <= 1e-5 * expected.abs(), "`{name}`: loss {loss} for {expected}");
    }
    assert_eq!(num_evaluations as f32, expected[3], "`{name}`: evaluations");
    let found = gather::<Plain>(model.state().values());
    for (i, (found, expected)) in found.iter().zip(&golden(name)).enumerate() {
        let error = (found - expected).abs() / expected.abs().max(0.5);
        assert!(error <= 1e-4, "`{name}` at {i}: {found} for {expected}");
    }
    let padding = &model.state().values()[25..32];
    assert!(padding.iter().all(|&value| value == 0.0), "padding must stay zero");
}

#[test]
fn lbfgs_agrees_with_pytorch() {
    assert_golden("lbfgs", Lbfgs::new(0.5).max_iter(4), 1.0);
    assert_golden("lbfgs_history", Lbfgs::new(0.3).max_iter(7).history_size(3).max_eval(6), 1.0);
}

#[test]
fn the_line_search_agrees_with_pytorch() {
    let searching = |lr: f64| Lbfgs::new(lr).strong_wolfe(true);
    assert_golden("lbfgs_wolfe", searching(1.0).max_iter(3), 1.0);
    assert_golden("lbfgs_wolfe_far", searching(40.0).max_iter(2).max_eval(12), 1.0);
    assert_golden("lbfgs_wolfe_near", searching(0.1).max_iter(2), 1.0);
    assert_golden("lbfgs_maximize", searching(1.0).max_iter(3).maximize(true), -1.0);
}

/// A loss in f32, as models have it.
#[test]
fn rounded_losses_lead_to_the_minimum_as_well() {
    let (mut model, mut grads) = start();
    let mut optimizer = Lbfgs::new(1.0).strong_wolfe(true);
    let losses = [(); 4]
        .map(|()| optimizer.step(&mut model, &mut grads, |model, grads| loss_grad(model, grads, 1.0) as f32));
    let (mut exact, mut exact_grads) = start();
    let mut optimizer = Lbfgs::new(1.0).strong_wolfe(true);
    for _ in 0..4 {
        optimizer.step(&mut exact, &mut exact_grads, |model, grads| loss_grad(model, grads, 1.0));
    }
    assert!(losses.is_sorted_by(|a, b| a >= b), "{losses:?}");
    for (found, expected) in model.0.values()[..48].iter().zip(&exact.0.values()[..48]) {
        assert!((found - expected).abs() < 1e-3, "{found} for {expected}");
    }
}

#[test]
fn a_minimum_is_found_and_left_alone() {
    let (mut model, mut grads) = start();
    let mut optimizer = Lbfgs::new(1.0).strong_wolfe(true).tolerance_grad(1e-4);
    for _ in 0..5 {
        optimizer.step(&mut model, &mut grads, |model, grads| loss_grad(model, grads, 1.0));
    }
    assert!(grads.gradients().values().iter().all(|grad| grad.abs() <= 1e-4));
    let (before, mut num_evaluations) = (model.0.values().to_vec(), 0);
    optimizer.step(&mut model, &mut grads, |model, grads| {
        num_evaluations += 1;
        loss_grad(model, grads, 1.0)
    });
    assert_eq!((num_evaluations, model.0.values()), (1, &before[..]));
}

#[test]
fn a_restored_optimizer_continues_with_the_same_bits() {
    let fresh = Lbfgs::new(0.5).max_iter(3).history_size(4);
    let step = |optimizer: &mut Lbfgs, model: &mut Plain, grads: &mut PlainGrads| {
        optimizer.step(model, grads, |model, grads| loss_grad(model, grads, 1.0));
    };
    let ((mut model, mut grads), mut first) = (start(), fresh.clone());
    step(&mut first, &mut model, &mut grads);
    step(&mut first, &mut model, &mut grads);
    let (mut second, mut copy) = (fresh.clone(), Plain(model.0.clone()));
    second.restore::<Plain>(&first.state()).expect("the state is of this kind");
    assert_eq!(second.state(), first.state());
    step(&mut first, &mut model, &mut grads);
    step(&mut second, &mut copy, &mut grads);
    assert_eq!(model.0.values(), copy.0.values());

    let mut short = first.state();
    short.moments.pop();
    let error = second.restore::<Plain>(&short).expect_err("a moment is missing");
    assert!(matches!(error, Error::ElementCount { .. }), "{error}");
    second.restore::<Plain>(&OptimizerState::default()).expect("nothing is remembered");
    assert_eq!(second.state(), fresh.state());
}

#[test]
#[should_panic(
    expected = "`bias` of `Grouped` has a learning rate 0.1 times that of others, but `Lbfgs` has one for all"
)]
fn all_parameters_have_one_rate() {
    let (mut model, mut grads): (Grouped, _) = (new_model(), GroupedGrads::zeros());
    Lbfgs::new(1.0).step(&mut model, &mut grads, |_, _| 0.0);
}
