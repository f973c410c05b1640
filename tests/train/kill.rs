//! A process that is killed at any moment, twenty times, and resumed each time, ends with the weights of one that never was.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use macrograd::prelude::*;

use crate::folder::Folder;
use crate::model::{Net, bits, train_data, trainer};

/// Names the folder of a run to the process that this test starts.
const FOLDER: &str = "MACROGRAD_TEST_RUN";

fn run(folder: &Path) {
    trainer().epochs(EPOCHS).ema(0.9).save_every(3).folder(folder).resume().fit(&train_data()).unwrap();
}

const EPOCHS: u64 = 150;

/// The run of a process that may be killed; nothing when it is one test among others.
#[test]
fn child() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        run(Path::new(&folder));
    }
}

#[test]
fn killed_runs_end_as_if_nothing_had_happened() {
    let whole = Folder::new("never-killed");
    run(&whole.0);
    let folder = Folder::new("killed");
    let start = || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::child"])
            .env(FOLDER, &folder.0)
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut random = macrograd::Random::new(std::process::id().into(), 0);
    let mut killed = 0;
    while killed < 20 {
        let mut child = start();
        std::thread::sleep(Duration::from_micros(2_000 + random.below(40_000) as u64));
        match child.try_wait().unwrap() {
            // Too late: it goes from the start, so that all twenty strike a run at work.
            Some(_) => std::fs::remove_dir_all(&folder.0).unwrap(),
            None => {
                child.kill().unwrap();
                child.wait().unwrap();
                killed += 1;
            }
        }
    }
    assert!(start().wait().unwrap().success());
    for name in ["last.safetensors", "best.safetensors"] {
        let load = |folder: &Folder| Net::load(folder.0.join(name), Device::cpu()).unwrap();
        assert_eq!(bits(&load(&folder)), bits(&load(&whole)), "{name}");
    }
    let rows = |folder: &Folder| {
        let csv = std::fs::read_to_string(folder.0.join("history.csv")).unwrap();
        // Without the seconds.
        let row = |line: &str| {
            line.split(',').enumerate().filter(|(at, _)| *at != 2).map(|(_, cell)| cell.to_owned()).collect()
        };
        csv.lines().map(row).collect::<Vec<Vec<String>>>()
    };
    assert_eq!(rows(&folder), rows(&whole));
}
