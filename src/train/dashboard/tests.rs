//! What stands on screens of several sizes.

use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::draw::draw;
use super::keys::{Look, View};
use super::run::Run;
use crate::metrics::Direction;
use crate::train::{EpochRecord, History, Progress};

const SIZES: [(u16, u16); 6] = [(80, 24), (120, 40), (40, 10), (60, 50), (200, 12), (10, 3)];

/// After so many epochs of 100 steps, and half of another one.
fn run(epochs: u64, has_validation: bool) -> Run {
    let progress = Progress {
        epochs: 20,
        steps: 2000,
        batches: 100,
        num_samples: 3200,
        lr: 1e-3,
        elapsed: Duration::from_secs(2),
        waited: Duration::from_millis(60),
        samples_since: 1600,
        ..Progress::default()
    };
    let mut run = Run::new("LeNet", &progress, &History::default(), &None);
    for step in 1..=epochs * 100 + 50 {
        let loss = 2.3 * (-0.01 * step as f64).exp() + 0.1;
        let (epoch, batch) = ((step - 1) / 100, (step - 1) % 100 + 1);
        let samples = batch as usize * 32;
        run.step(&Progress {
            epoch,
            step,
            batch: batch as usize,
            samples,
            loss,
            mean_loss: loss,
            ..progress.clone()
        });
        run.grad_norm.push(step as f64, loss * 3.0);
        run.param_norm.push(step as f64, 20.0 + step as f64);
        if batch == 100 {
            let mut values = vec![("loss".to_owned(), loss), ("lr".to_owned(), 1e-3)];
            if has_validation {
                values.push(("val_loss".to_owned(), loss * 1.1));
                values.push(("val_accuracy".to_owned(), 1.0 - loss / 3.0));
            }
            run.record(&EpochRecord { epoch: epoch + 1, step, seconds: 4.0, values });
            run.log.push(format!("epoch {}/20: loss {loss:.4}", epoch + 1));
        }
    }
    run
}

