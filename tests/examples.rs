//! The examples as a user meets them: cargo builds them with the tests.
#![cfg(feature = "embedded-data")]
#![allow(missing_docs)]

mod folder;

use folder::Folder;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// An example's program, in the folder beside that of this test.
fn example(name: &str) -> Command {
    let test = std::env::current_exe().expect("the test's own path is known");
    let profile = test.parent().and_then(Path::parent).expect("tests lie in `deps` of the profile's folder");
    let program = profile.join("examples").join(name).with_extension(std::env::consts::EXE_EXTENSION);
    assert!(
        program.is_file(),
        "{} is not built: run `cargo test` or `cargo build --examples`",
        program.display()
    );
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command
}

fn fashion_mnist(arguments: &[&str]) -> Output {
    example("fashion_mnist").args(arguments).output().expect("the example starts")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the examples print UTF-8")
}

/// What follows `label` in the last line of the output.
fn last_number<'a>(output: &'a Output, label: &str) -> &'a str {
    assert!(output.status.success(), "{}: {}", output.status, text(&output.stderr));
    let last = text(&output.stdout).lines().last().expect("the examples print something");
    last.strip_prefix(label).unwrap_or_else(|| panic!("the last line is `{last}`"))
}

fn accuracy(output: &Output) -> f64 {
    let number = last_number(output, "test accuracy: ");
    assert_eq!(number.len(), 5, "three digits after the point in `{number}`");
    number.parse().expect("a number")
}

fn max_error(output: &Output) -> f64 {
    last_number(output, "maximal error: ").parse().expect("a number")
}

/// Fails with this exit code, printing these fragments to standard error.
#[track_caller]
fn assert_fails(arguments: &[&str], code: i32, fragments: &[&str]) {
    let output = fashion_mnist(arguments);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {message}");
    for fragment in fragments {
        assert!(message.contains(fragment), "{arguments:?}: `{fragment}` is not in: {message}");
    }
}

#[test]
fn digits_learns_to_read() {
    let output = example("digits").output().expect("the example starts");
    let accuracy = accuracy(&output);
    assert!(accuracy >= 0.95, "test accuracy {accuracy}");
}

#[test]
fn physics_finds_the_motion() {
    let output = example("physics").output().expect("the example starts");
    let error = max_error(&output);
    assert!(error < 1e-3, "maximal error {error}");
}

#[test]
fn adaptive_depth_takes_the_steps_that_a_system_needs() {
    let output = example("adaptive_depth").output().expect("the example starts");
    let error = max_error(&output);
    assert!(error < 1e-3, "maximal error {error}");
    // Coupling, steps before and after training.
    let rows: Vec<Vec<f64>> = text(&output.stdout)
        .lines()
        .filter_map(|line| line.split_whitespace().map(|word| word.parse().ok()).collect())
        .collect();
    assert_eq!(rows.len(), 4);
    for row in &rows {
        assert!(row[2] <= row[1], "training saves steps: {row:?}");
    }
    assert!(rows[0][2] < rows[3][2], "systems that are coupled take longer: {rows:?}");
}

#[test]
fn sentiment_learns_to_judge() {
    let sentiment =
        |arguments: &[&str]| example("sentiment").args(arguments).output().expect("the example starts");
    let output = sentiment(&["--folds", "2", "--epochs", "1"]);
    assert!(output.status.success(), "{}: {}", output.status, text(&output.stderr));
    let rows: Vec<&str> = text(&output.stdout).lines().collect();
    for model in ["LSTM", "transformer"] {
        let row = rows.iter().find(|row| row.starts_with(model)).expect("there is a row for each model");
        let numbers: Vec<f64> = row.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        assert_eq!(numbers.len(), 6, "a mean and a deviation for each set in `{row}`");
        // A half is chance; after one epoch both are right about two thirds.
        let mean = numbers.iter().step_by(2).sum::<f64>() / 3.0;
        assert!(mean > 0.6, "{row}");
    }
    assert_eq!(sentiment(&["--folds", "1"]).status.code(), Some(2));
}

