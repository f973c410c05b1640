//! When callbacks are called, what they see, and what they decide.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use macrograd::optim::Plateau;
use macrograd::prelude::*;
use macrograd::train::{
    Callback, EarlyStopping, Ended, Moment, ReduceOnPlateau, Statistics, TimeLimit, TrainError,
};

use crate::model::{Net, bits, net, train_data, trainer};

/// Writes down what is called.
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn push(&self, what: &str, moment: &Moment<'_, Net>) {
        let progress = moment.progress;
        self.0
            .lock()
            .unwrap()
            .push(format!("{what} {} {} {}", progress.epoch, progress.batch, progress.step));
    }
}

impl Callback<Net> for Log {
    fn on_start(&mut self, moment: &mut Moment<'_, Net>) -> Result<(), TrainError> {
        self.push("start", moment);
        Ok(())
    }
    fn on_gradients(&mut self, moment: &mut Moment<'_, Net>) -> Result<(), TrainError> {
        self.push("gradients", moment);
        Ok(())
    }
    fn on_step(&mut self, moment: &mut Moment<'_, Net>) -> Result<(), TrainError> {
        self.push("step", moment);
        Ok(())
    }
    fn on_epoch(&mut self, moment: &mut Moment<'_, Net>) -> Result<(), TrainError> {
        self.push("epoch", moment);
        assert!(moment.value("val_loss").is_some());
        assert_eq!(moment.history.epochs.len() as u64, moment.progress.epoch);
        Ok(())
    }
    fn on_record(&mut self, moment: &mut Moment<'_, Net>) -> Result<(), TrainError> {
        self.push("record", moment);
        assert_eq!(moment.history.epochs.len() as u64, moment.progress.epoch + 1);
        Ok(())
    }
    fn on_end(&mut self, moment: &mut Moment<'_, Net>) -> Result<(), TrainError> {
        self.push("end", moment);
        assert_eq!(moment.history.ended, Some(Ended::Finished));
        Ok(())
    }
}

#[test]
fn callbacks_are_called_in_order() {
    let log = Arc::new(Mutex::new(Vec::new()));
    trainer().epochs(2).accumulate(4).callback(Log(log.clone())).fit(&train_data()).unwrap();
    let expected = [
        "start 0 0 0",
        "gradients 0 4 0",
        "step 0 4 1",
        "gradients 0 7 1",
        "step 0 7 2",
        "epoch 0 7 2",
        "record 0 7 2",
        "gradients 1 4 2",
        "step 1 4 3",
        "gradients 1 7 3",
        "step 1 7 4",
        "epoch 1 7 4",
        "record 1 7 4",
        "end 2 0 4",
    ];
    assert_eq!(*log.lock().unwrap(), expected);
}

#[test]
fn gradients_and_parameters_can_be_changed() {
    let mut trainer = trainer().on_gradients(|moment| {
        moment.grads.gradients_mut().values_mut().fill(0.0);
        Ok(())
    });
    trainer.fit(&train_data()).unwrap();
    let layout = Net::layout();
    let weight = layout.tensors.iter().find(|tensor| tensor.name == "norm.bias").unwrap();
    // A bias that starts at 0 and gets no gradient stays there; decay changes nothing about it.
    assert!(
        trainer.model().state().values()[weight.offset..][..weight.numel()].iter().all(|&value| value == 0.0)
    );
}

#[test]
fn a_callback_stops_a_run_after_a_step_or_an_epoch() {
    let mut by_step = trainer().epochs(3).on_step(|moment| {
        if moment.progress.step == 9 {
            moment.stop("enough");
        }
        Ok(())
    });
    let history = by_step.fit(&train_data()).unwrap();
    assert_eq!(history.ended, Some(Ended::Stopped("enough".to_owned())));
    assert_eq!(history.epochs.len(), 1);

    let mut by_epoch = trainer().epochs(3).on_epoch(|moment| {
        moment.stop("enough");
        Ok(())
    });
    let history = by_epoch.fit(&train_data()).unwrap();
    assert_eq!((history.epochs.len(), history.ended), (1, Some(Ended::Stopped("enough".to_owned()))));

    let mut limited = trainer().epochs(1000).callback(TimeLimit::new(Duration::ZERO));
    let history = limited.fit(&train_data()).unwrap();
    assert!(matches!(history.ended, Some(Ended::Stopped(reason)) if reason.contains("time limit")));
}