fn drawn(run: &Run, look: Look, (width, height): (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("memory can be drawn to");
    terminal.draw(|frame| draw(frame, run, look)).expect("memory can be drawn to");
    terminal.backend().to_string()
}

#[track_caller]
fn shows(screen: &str, texts: &[&str]) {
    for text in texts {
        assert!(screen.contains(text), "`{text}` is not on\n{screen}");
    }
}

fn look(view: View) -> Look {
    Look { view, ..Look::new() }
}

#[test]
fn a_usual_terminal_shows_everything_that_matters() {
    let screen = drawn(&run(3, true), Look::new(), (80, 24));
    shows(
        &screen,
        &["LeNet", "epoch 4/20", "step 350/2000", "lr 0.001000", "samples/s 800", "waiting for data 3 %"],
    );
    shows(&screen, &["left 1:06 min", "elapsed 0 s", " 50 % of the epoch", "█", "░"]);
    shows(&screen, &[" loss ", "● training ● validation", " metrics ", "● val_accuracy 0.9"]);
    shows(
        &screen,
        &[" epochs ", "best 3", "val_loss", " messages ", "epoch 3/20: loss 0.2145", "q end", "1/6 overview"],
    );
    assert!(!screen.contains("norm"), "{screen}");
}

#[test]
fn a_large_terminal_shows_norms_too() {
    let screen = drawn(&run(3, true), Look::new(), (120, 40));
    shows(
        &screen,
        &["gradient norm 0.5", "parameter norm 370.0", "● validation", "best 3", "seconds", " messages "],
    );
}

#[test]
fn a_small_terminal_shows_the_loss() {
    let screen = drawn(&run(3, true), Look::new(), (40, 10));
    shows(
        &screen,
        &[
            "LeNet",
            "epoch 4/20",
            "step 350/2000",
            "left 1:06 min",
            " loss ",
            "● training",
            "q end",
            "1/6 overview",
        ],
    );
    assert!(!screen.contains("metrics"), "{screen}");
}

#[test]
fn a_tiny_terminal_says_so_in_a_line() {
    let run = run(1, true);
    let screen = drawn(&run, Look::new(), (10, 3));
    assert_eq!(screen, "\"too small \"\n\"          \"\n\"          \"\n");
    shows(&drawn(&run, Look::new(), (39, 30)), &["39x30 is too small: 40x10 at least"]);
    shows(&drawn(&run, Look::new(), (40, 9)), &["40x9 is too small: 40x10 at least"]);
    for size in [(1, 1), (1, 60), (300, 1)] {
        drawn(&run, Look::new(), size);
    }
}

#[test]
fn every_view_of_every_run_fits_every_size() {
    let mut odd = run(2, true);
    odd.record(&EpochRecord {
        epoch: 3,
        step: 300,
        seconds: f64::NAN,
        values: vec![
            ("loss".to_owned(), f64::NAN),
            ("val_loss".to_owned(), f64::INFINITY),
            ("other".to_owned(), -1.0),
        ],
    });
    odd.loss.push(251.0, f64::NAN);
    odd.grad_norm.push(251.0, f64::INFINITY);
    odd.log.push("a long message ".repeat(300));
    let empty = Run::new("Empty", &Progress::default(), &History::default(), &None);
    for run in [&run(0, true), &run(1, true), &run(19, false), &odd, &empty] {
        for view in View::ALL {
            for (is_log, has_help) in [(false, false), (true, true)] {
                for size in SIZES {
                    drawn(run, Look { view, is_log, has_help }, size);
                }
            }
        }
    }
    shows(&drawn(&empty, Look::new(), (80, 24)), &["Empty", "no values yet", "none yet", "left ?"]);
    let screen = drawn(&odd, look(View::Losses), (80, 24));
    shows(&screen, &["● validation inf"]);
    shows(&drawn(&odd, look(View::Epochs), (80, 24)), &["NaN", "best 2"]);
    shows(&drawn(&odd, look(View::Messages), (80, 24)), &["a long message"]);
}

#[test]
fn without_validation_there_is_one_curve_and_no_chart_of_metrics() {
    let screen = drawn(&run(1, false), Look::new(), (120, 40));
    shows(&screen, &["● training", "best 1"]);
    assert!(!screen.contains("validation") && !screen.contains("metrics"), "{screen}");
    shows(&drawn(&run(1, false), look(View::Metrics), (80, 24)), &["metrics", "no values yet"]);
}

#[test]
fn logarithms_are_labelled_with_values() {
    let mut run = Run::new("Net", &Progress::default(), &History::default(), &None);
    for step in 0..5 {
        let loss = 10f64.powi(-step);
        let step = step as u64 + 1;
        run.step(&Progress { step, loss, mean_loss: loss, ..Progress::default() });
    }
    run.step(&Progress { step: 6, loss: 0.0, ..Progress::default() });
    let plain = drawn(&run, look(View::Losses), (80, 24));
    let log = drawn(&run, Look { is_log: true, ..look(View::Losses) }, (80, 24));
    shows(&plain, &["1.000", "0.5000"]);
    shows(&log, &["(log)", "1.000"]);
    // Halfway between logarithms lies the geometric mean.
    assert!(!log.contains("0.5000") && log.contains("│0.003"), "{log}");
}

#[test]
fn the_best_epoch_is_that_of_the_monitor() {
    let monitor = Some(("val_accuracy".to_owned(), Direction::HigherIsBetter));
    let record = |epoch: u64, accuracy: f64, val_loss: f64| EpochRecord {
        epoch,
        step: epoch,
        seconds: 1.0,
        values: vec![("val_loss".to_owned(), val_loss), ("val_accuracy".to_owned(), accuracy)],
    };
    let history =
        History { epochs: vec![record(1, 0.5, 0.1), record(2, 0.9, 0.3), record(3, 0.8, 0.2)], ended: None };
    let best = |monitor| Run::new("Net", &Progress::default(), &history, monitor).best.map(|best| best.epoch);
    assert_eq!(best(&monitor), Some(2));
    assert_eq!(best(&None), Some(1));
}

#[test]
fn long_runs_keep_no_more_than_short_ones() {
    let mut run = run(1, true);
    for epoch in 2..5000 {
        let values = vec![("loss".to_owned(), 1.0)];
        run.record(&EpochRecord { epoch, step: epoch * 100, seconds: 1.0, values });
    }
    assert_eq!(run.rows.len(), 200);
    assert!(run.curve("loss").is_some_and(|curve| curve.points().len() <= 1024));
    shows(&drawn(&run, look(View::Epochs), (80, 24)), &["4999", "4998"]);
}

#[test]
fn help_and_the_end_are_announced() {
    let mut run = run(1, true);
    let help = drawn(&run, Look { has_help: true, ..Look::new() }, (40, 10));
    shows(&help, &["keys", "end at once", "log scale"]);
    run.is_ending = true;
    shows(&drawn(&run, Look::new(), (80, 24)), &["ending after this step; Ctrl-C again ends the program"]);
}
