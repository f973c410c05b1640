//! A trainer does what a loop by hand does, bit for bit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use macrograd::data::Loader;
use macrograd::optim::{Accumulator, AdamW, Averaged, Schedule, clip_grad_norm};
use macrograd::prelude::*;
use macrograd::train::{Ended, TrainError, Trainer};

use crate::model::{Batch, Net, bits, net, samples, train_data, trainer};

#[test]
fn a_plain_run_is_the_loop_that_one_would_write() {
    let mut trainer = trainer().epochs(3);
    let history = trainer.fit(&train_data()).unwrap();
    assert_eq!(history.ended, Some(Ended::Finished));

    let mut by_hand = net();
    let mut optimizer = AdamW::new(0.01);
    let (mut workspace, mut grads) = (Workspace::with_seed(11), by_hand.zero_grads());
    for epoch in 0..3 {
        for batch in train_data().epoch(epoch) {
            let (x, label) = batch.unwrap();
            by_hand.loss_grad_into(&mut workspace, &x, &label, &mut grads);
            optimizer.step(&mut by_hand, &mut grads);
        }
        let (mut loss, mut right) = (0.0, 0);
        for batch in Loader::new(samples(21), 8).epoch(0) {
            let (x, label) = batch.unwrap();
            loss += f64::from(by_hand.loss(&x, &label)) * label.numel() as f64;
            let scores = by_hand.forward(&x);
            for (index, &label) in label.as_slice().iter().enumerate() {
                let row = scores.row(index);
                right += usize::from((0..3).all(|class| row[class] <= row[usize::from(label)]));
            }
        }
        let record = &history.epochs[epoch as usize];
        assert_eq!(record.value("val_loss"), Some(loss / 21.0));
        assert_eq!(record.value("val_accuracy"), Some(right as f64 / 21.0));
        assert_eq!((record.epoch, record.step), (epoch + 1, 7 * (epoch + 1)));
    }
    assert_eq!(bits(trainer.model()), bits(&by_hand));
    assert!(history.last("val_accuracy") > Some(0.7), "{history:?}");
}

#[test]
fn schedules_clipping_accumulation_and_averages_are_those_by_hand() {
    let mut trainer = trainer()
        .epochs(2)
        .schedule(|steps| Schedule::anneal(steps, 0.1))
        .clip_grad_norm(0.5)
        .accumulate(3)
        .ema(0.9);
    let history = trainer.fit(&train_data()).unwrap();

    let mut by_hand = net();
    let mut optimizer = AdamW::new(0.01);
    let mut average = Averaged::ema(&by_hand, 0.9);
    let (mut workspace, mut grads) = (Workspace::with_seed(11), by_hand.zero_grads());
    // 7 batches: groups of 3, 3 and 1.
    let schedule = Schedule::anneal(6, 0.1).times(0.01);
    let mut step = 0;
    for epoch in 0..2 {
        let mut accumulator = Accumulator::new(3);
        let num_batches = train_data().num_batches();
        for (index, batch) in train_data().epoch(epoch).enumerate() {
            let (x, label) = batch.unwrap();
            by_hand.loss_grad_into(&mut workspace, &x, &label, &mut grads);
            let weight = label.numel() as f64;
            let mut mean = accumulator.add_weighted(&mut by_hand, &mut grads, weight);
            if mean.is_none() && index + 1 == num_batches {
                mean = accumulator.finish();
            }
            if let Some(mean) = mean {
                clip_grad_norm(mean, 0.5);
                optimizer.set_lr(schedule.lr(step));
                optimizer.step(&mut by_hand, mean);
                average.update(&by_hand);
                step += 1;
            }
        }
        assert_eq!(history.epochs[epoch as usize].value("lr"), Some(schedule.lr(step - 1)));
    }
    assert_eq!(bits(trainer.model()), bits(&by_hand));
    assert_eq!(bits(trainer.average().unwrap()), bits(average.model()));
    let evaluation = trainer.evaluate(&Loader::new(samples(21), 8)).unwrap();
    assert_eq!(evaluation.value("loss"), history.last("val_loss"), "the average is judged");
}

#[test]
fn a_loss_that_is_not_finite_ends_the_run() {
    let mut trainer = Trainer::new(net(), |net: &Net, workspace, (x, label): &Batch, grads| {
        let loss = net.try_loss_grad_into(workspace, x, label, grads)?;
        Ok(if workspace.step() == 9 { f32::NAN } else { loss })
    })
    .epochs(2)
    .quiet();
    let error = trainer.fit(&train_data()).unwrap_err();
    assert!(matches!(error, TrainError::NotFinite { epoch: 2, batch: 2, step: 8, .. }), "{error}");
    let text = error.to_string();
    assert!(
        text.starts_with("the loss became NaN in epoch 2, batch 2 (step 8), at learning rate 1e-3;"),
        "{text}"
    );
}

#[test]
fn errors_of_data_and_metrics_come_through() {
    let empty: Vec<([f32; 4], u8)> = Vec::new();
    let error = trainer().fit(&Loader::new(empty.clone(), 8)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there are no training samples; give it at least one, or with `drop_last` at least as many as a batch has"
    );
    let error = trainer().fit(&Loader::new(samples(5), 8).drop_last()).unwrap_err();
    assert!(matches!(error, TrainError::NoSamples { part: "training", .. }), "{error}");
    let error = trainer().validation(Loader::new(empty, 8)).fit(&train_data()).unwrap_err();
    assert!(matches!(error, TrainError::NoSamples { part: "validation", .. }), "{error}");
    // A label without a class.
    let mut bad = samples(20);
    bad[13].1 = 3;
    let error = trainer().fit(&Loader::new(bad, 8)).unwrap_err();
    assert!(error.to_string().contains("label 3"), "{error}");
    // At once, not after all epochs; only those that are not validated may lack it.
    let epochs = Arc::new(AtomicU64::new(0));
    let seen = epochs.clone();
    let error = trainer()
        .epochs(5)
        .monitor("val_f1", macrograd::metrics::Direction::HigherIsBetter)
        .on_epoch(move |_| {
            seen.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
        .fit(&train_data());
    assert_eq!(epochs.load(Ordering::Relaxed), 1);
    let text = error.unwrap_err().to_string();
    assert_eq!(
        text,
        "`monitor` looks at `val_f1`, but an epoch has `loss`, `lr`, `val_loss`, `val_accuracy`"
    );
}
