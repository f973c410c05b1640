//! An optimizer that computes the loss of a batch several times in a step.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use macrograd::data::Loader;
use macrograd::optim::{Lbfgs, Optimizer};
use macrograd::prelude::*;
use macrograd::train::Trainer;

use crate::folder::Folder;
use crate::model::{Batch, Net, bits, net, samples, train_data, trainer};

fn lbfgs(strong_wolfe: bool) -> Lbfgs {
    Lbfgs::new(0.5).max_iter(6).strong_wolfe(strong_wolfe)
}

fn trainer_of_all(strong_wolfe: bool) -> Trainer<Net, Batch, Lbfgs> {
    trainer().optimizer(lbfgs(strong_wolfe)).epochs(5)
}

/// All samples in one batch.
fn all() -> Loader<Vec<([f32; 4], u8)>> {
    Loader::new(samples(50), 50)
}

#[test]
fn a_run_takes_the_steps_of_a_loop_by_hand() {
    for strong_wolfe in [false, true] {
        let mut trainer = trainer_of_all(strong_wolfe);
        let history = trainer.fit(&all()).unwrap();
        let (mut model, mut optimizer) = (net(), lbfgs(strong_wolfe));
        let (mut workspace, mut grads) = (macrograd::Workspace::with_seed(11), model.zero_grads());
        let (x, label) = all().epoch(0).next().unwrap().unwrap();
        for record in &history.epochs {
            let draws = workspace.step();
            let loss = optimizer.step(&mut model, &mut grads, |model, grads| {
                workspace.set_step(draws);
                model.loss_grad_into(&mut workspace, &x, &label, grads)
            });
            assert_eq!(record.value("loss"), Some(f64::from(loss)));
        }
        assert_eq!(bits(trainer.model()), bits(&model), "line search: {strong_wolfe}");
        assert!(history.last("loss").unwrap() < 0.5 * history.epochs[0].value("loss").unwrap());
    }
}

#[test]
fn without_the_loss_a_step_is_one_iteration() {
    fn step(optimizer: &mut impl Optimizer, model: &mut Net, grads: &mut <Net as Model>::Grads) {
        optimizer.step(model, grads);
    }
    let (x, label) = all().epoch(0).next().unwrap().unwrap();
    let (mut one, mut other) = (net(), net());
    let (mut first, mut second) = (lbfgs(true), Lbfgs::new(0.5).max_iter(1));
    let mut grads = one.zero_grads();
    for _ in 0..4 {
        one.loss_grad_into(&mut macrograd::Workspace::new(), &x, &label, &mut grads);
        step(&mut first, &mut one, &mut grads);
        second.step(&mut other, &mut grads, |model, grads| {
            model.loss_grad_into(&mut macrograd::Workspace::new(), &x, &label, grads)
        });
        assert_eq!(bits(&one), bits(&other));
    }
}

#[test]
fn an_interrupted_run_goes_on_with_the_same_bits() {
    let mut reference = trainer_of_all(true);
    reference.fit(&train_data()).unwrap();
    let folder = Folder::new("lbfgs");
    let flag = Arc::new(AtomicBool::new(false));
    let set = flag.clone();
    let mut first = trainer_of_all(true).folder(&folder.0).interrupt(flag).on_step(move |moment| {
        set.store(moment.progress.step == 10, Ordering::Relaxed);
        Ok(())
    });
    first.fit(&train_data()).unwrap();
    let mut second = trainer_of_all(true).folder(&folder.0).resume();
    second.fit(&train_data()).unwrap();
    assert_eq!(bits(second.model()), bits(reference.model()));
}

#[test]
fn gradients_of_several_batches_and_clipped_ones_are_refused() {
    let error = trainer_of_all(true).accumulate(2).fit(&train_data()).unwrap_err().to_string();
    let says = "`Lbfgs` computes the loss of a batch again and again, which does not go with `accumulate`: leave that out, or \
                use another optimizer";
    assert_eq!(error, says);
    let error = trainer_of_all(true).clip_grad_norm(1.0).fit(&train_data()).unwrap_err().to_string();
    assert!(error.contains("does not go with `clip_grad_norm`"), "{error}");
}

#[test]
fn an_error_of_a_later_evaluation_ends_the_run() {
    let mut evaluations = 0;
    let mut trainer =
        Trainer::new(net(), move |net: &Net, workspace: &mut _, batch: &Batch, grads: &mut _| {
            evaluations += 1;
            match evaluations {
                3 => Err(macrograd::Error::Other("the third evaluation fails".into())),
                _ => Net::loss_grad_batch(net, workspace, batch, grads),
            }
        })
        .optimizer(lbfgs(true))
        .quiet();
    let error = trainer.fit(&all()).unwrap_err().to_string();
    assert_eq!(error, "the third evaluation fails");
}
