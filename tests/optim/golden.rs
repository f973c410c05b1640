//! Fifty steps of each optimizer against the golden file: PyTorch's, or references written from the papers.

use super::support::*;
use macrograd::Model;
use macrograd::optim::{
    Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, Lamb, Lion, Muon, MuonScale, NAdam, Optimizer,
    ParamGroup, RAdam, RmsProp, ScheduleFreeAdamW, Sgd,
};

#[track_caller]
fn assert_golden<M: Model<Float = f32>>(name: &str, mut optimizer: impl Optimizer) {
    assert_parameters(name, &fifty_steps::<M>(&mut optimizer));
}

#[test]
fn sgd_agrees_with_pytorch() {
    assert_golden::<Plain>("sgd", Sgd::new(0.05));
    assert_golden::<Plain>("sgd_weight_decay", Sgd::new(0.05).weight_decay(0.1));
    assert_golden::<Plain>("sgd_maximize", Sgd::new(0.05).weight_decay(0.1).maximize(true));
    assert_golden::<Plain>("sgd_momentum", Sgd::new(0.02).momentum(0.9));
    assert_golden::<Plain>("sgd_dampening", Sgd::new(0.05).momentum(0.8).dampening(0.3).weight_decay(0.01));
    assert_golden::<Plain>("sgd_nesterov", Sgd::new(0.02).momentum(0.9).nesterov(true).weight_decay(0.05));
    assert_golden::<Grouped>("sgd_groups", Sgd::new(0.02).momentum(0.9).weight_decay(0.1));
}

#[test]
fn adam_agrees_with_pytorch() {
    assert_golden::<Plain>("adam", Adam::new(0.01));
    assert_golden::<Plain>("adam_weight_decay", Adam::new(0.01).betas(0.8, 0.95).eps(1e-3).weight_decay(0.2));
    let amsgrad = Adam::new(0.01).betas(0.8, 0.9).amsgrad(true).weight_decay(0.1).maximize(true);
    assert_golden::<Plain>("adam_amsgrad", amsgrad);
    assert_golden::<Grouped>("adam_groups", Adam::new(0.01).weight_decay(0.2));
}

#[test]
fn adamw_agrees_with_pytorch() {
    assert_golden::<Plain>("adamw", AdamW::new(0.01));
    assert_golden::<Plain>("adamw_weight_decay", AdamW::new(0.02).betas(0.9, 0.95).weight_decay(0.5));
    let amsgrad = AdamW::new(0.02).betas(0.9, 0.9).amsgrad(true).weight_decay(0.5);
    assert_golden::<Plain>("adamw_amsgrad", amsgrad);
    assert_golden::<Plain>("adamw_maximize", AdamW::new(0.02).weight_decay(0.5).maximize(true));
    assert_golden::<Grouped>("adamw_groups", AdamW::new(0.02).weight_decay(0.5));
}

#[test]
fn nadam_agrees_with_pytorch() {
    assert_golden::<Plain>("nadam", NAdam::new(0.01));
    let options = NAdam::new(0.01).betas(0.8, 0.95).eps(1e-3).weight_decay(0.2).momentum_decay(0.1);
    assert_golden::<Plain>("nadam_options", options.maximize(true));
    assert_golden::<Plain>("nadam_decoupled", NAdam::new(0.02).weight_decay(0.5).decoupled(true));
    assert_golden::<Grouped>("nadam_groups", NAdam::new(0.02).weight_decay(0.2));
}

#[test]
fn radam_agrees_with_pytorch() {
    assert_golden::<Plain>("radam", RAdam::new(0.01));
    let options = RAdam::new(0.01).betas(0.8, 0.95).eps(1e-3).weight_decay(0.2);
    assert_golden::<Plain>("radam_options", options.maximize(true));
    assert_golden::<Plain>("radam_unadapted", RAdam::new(0.01).betas(0.9, 0.6).weight_decay(0.1));
    assert_golden::<Plain>("radam_decoupled", RAdam::new(0.02).weight_decay(0.5).decoupled(true));
    assert_golden::<Grouped>("radam_groups", RAdam::new(0.02).weight_decay(0.2));
}

#[test]
fn rmsprop_agrees_with_pytorch() {
    assert_golden::<Plain>("rmsprop", RmsProp::new(0.01));
    let momentum = RmsProp::new(0.002).momentum(0.9).alpha(0.9).weight_decay(0.1);
    assert_golden::<Plain>("rmsprop_momentum", momentum);
    assert_golden::<Plain>("rmsprop_centered", RmsProp::new(0.01).centered(true).eps(1e-3).maximize(true));
    let options = RmsProp::new(0.002).alpha(0.95).eps(1e-2).weight_decay(0.1).momentum(0.8).centered(true);
    assert_golden::<Plain>("rmsprop_options", options);
    assert_golden::<Grouped>("rmsprop_groups", RmsProp::new(0.01).weight_decay(0.2));
}

#[test]
fn adagrad_agrees_with_pytorch() {
    assert_golden::<Plain>("adagrad", Adagrad::new(0.05));
    let options = Adagrad::new(0.1).lr_decay(0.05).weight_decay(0.1).initial_accumulator_value(0.5).eps(1e-2);
    assert_golden::<Plain>("adagrad_options", options.maximize(true));
    assert_golden::<Grouped>("adagrad_groups", Adagrad::new(0.05).weight_decay(0.2));
}

