//! Searches over settings.

use crate::{Folder, iris, text};

const SEARCH: [&str; 9] =
    ["tune", "--data", "iris.csv", "--epochs", "3", "--vary", "lr=log:1e-3..1", "--vary", "batch=8,16,32"];

fn search(folder: &Folder, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = iris(folder, &[&SEARCH, arguments].concat());
    (output.status.code(), text(&output.stdout).to_owned(), text(&output.stderr).to_owned())
}

/// What the trials came to: a line for each, without its seconds.
fn trials(folder: &Folder) -> Vec<String> {
    let table = std::fs::read_to_string(folder.0.join("run/tune/trials.csv")).expect("there is a table");
    let without_seconds = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        [&cells[..4], &cells[5..]].concat().join(",")
    };
    table.lines().map(without_seconds).collect()
}

/// The line of a trial as it is before the trial has ended.
fn reopened(line: &str) -> String {
    let mut json: serde_json::Value = serde_json::from_str(line).expect("each line is JSON");
    let trial = json.as_object_mut().expect("each line is an object");
    let outcomes = ["finished", "pruned", "failed"].map(|outcome| trial.remove(outcome));
    assert_eq!(outcomes.iter().flatten().count(), 1, "it has ended: {line}");
    json.to_string()
}

#[test]
fn a_search_tries_settings_and_goes_on_as_the_same() {
    let whole = Folder::new("tune-whole");
    let (code, shown, errors) = search(&whole, &["--trials", "6", "--prune"]);
    assert_eq!((code, errors.as_str()), (Some(0), ""), "{shown}");
    assert_eq!(shown.lines().filter(|line| line.starts_with("trial ")).count(), 6, "{shown}");
    assert!(shown.contains("rank  trial"), "{shown}");
    assert!(shown.contains("its settings: `train --config run/tune/best.toml`"), "{shown}");
    assert_eq!(trials(&whole).len(), 1 + 6);

    // Three at first, and three more: the same.
    let parts = Folder::new("tune-parts");
    assert_eq!(search(&parts, &["--trials", "3", "--prune"]).0, Some(0));
    let (code, _, errors) = search(&parts, &["--trials", "6", "--prune"]);
    assert_eq!(code, Some(1));
    assert!(errors.contains("the folder run/tune holds a search already"), "{errors}");
    let (code, shown, errors) = search(&parts, &["--trials", "6", "--prune", "--resume"]);
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    assert_eq!(shown.lines().filter(|line| line.starts_with("trial ")).count(), 3, "{shown}");
    assert_eq!(trials(&whole), trials(&parts));

    // Another search is not mixed with it.
    let (code, _, errors) = search(&parts, &["--prune", "--resume", "--vary", "beta1=0.5..0.9"]);
    assert_eq!(code, Some(1));
    assert!(errors.contains("beta1"), "{errors}");
    let (code, ..) = search(&parts, &["--trials", "1", "--overwrite", "--sampler", "random"]);
    assert_eq!(code, Some(0));
    assert_eq!(trials(&parts).len(), 1 + 1);

    // The best settings train a model.
    let trained = iris(&whole, &["--config", "run/tune/best.toml", "--epochs", "1"]);
    assert!(trained.status.success(), "{}", text(&trained.stderr));
    assert!(whole.0.join("run/best/best.safetensors").is_file());
}

#[test]
fn a_trial_that_was_killed_is_begun_again_where_it_was() {
    let (whole, killed) = (Folder::new("tune-not-killed"), Folder::new("tune-killed"));
    assert_eq!(search(&whole, &["--trials", "2"]).0, Some(0));
    assert_eq!(search(&killed, &["--trials", "2"]).0, Some(0));
    // As if the second trial had been killed after its last epoch and before the search knew of it.
    let study = killed.0.join("run/tune/study.jsonl");
    let lines = std::fs::read_to_string(&study).expect("there is a file of the search");
    let lines: Vec<&str> = lines.lines().collect();
    let lines = format!("{}\n{}\n{}\n", lines[0], lines[1], reopened(lines[2]));
    std::fs::write(&study, lines).expect("the file can be written");
    let (code, shown, errors) = search(&killed, &["--trials", "2", "--resume"]);
    assert_eq!((code, errors.as_str()), (Some(0), ""), "{shown}");
    assert_eq!(trials(&whole), trials(&killed));
}

#[test]
fn a_trial_that_was_ended_early_is_not_trained_on() {
    let arguments = ["--trials", "8", "--prune"];
    let (whole, killed) = (Folder::new("tune-pruned"), Folder::new("tune-pruned-killed"));
    assert_eq!(search(&whole, &arguments).0, Some(0));
    assert_eq!(search(&killed, &arguments).0, Some(0));
    // As if the program had been killed when the trial was over, and before the search knew that it was.
    let study = killed.0.join("run/tune/study.jsonl");
    let text = std::fs::read_to_string(&study).expect("there is a file of the search");
    let lines: Vec<&str> = text.lines().collect();
    let number = trials(&whole).iter().position(|line| line.contains(",pruned,")).expect("some do worse");
    let known = format!("{}\n{}\n", lines[..number].join("\n"), reopened(lines[number]));
    std::fs::write(&study, known).expect("it can be written");
    for later in number + 1..=8 {
        std::fs::remove_dir_all(killed.0.join(format!("run/tune/trial-{later:03}"))).expect("it was tried");
    }
    let (code, shown, errors) = search(&killed, &[&arguments[..], &["--resume"]].concat());
    assert_eq!((code, errors.as_str()), (Some(0), ""), "{shown}");
    assert_eq!(trials(&whole), trials(&killed));
}

#[test]
fn values_at_which_nothing_is_learned_do_not_end_a_search() {
    let folder = Folder::new("tune-diverges");
    let arguments =
        ["tune", "--data", "iris.csv", "--epochs", "2", "--trials", "6", "--vary", "lr=1e37,0.01"];
    let output = iris(&folder, &[&arguments[..], &["--sampler", "random"]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let (mut failed, mut finished) = (0, 0);
    for line in trials(&folder).iter().skip(1) {
        let diverges = line.ends_with(",1e37");
        assert_eq!(diverges, line.contains(",failed,"), "{line}");
        *(if diverges { &mut failed } else { &mut finished }) += 1;
    }
    assert!(failed > 0 && finished > 0, "{}", text(&output.stdout));
}

#[test]
fn what_is_wrong_with_a_search_is_said() {
    let folder = Folder::new("tune-wrong");
    for (arguments, problem) in [
        (&["tune", "--data", "iris.csv"][..], "there is nothing to vary"),
        (
            &["tune", "--data", "iris.csv", "--vary", "rate=1..2"],
            "there is no setting `rate` to vary; there are lr",
        ),
        (&["tune", "--data", "iris.csv", "--vary", "lr=-1..1"], "`-1` is none of its values"),
        (&["tune", "--data", "iris.csv", "--vary", "lr=1..0.1"], "`lr`"),
        (&["tune", "--data", "iris.csv", "--vary", "lr=1..2", "--trials", "0"], "--trials"),
        (
            &["tune", "--data", "iris.csv", "--vary", "lr=1..2", "--sampler", "grid"],
            "possible values: tpe, random",
        ),
    ] {
        let output = iris(&folder, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(problem), "{arguments:?}: {}", text(&output.stderr));
    }
    assert_eq!(folder.names(), ["iris.csv"]);
}
