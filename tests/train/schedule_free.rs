//! An optimizer that trains with other parameters than those that a model is judged by.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use macrograd::optim::ScheduleFreeAdamW;
use macrograd::prelude::*;
use macrograd::train::{RangeTest, Trainer};

use crate::folder::Folder;
use crate::model::{Batch, Net, bits, net, train_data, trainer, trainer_of, validation_data};

fn schedule_free() -> Trainer<Net, Batch, ScheduleFreeAdamW> {
    trainer().optimizer(ScheduleFreeAdamW::new(0.02)).epochs(3)
}

/// The average after each epoch of the same training in a loop by hand, on which `eval` and `train` are not called.
fn averages_by_hand() -> Vec<Net> {
    let (mut model, mut optimizer) = (net(), ScheduleFreeAdamW::new(0.02));
    let (mut workspace, mut grads) = (macrograd::Workspace::with_seed(11), model.zero_grads());
    let mut averages = Vec::new();
    for epoch in 0..3 {
        for batch in train_data().epoch(epoch) {
            let (x, label) = batch.unwrap();
            model.loss_grad_into(&mut workspace, &x, &label, &mut grads);
            optimizer.step(&mut model, &mut grads);
        }
        averages.push(optimizer.averaged(&model).expect("it keeps an average"));
    }
    optimizer.eval(&mut model);
    assert_eq!(bits(&model), bits(&averages[2]));
    assert!(optimizer.averaged(&model).is_none(), "the model is the average");
    averages
}

#[test]
fn the_average_is_judged_saved_and_given() {
    let folder = Folder::new("average");
    let by_hand = averages_by_hand();
    let mut trainer = schedule_free().folder(&folder.0).keep_every(1);
    let history = trainer.fit(&train_data()).unwrap();
    assert_eq!(bits(trainer.model()), bits(&by_hand[2]));
    for (average, record) in by_hand.into_iter().zip(&history.epochs) {
        let path = folder.0.join(format!("epoch-{}.safetensors", record.epoch));
        assert_eq!(bits(&Net::load(path, Device::cpu()).unwrap()), bits(&average));
        let judged = trainer_of(average).evaluate(&validation_data()).unwrap();
        assert_eq!(record.value("val_loss"), judged.value("loss"));
        assert_eq!(record.value("val_accuracy"), judged.value("accuracy"));
    }
    let judged = trainer.evaluate(&validation_data()).unwrap();
    assert_eq!(history.last("val_loss"), judged.value("loss"));
}

#[test]
fn an_interrupted_run_goes_on_with_the_same_bits() {
    let whole = Folder::new("average_whole");
    let mut reference = schedule_free().folder(&whole.0);
    reference.fit(&train_data()).unwrap();
    // Within an epoch, at the end of one, and within the last.
    for stop_at in [3, 7, 20] {
        let folder = Folder::new("average_part");
        let flag = Arc::new(AtomicBool::new(false));
        let set = flag.clone();
        let mut first = schedule_free().folder(&folder.0).interrupt(flag).on_step(move |moment| {
            set.store(moment.progress.step == stop_at, Ordering::Relaxed);
            Ok(())
        });
        first.fit(&train_data()).unwrap();
        let mut second = schedule_free().folder(&folder.0).resume();
        second.fit(&train_data()).unwrap();
        assert_eq!(bits(second.model()), bits(reference.model()), "stopped at {stop_at}");
    }
}

#[test]
fn a_second_run_and_a_range_test_train_again() {
    let folder = Folder::new("average_again");
    let mut trainer = schedule_free().folder(&folder.0).overwrite().restore_best();
    let curve = trainer.range_test(&train_data(), &RangeTest::default()).unwrap();
    assert!(curve.points.len() > 1);
    assert_eq!(bits(trainer.model()), bits(&net()));
    trainer.fit(&train_data()).unwrap();
    let best = Net::load(folder.0.join("best.safetensors"), Device::cpu()).unwrap();
    assert_eq!(bits(trainer.model()), bits(&best));
    let history = trainer.fit(&train_data()).unwrap();
    assert!(history.last("val_accuracy").unwrap() > 0.9);
}