#[test]
fn adadelta_agrees_with_pytorch() {
    assert_golden::<Plain>("adadelta", Adadelta::new(1.0));
    let options = Adadelta::new(2.0).rho(0.8).eps(1e-3).weight_decay(0.1).maximize(true);
    assert_golden::<Plain>("adadelta_options", options);
    assert_golden::<Grouped>("adadelta_groups", Adadelta::new(1.0).eps(1e-4).weight_decay(0.2));
}

#[test]
fn adamax_agrees_with_pytorch() {
    assert_golden::<Plain>("adamax", Adamax::new(0.01));
    let options = Adamax::new(0.02).betas(0.8, 0.9).eps(1e-2).weight_decay(0.1).maximize(true);
    assert_golden::<Plain>("adamax_options", options);
    assert_golden::<Grouped>("adamax_groups", Adamax::new(0.01).weight_decay(0.2));
}

#[test]
fn lion_agrees_with_the_paper() {
    assert_golden::<Plain>("lion", Lion::new(0.01));
    let options = Lion::new(0.01).betas(0.8, 0.95).weight_decay(0.5).maximize(true);
    assert_golden::<Plain>("lion_options", options);
    assert_golden::<Grouped>("lion_groups", Lion::new(0.01).weight_decay(0.5));
}

#[test]
fn lamb_agrees_with_the_paper() {
    assert_golden::<Plain>("lamb", Lamb::new(0.01));
    let options = Lamb::new(0.01).betas(0.8, 0.95).eps(1e-2).weight_decay(0.2).norm_bounds(1.0, 3.0);
    assert_golden::<Plain>("lamb_options", options.bias_correction(false).maximize(true));
    assert_golden::<Grouped>("lamb_groups", Lamb::new(0.01).weight_decay(0.2));
}

#[test]
fn adafactor_agrees_with_pytorch() {
    assert_golden::<Plain>("adafactor", Adafactor::new(0.05));
    let options = Adafactor::new(0.3).beta2_decay(-0.5).eps(1e-2, 2.0).d(1.5).weight_decay(0.1);
    assert_golden::<Plain>("adafactor_options", options.maximize(true));
    assert_golden::<Grouped>("adafactor_groups", Adafactor::new(0.05).weight_decay(0.2));
    assert_golden::<Rectangles>("adafactor_rectangles", Adafactor::new(0.05));
    assert_golden::<Deep>("adafactor_deep", Adafactor::new(0.05));
}

#[test]
fn muon_agrees_with_pytorch() {
    assert_golden::<Plain>("muon", Muon::new(0.01));
    let options = Muon::new(0.01)
        .weight_decay(0.3)
        .momentum(0.8)
        .nesterov(false)
        .newton_schulz([3.0, -3.2, 1.2], 4)
        .eps(1e-2)
        .adamw_lr_scale(0.5)
        .adamw_betas(0.8, 0.95)
        .adamw_eps(1e-3)
        .adamw_weight_decay(0.4);
    assert_golden::<Plain>("muon_options", options);
    assert_golden::<Grouped>("muon_groups", Muon::new(0.01));
    for (name, scale) in [
        ("muon_original_rectangles", MuonScale::Original),
        ("muon_match_rms_rectangles", MuonScale::MatchRmsAdamW),
        ("muon_spectral_rectangles", MuonScale::SpectralUnclamped),
    ] {
        assert_golden::<Rectangles>(name, Muon::new(0.01).scale(scale));
    }
}

#[test]
fn matrices_named_for_adamw_take_its_steps() {
    let adamw = fifty_steps::<Plain>(&mut AdamW::new(0.01).weight_decay(0.1));
    let muon = fifty_steps::<Plain>(&mut Muon::new(0.01).adamw_for("wei*"));
    assert_eq!(muon.state().values(), adamw.state().values());
}

#[test]
fn schedule_free_adamw_agrees_with_the_paper() {
    let options = ScheduleFreeAdamW::new(0.02)
        .betas(0.8, 0.95)
        .eps(1e-3)
        .weight_decay(0.2)
        .warmup_steps(10)
        .r(1.0)
        .weight_lr_power(1.0)
        .maximize(true);
    fn check<M: Model<Float = f32>>(name: &str, mut optimizer: ScheduleFreeAdamW) {
        let mut model: M = fifty_steps(&mut optimizer);
        assert_parameters(name, &model);
        optimizer.eval(&mut model);
        assert_parameters(&format!("{name}.average"), &model);
        optimizer.eval(&mut model);
        assert_parameters(&format!("{name}.average"), &model);
        optimizer.train(&mut model);
        assert_parameters(name, &model);
    }
    check::<Plain>("schedule_free", ScheduleFreeAdamW::new(0.01));
    check::<Plain>("schedule_free_options", options);
    check::<Grouped>("schedule_free_groups", ScheduleFreeAdamW::new(0.01).weight_decay(0.2));
}

/// A group does to the bias of a plain model what its attributes do in the grouped one.
#[test]
fn groups_agree_with_pytorch() {
    let bias = || ParamGroup::new("b*").lr_scale(0.1).weight_decay(0.0);
    assert_golden::<Plain>("sgd_groups", Sgd::new(0.02).momentum(0.9).weight_decay(0.1).group(bias()));
    assert_golden::<Plain>("adam_groups", Adam::new(0.01).weight_decay(0.2).group(bias()));
    assert_golden::<Plain>("lamb_groups", Lamb::new(0.01).weight_decay(0.2).group(bias()));
    assert_golden::<Plain>("muon_groups", Muon::new(0.01).group(bias()));
    let adafactor = Adafactor::new(0.05).weight_decay(0.2).group(bias());
    assert_golden::<Plain>("adafactor_groups", adafactor);
}
