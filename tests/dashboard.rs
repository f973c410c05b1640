//! Runs that are watched on a screen in memory: what they compute, how keys end them, what is left behind.
#![allow(missing_docs)]

#[path = "train/model.rs"]
mod model;

use macrograd::train::{Dashboard, Ended, Simulation, Trainer};

use model::{Batch, Net, bits, net, train_data, trainer};

fn folder(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("macrograd-dashboard-{}-{name}", std::process::id()));
    std::fs::remove_dir_all(&folder).ok();
    folder
}

#[test]
fn a_run_that_is_watched_computes_the_same_bits() {
    let mut plain = trainer().epochs(3);
    let expected = plain.fit(&train_data()).unwrap();
    let simulation = Simulation::new(80, 24, "  l ?? 23456\t1");
    let mut watched = trainer().epochs(3).callback(Dashboard::simulated(simulation.clone()));
    let history = watched.fit(&train_data()).unwrap();
    assert_eq!(bits(plain.model()), bits(watched.model()));
    assert_eq!(expected.values("val_loss"), history.values("val_loss"));

    let frames = simulation.frames();
    assert!(frames.len() > 21, "a frame for each step: {}", frames.len());
    assert!(frames[0].contains("no values yet") && frames[0].contains("epoch 1/3"), "{}", frames[0]);
    assert!(frames[2].contains("(log)"), "{}", frames[2]);
    assert!(frames[4].contains("Ctrl-C again") && !frames[5].contains("Ctrl-C again"), "{}", frames[4]);
    for (frame, name) in
        frames[7..].iter().zip(["losses", "metrics", "norms", "epochs", "messages", "overview"])
    {
        assert!(frame.contains(name), "{name}\n{frame}");
    }
    let last = frames.last().unwrap();
    for text in
        ["Net", "epoch 3/3", "step 21/21", "● training", "● validation", "val_accuracy", "100 % of the epoch"]
    {
        assert!(last.contains(text), "{text}\n{last}");
    }
    let printed = simulation.printed().expect("the screen was left");
    assert_eq!(printed.len(), 3, "{printed:?}");
    assert!(printed[0].starts_with("epoch 1/3: loss ") && printed[0].contains("val_accuracy"), "{printed:?}");
}

#[test]
fn keys_end_a_run_that_can_be_resumed() {
    let mut whole = trainer().epochs(3);
    whole.fit(&train_data()).unwrap();
    for (name, key) in [("q", 'q'), ("escape", '\x1b'), ("ctrl-c", '\x03')] {
        let folder = folder(name);
        let simulation = Simulation::new(100, 30, &format!("         {key}"));
        let mut first =
            trainer().epochs(3).folder(&folder).callback(Dashboard::simulated(simulation.clone()));
        let history = first.fit(&train_data()).unwrap();
        assert_eq!(history.ended, Some(Ended::Interrupted));
        assert_eq!(history.epochs.len(), 1);
        assert!(simulation.frames().last().unwrap().contains("ending after this step"));
        assert_eq!(simulation.printed().unwrap().last().unwrap(), "interrupted");

        let simulation = Simulation::new(100, 30, "");
        let mut second = trainer().epochs(3).folder(&folder).resume();
        second = second.callback(Dashboard::simulated(simulation.clone()));
        assert_eq!(second.fit(&train_data()).unwrap().ended, Some(Ended::Finished));
        assert_eq!(bits(whole.model()), bits(second.model()));
        assert!(simulation.printed().unwrap()[0].starts_with("continuing with epoch 2"));
        assert!(simulation.frames()[0].contains("best 1"), "{}", simulation.frames()[0]);
        std::fs::remove_dir_all(&folder).ok();
    }
}

#[test]
fn one_epoch_without_validation_is_shown() {
    let simulation = Simulation::new(80, 24, "");
    let mut trainer: Trainer<Net, Batch> =
        Trainer::new(net(), Net::loss_grad_batch).callback(Dashboard::simulated(simulation.clone()));
    trainer.fit(&train_data()).unwrap();
    let frames = simulation.frames();
    assert!(frames.last().unwrap().contains("best 1") && !frames.last().unwrap().contains("validation"));
    assert_ne!(bits(trainer.model()), bits(&net()));
}

#[test]
fn the_screen_is_left_when_a_run_fails_or_panics_and_can_be_used_again() {
    let simulation = Simulation::new(80, 24, "");
    let mut is_first = true;
    let mut failing =
        trainer().epochs(2).callback(Dashboard::simulated(simulation.clone())).on_step(move |moment| {
            match std::mem::replace(&mut is_first, false) && moment.progress.step == 1 {
                true => Err(macrograd::train::TrainError::Callback("no more".into())),
                false => Ok(()),
            }
        });
    assert_eq!(failing.fit(&train_data()).unwrap_err().to_string(), "no more");
    assert_eq!(simulation.printed(), Some(Vec::new()), "the trainer is alive, but its screen is left");
    failing.fit(&train_data()).unwrap();
    assert_eq!(simulation.printed().unwrap().len(), 2);

    let simulation = Simulation::new(80, 24, "");
    let dashboard = Dashboard::simulated(simulation.clone());
    let panicked = std::thread::spawn(move || {
        let mut trainer =
            trainer().epochs(2).callback(dashboard).on_epoch(|moment| match moment.progress.epoch {
                0 => Ok(()),
                _ => panic!("in a callback"),
            });
        trainer.fit(&train_data()).map(|_| ())
    });
    assert!(panicked.join().is_err());
    assert_eq!(simulation.printed().map(|lines| lines.len()), Some(1), "the epoch before the panic");
}

#[test]
fn without_a_terminal_the_run_goes_on_with_lines() {
    // Standard output of tests is none, or at least is not captured by this: nothing but the bits is looked at.
    use std::io::IsTerminal;
    if std::io::stdout().is_terminal() {
        return;
    }
    let mut plain = trainer();
    plain.fit(&train_data()).unwrap();
    let mut watched = trainer().callback(Dashboard::new());
    watched.fit(&train_data()).unwrap();
    assert_eq!(bits(plain.model()), bits(watched.model()));
}
