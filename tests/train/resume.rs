//! A run that is interrupted anywhere goes on with the bits that it would have had.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use macrograd::optim::{AdamW, Plateau, Schedule, Sgd};
use macrograd::prelude::*;
use macrograd::train::{
    Callback, EarlyStopping, Ended, History, Moment, ReduceOnPlateau, TrainError, Trainer,
};

use crate::folder::Folder;
use crate::model::{Batch, Net, bits, net, samples, train_data, trainer};

/// A run with everything that has a memory.
fn full(folder: &Folder) -> Trainer<Net, Batch, AdamW> {
    trainer()
        .epochs(3)
        .schedule(|steps| Schedule::cosine(steps, 0.1))
        .clip_grad_norm(1.0)
        .accumulate(2)
        .ema(0.8)
        .callback(EarlyStopping::new("val_loss").patience(20))
        .callback(ReduceOnPlateau::new("loss", Plateau::new(1.0).factor(0.5).patience(0)))
        .on_step(|moment| {
            let sum = moment.value("sum").unwrap_or(0.0);
            moment.log("sum", sum + moment.progress.loss);
            Ok(())
        })
        .folder(&folder.0)
        .resume()
}

/// Number, step and values of an epoch.
type Row = (u64, u64, Vec<(String, f64)>);

/// The values of a history, without times.
fn values(history: &History) -> Vec<Row> {
    history.epochs.iter().map(|record| (record.epoch, record.step, record.values.clone())).collect()
}

/// The bytes of all tensors of a safetensors file.
fn tensors(file: &[u8]) -> &[u8] {
    let (len, rest) = file.split_first_chunk().unwrap();
    &rest[u64::from_le_bytes(*len) as usize..]
}

#[test]
fn a_run_interrupted_after_any_step_goes_on_with_the_same_bits() {
    let whole = Folder::new("whole");
    let mut reference = full(&whole);
    let expected = reference.fit(&train_data()).unwrap();
    let last = std::fs::read(whole.0.join("last.safetensors")).unwrap();
    // 4 steps in each of 3 epochs.
    for stop_at in 1..12_u64 {
        let folder = Folder::new("part");
        let flag = Arc::new(AtomicBool::new(false));
        let set = flag.clone();
        let mut first = full(&folder).interrupt(flag).on_step(move |moment| {
            set.store(moment.progress.step == stop_at, Ordering::Relaxed);
            Ok(())
        });
        let history = first.fit(&train_data()).unwrap();
        assert_eq!(history.ended, Some(Ended::Interrupted));
        let mut second = full(&folder);
        let history = second.fit(&train_data()).unwrap();
        assert_eq!(bits(second.model()), bits(reference.model()), "stopped at {stop_at}");
        assert_eq!(bits(second.average().unwrap()), bits(reference.average().unwrap()));
        assert_eq!(values(&history), values(&expected));
        // Moments, too: the files differ in times only, which stand in the header.
        let found = std::fs::read(folder.0.join("last.safetensors")).unwrap();
        assert!(tensors(&found) == tensors(&last), "stopped at {stop_at}");
    }
}

#[test]
fn a_finished_run_has_nothing_left_to_do() {
    let folder = Folder::new("finished");
    let mut first = full(&folder);
    let history = first.fit(&train_data()).unwrap();
    let mut second = full(&folder);
    assert_eq!(second.fit(&train_data()).unwrap(), history);
    assert_eq!(bits(second.model()), bits(first.model()));
    // Unless it gets more epochs.
    let mut third = full(&folder).epochs(4);
    assert_eq!(third.fit(&train_data()).unwrap().epochs.len(), 4);
}

#[test]
fn a_run_that_has_stopped_early_goes_on_with_more_patience_only() {
    let folder = Folder::new("stopped");
    let stopping = |patience| {
        let stop = EarlyStopping::new("val_loss").patience(patience).min_delta(10.0);
        trainer().epochs(9).callback(stop).folder(&folder.0).resume()
    };
    let mut first = stopping(2);
    let history = first.fit(&train_data()).unwrap();
    assert!(matches!(history.ended, Some(Ended::Stopped(_))) && history.epochs.len() == 3);
    let mut second = stopping(2);
    assert_eq!(second.fit(&train_data()).unwrap(), history);
    assert_eq!(bits(second.model()), bits(first.model()));
    assert_eq!(stopping(4).fit(&train_data()).unwrap().epochs.len(), 5);
    // A new run of the same trainer waits anew.
    let mut again = trainer().epochs(9).callback(EarlyStopping::new("val_loss").patience(2).min_delta(10.0));
    for _ in 0..2 {
        assert_eq!(again.fit(&train_data()).unwrap().epochs.len(), 3);
    }
}

