//! What optimizers remember, and the models they belong to.

use super::support::*;
use macrograd::optim::{
    Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, Lamb, Lion, Muon, NAdam, Optimizer, OptimizerState,
    ParamGroup, RAdam, RmsProp, ScheduleFreeAdamW, Sgd,
};
use macrograd::{Error, ModelGrads};

#[test]
fn a_restored_optimizer_continues_with_the_same_bits() {
    fn check<O: Optimizer + Clone>(fresh: O) {
        let (mut model, mut grads): (Plain, _) = (new_model(), PlainGrads::zeros());
        let mut first = fresh.clone();
        let gradients = golden("gradients");
        let mut steps = gradients.chunks_exact(TOTAL);
        for gradient in steps.by_ref().take(7) {
            scatter::<Plain>(grads.gradients_mut().values_mut(), gradient);
            first.step(&mut model, &mut grads);
        }
        let mut second = fresh;
        second.restore::<Plain>(&first.state()).expect("the state is of this kind");
        let mut copy = Plain(model.0.clone());
        for gradient in steps {
            scatter::<Plain>(grads.gradients_mut().values_mut(), gradient);
            first.step(&mut model, &mut grads);
            second.step(&mut copy, &mut grads);
        }
        assert_eq!(model.0.values(), copy.0.values(), "{}", first.name());
    }
    each_optimizer!(check);
}

#[test]
fn momentum_can_be_added_to_an_optimizer_in_use() {
    let (mut model, mut grads): (Plain, _) = (new_model(), PlainGrads::zeros());
    grads.gradients_mut().values_mut()[0] = 1.0;
    let mut sgd = Sgd::new(0.125);
    sgd.step(&mut model, &mut grads);
    let mut sgd = sgd.momentum(0.5);
    sgd.step(&mut model, &mut grads);
    sgd.step(&mut model, &mut grads);
    assert_eq!(model.0.values()[0], 1.0 - 0.125 * (1.0 + 1.0 + 1.5));
    sgd.momentum(0.0).step(&mut model, &mut grads);
    assert_eq!(model.0.values()[0], 1.0 - 0.125 * (1.0 + 1.0 + 1.5 + 1.0));
}

#[test]
fn a_state_of_another_optimizer_is_refused() {
    let (mut model, mut grads): (Plain, _) = (new_model(), PlainGrads::zeros());
    let mut sgd = Sgd::new(0.1).momentum(0.9);
    assert_eq!(sgd.state(), OptimizerState::default());
    sgd.step(&mut model, &mut grads);
    assert_eq!((sgd.state().steps, sgd.state().moments.len(), sgd.state().moments[0].len()), (1, 1, 48));
    let error = Adam::new(0.1).restore::<Plain>(&sgd.state()).expect_err("Adam has two moments");
    assert!(matches!(error, Error::ElementCount { expected: 96, found: 48, .. }), "{error}");
    let without_scalars = OptimizerState { moments: vec![vec![0.0_f32; 48].into(); 2], ..sgd.state() };
    let error = NAdam::new(0.1).restore::<Plain>(&without_scalars).expect_err("it keeps a product");
    assert!(matches!(error, Error::ElementCount { expected: 1, found: 0, .. }), "{error}");
    let without_others =
        OptimizerState { moments: vec![], others: vec![vec![0.0_f32; 17].into()], ..sgd.state() };
    let error = Adafactor::new(0.1).restore::<Plain>(&without_others).expect_err("columns are missing");
    assert!(matches!(error, Error::ElementCount { expected: 22, found: 17, .. }), "{error}");
}

#[test]
#[should_panic(
    expected = "this Adam was first used with `Plain` (48 trainable values), and now with `Wide` (100000), whose layout differs; make one optimizer for each model"
)]
fn an_optimizer_belongs_to_one_layout() {
    let mut optimizer = Adam::new(0.1);
    optimizer.step(&mut new_model::<Plain>(), &mut PlainGrads::zeros());
    optimizer.step(&mut new_model::<Wide>(), &mut WideGrads::zeros());
}

#[test]
#[should_panic(expected = "whose layout differs")]
fn layouts_of_one_length_differ_by_their_tensors() {
    let mut optimizer = Adam::new(0.1);
    optimizer.step(&mut new_model::<Plain>(), &mut PlainGrads::zeros());
    optimizer.step(&mut new_model::<Grouped>(), &mut GroupedGrads::zeros());
}

#[test]
fn a_group_added_to_an_optimizer_in_use_takes_effect() {
    let (mut model, mut grads): (Plain, _) = (new_model(), PlainGrads::zeros());
    scatter::<Plain>(grads.gradients_mut().values_mut(), &[1.0; TOTAL]);
    let mut muon = Muon::new(0.125).weight_decay(0.0).adamw_weight_decay(0.0);
    muon.step(&mut model, &mut grads);
    let before = model.0.values().to_vec();
    let mut muon = muon.group(ParamGroup::new("bias").lr_scale(0.0));
    muon.step(&mut model, &mut grads);
    assert_ne!(model.0.values()[..25], before[..25]);
    assert_eq!(model.0.values()[32..], before[32..]);
}

#[test]
#[should_panic(expected = "no trained parameter of `Plain` matches `wieght`; there are `weight`, `bias`")]
fn a_group_without_parameters_is_refused() {
    let mut optimizer = Sgd::new(0.1).group(ParamGroup::new("wieght"));
    optimizer.step(&mut new_model::<Plain>(), &mut PlainGrads::zeros());
}

#[test]
#[should_panic(expected = "no trained parameter of `Plain` matches `fixed`")]
fn frozen_parameters_belong_to_no_group() {
    let mut optimizer = Muon::new(0.1).adamw_for("fixed");
    optimizer.step(&mut new_model::<Plain>(), &mut PlainGrads::zeros());
}

#[test]
#[should_panic(expected = "the parameters of `Plain` are their average; call `train` before the next step")]
fn an_average_is_not_trained() {
    let (mut model, mut grads) = (new_model::<Plain>(), PlainGrads::zeros());
    let mut optimizer = ScheduleFreeAdamW::new(0.1);
    optimizer.step(&mut model, &mut grads);
    optimizer.eval(&mut model);
    optimizer.step(&mut model, &mut grads);
}

#[test]
fn a_schedule_free_optimizer_without_a_rate_averages_nothing() {
    let (mut model, mut grads) = (new_model::<Plain>(), PlainGrads::zeros());
    let mut optimizer = ScheduleFreeAdamW::new(0.0);
    optimizer.eval(&mut model);
    optimizer.step(&mut model, &mut grads);
    assert!(model.0.values()[..25].iter().all(|&value| value == 1.0));
}