#[test]
fn fashion_mnist_trains_saves_and_is_the_same_for_any_number_of_threads() {
    let folder = Folder::new("train");
    let outputs = ["1", "3"].map(|threads| {
        let saved = folder.path(threads);
        let output = fashion_mnist(&["--epochs", "1", "--threads", threads, "--save", &saved]);
        // One epoch: PyTorch's range is 0.55 to 0.65; a tenth is chance.
        let accuracy = accuracy(&output);
        assert!(accuracy > 0.45, "test accuracy {accuracy} after one epoch");
        let lines: Vec<&str> = text(&output.stdout).lines().collect();
        assert_eq!(lines[lines.len() - 2], format!("model saved to {saved}"));
        assert_eq!(lines.len(), 4, "one line of introduction, one for the epoch: {lines:?}");
        assert_eq!(text(&output.stderr), "", "no progress bar where there is no terminal");
        std::fs::read(saved).expect("the model is where the example says")
    });
    assert!(outputs[0] == outputs[1], "the saved models differ");
    let files = std::fs::read_dir(&folder.0).expect("the folder exists").count();
    assert_eq!(files, 2, "nothing is left beside the models");
}

#[test]
fn help_lists_every_option() {
    let output = fashion_mnist(&["--help"]);
    assert!(output.status.success());
    for option in ["--data", "--epochs", "--batch", "--lr", "--decay", "--seed", "--threads", "--save"] {
        assert!(text(&output.stdout).contains(option), "{option} is not in the help");
    }
}

#[test]
fn wrong_options_end_with_2() {
    assert_fails(&["--epochs", "0"], 2, &["--epochs", "at least 1"]);
    assert_fails(&["--batch", "0"], 2, &["--batch", "at least 1"]);
    assert_fails(&["--threads", "0"], 2, &["--threads", "at least 1"]);
    assert_fails(&["--threads", "1000000"], 2, &["--threads", "at most 1024"]);
    assert_fails(&["--lr", "-1"], 2, &[]);
    assert_fails(&["--lr=-1"], 2, &["--lr", "above 0"]);
    assert_fails(&["--decay", "2"], 2, &["--decay", "from 0"]);
    assert_fails(&["--epoch", "1"], 2, &["--epochs"]);
}

#[test]
fn failures_end_with_1_and_name_the_file() {
    let folder = Folder::new("failures");
    let missing = folder.path("missing");
    assert_fails(&["--data", &missing], 1, &[&missing, "give the folder"]);
    assert_fails(&["--data", &folder.path("")], 1, &["train-images-idx3-ubyte.gz"]);
    assert_fails(&["--save", &folder.path("missing/model")], 1, &["there is no folder", &missing]);
    assert_fails(&["--save", &folder.path("")], 1, &["this is a folder"]);

    let data = format!("{}/data/fashion_mnist", env!("CARGO_MANIFEST_DIR"));
    for name in ["train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"] {
        std::fs::copy(format!("{data}/{name}"), folder.path(name)).expect("the file can be copied");
    }
    let images = std::fs::read(format!("{data}/train-images-idx3-ubyte.gz")).expect("the file is there");
    let truncated = folder.path("train-images-idx3-ubyte.gz");
    std::fs::write(&truncated, &images[..images.len() / 2]).expect("the folder is writable");
    assert_fails(&["--data", &folder.path("")], 1, &[&truncated, "truncated"]);
}

#[test]
fn a_diverging_run_says_so_and_saves_nothing() {
    let folder = Folder::new("diverging");
    let saved = folder.path("model");
    assert_fails(&["--lr", "1e30", "--save", &saved], 1, &["nothing was saved", "--lr"]);
    assert!(!Path::new(&saved).exists());
}