#[test]
fn an_error_of_a_callback_ends_the_run() {
    let error = trainer().on_step(|_| Err(TrainError::Callback("no more".into()))).fit(&train_data());
    assert_eq!(error.unwrap_err().to_string(), "no more");
}

/// A trainer whose `value` takes these numbers, epoch by epoch.
fn with_values(
    values: &'static [f64],
) -> macrograd::train::Trainer<Net, crate::model::Batch, macrograd::optim::AdamW> {
    trainer().epochs(values.len() as u64).on_epoch(move |moment| {
        moment.log("value", values[moment.progress.epoch as usize]);
        Ok(())
    })
}

#[test]
fn early_stopping_waits_for_its_patience() {
    let values = &[5.0, 4.0, 4.5, 3.95, 3.97, f64::NAN, 3.96, 1.0];
    let run = |callback: EarlyStopping| with_values(values).callback(callback).fit(&train_data()).unwrap();
    let history = run(EarlyStopping::new("value").patience(3));
    assert_eq!(history.epochs.len(), 7);
    assert_eq!(
        history.ended,
        Some(Ended::Stopped("`value` has not become better than 3.95 for 3 epochs".to_owned()))
    );
    assert_eq!(run(EarlyStopping::new("value").patience(2).min_delta(0.1)).epochs.len(), 4);
    assert_eq!(run(EarlyStopping::new("value").patience(9)).ended, Some(Ended::Finished));
    assert_eq!(run(EarlyStopping::new("value").maximize().patience(1)).epochs.len(), 2);
    let error = with_values(values).callback(EarlyStopping::new("val_los")).fit(&train_data()).unwrap_err();
    assert!(
        error.to_string().contains("`EarlyStopping` looks at `val_los`, but an epoch has `loss`"),
        "{error}"
    );
}

#[test]
fn a_plateau_lowers_the_rate() {
    let values = &[1.0, 1.0, 1.0, 1.0, 0.5, 0.5];
    let plateau = Plateau::new(1.0).factor(0.1).patience(1);
    let history =
        with_values(values).callback(ReduceOnPlateau::new("value", plateau)).fit(&train_data()).unwrap();
    // Bad are the second and third values: from the fourth epoch on the rate is a tenth.
    let rates: Vec<f64> = history.values("lr").iter().map(|lr| (lr * 1e6).round() / 1e6).collect();
    assert_eq!(rates, [0.01, 0.01, 0.01, 0.001, 0.001, 0.001]);
}

#[test]
fn statistics_are_norms() {
    let history = trainer().callback(Statistics::new().by_tensor()).fit(&train_data()).unwrap();
    let record = &history.epochs[0];
    let square = |name: &str| record.value(name).unwrap().powi(2);
    let tensors: Vec<&String> =
        record.values.iter().map(|(name, _)| name).filter(|name| name.starts_with("grad_norm/")).collect();
    assert_eq!(tensors.len(), 6);
    let sum: f64 = tensors.iter().map(|name| square(name)).sum();
    assert!((sum - square("grad_norm")).abs() < 1e-12 * sum);
    assert!(record.value("param_norm").unwrap() > 0.0);
    assert!(record.value("param_norm/hidden.weight").is_some());
}

#[test]
fn callbacks_change_nothing_by_themselves() {
    let mut plain = trainer();
    plain.fit(&train_data()).unwrap();
    let mut watched = trainer().callback(Statistics::new()).callback(Log(Arc::default()));
    watched.fit(&train_data()).unwrap();
    assert_eq!(bits(plain.model()), bits(watched.model()));
    assert_ne!(bits(plain.model()), bits(&net()));
}