#[test]
fn an_epoch_whose_report_fails_is_saved() {
    struct Full;
    impl<M: Model> Callback<M> for Full {
        fn on_record(&mut self, moment: &mut Moment<'_, M>) -> Result<(), TrainError> {
            match moment.progress.epoch {
                0 => Ok(()),
                _ => Err(TrainError::Callback("the disk is full".into())),
            }
        }
    }
    let folder = Folder::new("report");
    // However seldom files are written.
    let mut failing =
        trainer().epochs(3).callback(Full).folder(&folder.0).time_for_files(std::time::Duration::ZERO);
    let error = failing.fit(&train_data()).unwrap_err();
    assert_eq!(error.to_string(), "the disk is full");
    let kept = std::fs::read_to_string(folder.0.join("history.csv")).unwrap();
    assert_eq!(kept.lines().count(), 3, "two epochs below their names");
    let steps = Arc::new(AtomicU64::new(0));
    let counted = steps.clone();
    let mut resumed = trainer().epochs(3).folder(&folder.0).resume().on_step(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    let history = resumed.fit(&train_data()).unwrap();
    assert_eq!(steps.load(Ordering::Relaxed), 7, "one epoch is left");
    let mut reference = trainer().epochs(3);
    assert_eq!(values(&history), values(&reference.fit(&train_data()).unwrap()));
}

#[test]
fn another_run_is_not_continued() {
    let folder = Folder::new("another");
    full(&folder).fit(&train_data()).unwrap();
    let path = folder.0.join("last.safetensors");
    let path = path.display();

    let loader = macrograd::data::Loader::new(samples(50), 10).shuffle(2);
    let error = full(&folder).fit(&loader).unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "{path}: the run was started with batch = 8, but is continued with 10; use the same, or start a new run"
        )
    );
    let mut other = full(&folder).seed(1);
    let error = other.fit(&train_data()).unwrap_err();
    assert!(matches!(error, TrainError::Changed { name: "seed", .. }), "{error}");
    assert_eq!(bits(other.model()), bits(&net()), "the model is as it was");
    let error = full(&folder).optimizer(Sgd::new(0.1)).fit(&train_data()).unwrap_err().to_string();
    assert!(error.contains("it was saved from `AdamW`, but is loaded into `Sgd`"), "{error}");

    let plain = Folder::new("plain");
    trainer().folder(&plain.0).fit(&train_data()).unwrap();
    let error = trainer().ema(0.5).folder(&plain.0).resume().fit(&train_data()).unwrap_err().to_string();
    assert!(error.contains("it holds no average of the parameters; continue without `ema`"), "{error}");
    net().save(plain.0.join("last.safetensors")).unwrap();
    let error = trainer().folder(&plain.0).resume().fit(&train_data()).unwrap_err().to_string();
    assert!(error.contains("it holds no run to be continued"), "{error}");
}

#[model]
struct Wider {
    hidden: nn::Linear<4, 13>,
    output: nn::Linear<13, 3>,
}

#[model]
impl Wider {
    fn loss<N: Dim>(&self, x: Tensor<N, 4>, label: Tensor<u8, N>) -> Tensor {
        self.output(self.hidden(x).relu()).cross_entropy(label)
    }
}

#[test]
fn a_changed_model_is_told_field_by_field() {
    let folder = Folder::new("changed");
    trainer().folder(&folder.0).fit(&train_data()).unwrap();
    let wider = Wider::new(Device::cpu(), 0);
    let before = wider.state().values().to_vec();
    let mut trainer = Trainer::new(wider, Wider::loss_grad_batch).seed(11).quiet().folder(&folder.0).resume();
    let error = trainer.fit(&train_data()).unwrap_err().to_string();
    for part in [
        "`hidden.weight` is [12, 4] F32 in the file, but [13, 4] in the model",
        "unexpected: `norm.weight` [12]",
    ] {
        assert!(error.contains(part), "{error}");
    }
    assert_eq!(trainer.model().state().values(), before, "the model is as it was");
}

#[test]
fn damaged_checkpoints_are_errors() {
    let folder = Folder::new("damaged");
    trainer().folder(&folder.0).fit(&train_data()).unwrap();
    let path = folder.0.join("last.safetensors");
    let bytes = std::fs::read(&path).unwrap();
    for len in (0..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
        std::fs::write(&path, &bytes[..len]).unwrap();
        let error = trainer().folder(&folder.0).resume().fit(&train_data()).unwrap_err();
        assert!(error.to_string().contains("last.safetensors"), "{error}");
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let at = text.find("workspace_step").unwrap();
    let mut changed = bytes.clone();
    changed[at] = b'x';
    std::fs::write(&path, &changed).unwrap();
    let error = trainer().folder(&folder.0).resume().fit(&train_data()).unwrap_err().to_string();
    assert!(error.contains("what it says of the run cannot be read"), "{error}");
}

/// A model with the tensors of [`Wider`], and another activation.
#[model]
struct Smoother {
    hidden: nn::Linear<4, 13>,
    output: nn::Linear<13, 3>,
}

#[model]
impl Smoother {
    fn loss<N: Dim>(&self, x: Tensor<N, 4>, label: Tensor<u8, N>) -> Tensor {
        self.output(self.hidden(x).tanh()).cross_entropy(label)
    }
}

#[test]
fn a_model_that_computes_something_else_does_not_go_on() {
    let folder = Folder::new("other-functions");
    let wider = || {
        Trainer::new(Wider::new(Device::cpu(), 0), Wider::loss_grad_batch).folder(&folder.0).resume().quiet()
    };
    wider().fit(&train_data()).unwrap();
    let mut smoother = Trainer::new(Smoother::new(Device::cpu(), 0), Smoother::loss_grad_batch)
        .folder(&folder.0)
        .resume()
        .epochs(2)
        .quiet();
    let before: Vec<f32> = smoother.model().state().values().to_vec();
    let error = smoother.fit(&train_data()).unwrap_err();
    assert!(matches!(&error, TrainError::ChangedModel { .. }), "{error}");
    assert!(error.to_string().contains("its functions compute something else"), "{error}");
    assert_eq!(smoother.model().state().values(), before, "the model is as it was");
    // Its parameters can be taken, and the model itself goes on.
    assert!(Smoother::load(folder.0.join("best.safetensors"), Device::cpu()).is_ok());
    assert_eq!(wider().epochs(2).fit(&train_data()).unwrap().epochs.len(), 2);
}
