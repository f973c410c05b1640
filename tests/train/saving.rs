//! Files of runs whose epochs are shorter than it takes to write them.

use std::fs;
use std::time::Duration;

use macrograd::Error;
use macrograd::data::Loader;
use macrograd::metrics::Direction;
use macrograd::prelude::*;
use macrograd::train::Trainer;

use crate::folder::Folder;
use crate::model::{Batch, Net, bits, net, samples};

/// A run of 40 epochs of one step; the loss is least in the 30th. It fails in an epoch, if one is given.
fn trainer(folder: &Folder, allowance: Duration, fails_in: Option<u64>) -> Trainer<Net, Batch> {
    let mut step = 0;
    let loss_grad = move |net: &Net, workspace: &mut _, batch: &Batch, grads: &mut _| {
        step += 1;
        Net::loss_grad_batch(net, workspace, batch, grads)?;
        match fails_in == Some(step) {
            true => Err(Error::Other("it fails".into())),
            false => Ok((step as f64 - 30.0).abs()),
        }
    };
    Trainer::new(net(), loss_grad)
        .epochs(40)
        .monitor("loss", Direction::LowerIsBetter)
        .quiet()
        .folder(&folder.0)
        .time_for_files(allowance)
}

/// What a run leaves, without times.
#[derive(Debug, PartialEq)]
struct Files {
    best: Vec<u32>,
    last: Vec<u32>,
    history: Vec<(String, String)>,
}

fn files(folder: &Folder) -> Files {
    let model = |name: &str| bits(&Net::load(folder.0.join(name), Device::cpu()).unwrap());
    let history = fs::read_to_string(folder.0.join("history.csv")).unwrap();
    let cells = |line: &str| {
        let cells: Vec<&str> = line.splitn(4, ',').collect();
        (cells[..2].join(","), cells[3].to_owned())
    };
    Files {
        best: model("best.safetensors"),
        last: model("last.safetensors"),
        history: history.lines().map(cells).collect(),
    }
}

fn run(name: &str, allowance: Duration, fails_in: Option<u64>) -> Files {
    let folder = Folder::new(name);
    let result = trainer(&folder, allowance, fails_in).fit(&Loader::new(samples(8), 8));
    assert_eq!(result.is_err(), fails_in.is_some());
    files(&folder)
}

#[test]
fn files_that_are_written_seldom_are_the_same_in_the_end() {
    let always = run("always", Duration::MAX, None);
    assert_eq!(always.history.len(), 41);
    assert_ne!(always.best, always.last);
    assert_eq!(run("seldom", Duration::ZERO, None), always);
}

#[test]
fn an_error_does_not_take_the_best_model_and_the_values() {
    let always = run("always-failing", Duration::MAX, Some(35));
    assert_eq!(always.history.len(), 35);
    let folder = Folder::new("seldom-failing");
    trainer(&folder, Duration::ZERO, Some(35)).fit(&Loader::new(samples(8), 8)).unwrap_err();
    let seldom = files(&folder);
    assert_eq!((&seldom.best, &seldom.history), (&always.best, &always.history));
    // The run goes on from where it was written, and ends as if nothing had happened.
    trainer(&folder, Duration::ZERO, None).resume().fit(&Loader::new(samples(8), 8)).unwrap();
    assert_eq!(files(&folder).last, run("whole", Duration::MAX, None).last);
}
