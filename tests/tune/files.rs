//! Searches that go on from a file, and tables of them.

use macrograd::metrics::Direction::{HigherIsBetter, LowerIsBetter};
use macrograd::train::tune::{MedianPruning, Outcome, Range, Sampler, Space, Study, Trial, TuneError, Value};

use crate::folder::Folder;

fn space() -> Space {
    Space::new()
        .with("lr", Range::log(1e-4, 1.0))
        .with("width", Range::log_whole(8, 512))
        .with("optimizer", Range::choice(["adam", "lion, \"signed\"", "sgd"]))
        .with("norm", Range::choice([true, false]))
}

fn study() -> Study {
    Study::new(space(), LowerIsBetter).seed(3).startup(4).prune(MedianPruning { startup: 3, warm_up: 1 })
}

/// A trial with all that can happen to one.
fn run(study: &mut Study, trial: &Trial) {
    let score = (trial.real("lr").log10() + 2.0).powi(2) + 0.1 * (trial.whole("width") as f64).log2();
    for epoch in 1..=3 {
        let noise = if trial.number.is_multiple_of(5) { f64::NAN } else { 1.0 / 3.0 / epoch as f64 };
        if study.report(trial.number, epoch, score + noise).unwrap() {
            return study.tell(trial.number, Outcome::Pruned(score + noise)).unwrap();
        }
    }
    let outcome = match trial.number % 7 {
        3 => Outcome::Failed("out of memory,\nsaid \"the system\"".into()),
        _ => Outcome::Finished(score),
    };
    study.tell(trial.number, outcome).unwrap();
}

/// What a search has found, but for the time it took.
fn trials(study: &Study) -> Vec<String> {
    let text = |record: &macrograd::train::tune::TrialRecord| {
        format!("{:?} {:?} {:?}", record.trial, record.reports, record.outcome)
    };
    study.trials().iter().map(text).collect()
}

#[test]
fn an_interrupted_search_is_the_same_search() {
    let folder = Folder::new("resume");
    let path = folder.0.join("study.jsonl");
    let mut whole = study();
    let mut parts = study();
    for number in 1..=40 {
        let trial = whole.ask();
        run(&mut whole, &trial);
        // Interrupted twice for each trial: before it is told, and after.
        let trial = parts.ask();
        assert_eq!(trial.number, number);
        parts.report(number, 1, 0.1).unwrap();
        parts.save(&path).unwrap();
        parts = study().resume(&path).unwrap();
        let open: Vec<Trial> = parts.open().map(|record| record.trial.clone()).collect();
        assert_eq!(open, [trial]);
        run(&mut parts, &open[0]);
        parts.save(&path).unwrap();
        let seconds: Vec<f64> = parts.trials().iter().map(|record| record.seconds).collect();
        parts = study().resume(&path).unwrap();
        assert_eq!(parts.trials().iter().map(|record| record.seconds).collect::<Vec<f64>>(), seconds);
        assert_eq!(trials(&whole), trials(&parts));
    }
    let states = |outcome: fn(&Outcome) -> bool| {
        whole.trials().iter().filter(|record| record.outcome.as_ref().is_some_and(outcome)).count()
    };
    assert!(states(|outcome| matches!(outcome, Outcome::Pruned(_))) > 0);
    assert!(states(|outcome| matches!(outcome, Outcome::Failed(_))) > 0);
    assert_eq!(folder.names(), ["study.jsonl"]);
}

#[test]
fn a_changed_search_is_refused() {
    let folder = Folder::new("changed");
    let path = folder.0.join("study.jsonl");
    let mut first = study();
    first.ask();
    first.save(&path).unwrap();
    let with = |space: Space| {
        Study::new(space, LowerIsBetter).seed(3).startup(4).prune(MedianPruning { startup: 3, warm_up: 1 })
    };
    let others = || {
        Space::new()
            .with("optimizer", Range::choice(["adam", "lion, \"signed\"", "sgd"]))
            .with("norm", Range::choice([true, false]))
    };
    let cases = [
        (
            with(others().with("lr", Range::log(1e-4, 0.5)).with("width", Range::log_whole(8, 512))),
            "`lr` was 1e-4 to 1 (logarithmic) when the search was started, but is 1e-4 to 0.5 (logarithmic)",
        ),
        (
            with(others().with("lr", Range::log(1e-4, 1.0)).with("width", Range::whole(8, 512))),
            "`width` was 8 to 512 (whole, logarithmic) when the search was started, but is 8 to 512 (whole)",
        ),
        (
            with(others().with("lr", Range::log(1e-4, 1.0))),
            "`width` was 8 to 512 (whole, logarithmic) when the search was started, but is absent",
        ),
        (
            with(space().with("depth", Range::whole(1, 4))),
            "`depth` was absent when the search was started, but is 1 to 4 (whole)",
        ),
        (
            Study::new(space(), HigherIsBetter).seed(3).startup(4),
            "the direction was lower is better when the search was started, but is higher is better",
        ),
        (study().seed(4), "the seed was 3 when the search was started, but is 4"),
        (study().sampler(Sampler::Random), "the sampler was Tpe when the search was started, but is Random"),
        (study().startup(5), "the startup was 4 when the search was started, but is 5"),
        (
            study().prune(None),
            "the pruning was by the median, startup 3, warm-up 1 when the search was started, but is none",
        ),
    ];
    for (study, difference) in cases {
        let error = study.resume(&path).unwrap_err();
        assert!(matches!(error, TuneError::Changed { .. }));
        let expected = format!("{}: {difference} now; use the same, or start a new search", path.display());
        assert_eq!(error.to_string(), expected);
    }
    // The order makes no difference.
    let reordered = with(others().with("width", Range::log_whole(8, 512)).with("lr", Range::log(1e-4, 1.0)));
    let resumed = reordered.resume(&path).unwrap();
    assert_eq!(resumed.trials()[0].trial.value("lr"), first.trials()[0].trial.value("lr"));
}

#[test]
fn other_files_are_refused() {
    let folder = Folder::new("other");
    let mut study_with_trial = study();
    study_with_trial.ask();
    let path = folder.0.join("study.jsonl");
    study_with_trial.save(&path).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let header = text.lines().next().unwrap();
    let cases = [
        (String::new(), "line 1: no search has written this"),
        ("{}".to_owned(), "line 1: no search has written this"),
        ("no JSON".to_owned(), "line 1: it is not JSON"),
        (format!("{header}\n{{}}\n"), "line 2: it is not trial 1 of this search"),
        (text.replace("\"trial\":1", "\"trial\":2"), "line 2: it is not trial 1 of this search"),
        (text[..text.len() - 5].to_owned(), "line 2: it is not JSON"),
        // A value that the range does not have.
        (text.replace("\"norm\":\"", "\"norm\":\"un"), "line 2: it is not trial 1 of this search"),
    ];
    for (content, problem) in cases {
        let path = folder.write("other.jsonl", content.as_bytes());
        let error = study().resume(&path).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
    let error = study().resume(folder.0.join("none")).unwrap_err();
    assert!(matches!(error, TuneError::File(_)), "{error}");
}

/// Cells of CSV, by its rules for quotes.
fn csv(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut is_quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' if is_quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !is_quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            char => cell.push(char),
        }
    }
    assert!(row.is_empty() && cell.is_empty(), "the last line has an end");
    rows
}

#[test]
fn csv_files_hold_all_trials() {
    let folder = Folder::new("csv");
    let mut study = study();
    for _ in 0..20 {
        let trial = study.ask();
        run(&mut study, &trial);
    }
    study.ask();
    let path = folder.0.join("trials.csv");
    study.write_csv(&path).unwrap();
    let rows = csv(&std::fs::read_to_string(&path).unwrap());
    let names =
        ["trial", "state", "score", "epochs", "seconds", "reason", "lr", "width", "optimizer", "norm"];
    assert_eq!(rows[0], names);
    assert_eq!(rows.len(), 22);
    for (row, record) in rows[1..].iter().zip(study.trials()) {
        let (state, reason) = match &record.outcome {
            Some(Outcome::Finished(_)) => ("finished", ""),
            Some(Outcome::Pruned(_)) => ("pruned", ""),
            Some(Outcome::Failed(reason)) => ("failed", reason.as_str()),
            None => ("open", ""),
        };
        assert_eq!((row[0].as_str(), row[1].as_str()), (&*record.trial.number.to_string(), state));
        assert_eq!(row[2].parse().ok(), record.score());
        assert_eq!(row[3].parse().ok(), record.reports.last().map(|&(epoch, _)| epoch));
        assert_eq!(row[5], reason);
        let ranges = study.space().ranges().iter();
        let values: Vec<Value> =
            ranges.zip(&row[6..]).map(|((_, range), cell)| range.parse(cell).unwrap()).collect();
        assert!(values.iter().eq(record.trial.values.iter().map(|(_, value)| value)));
    }
}

#[test]
fn tables_show_the_best_first() {
    let mut study =
        Study::new(space().with("a_rather_long_name_of_a_number", Range::real(0.0, 1.0)), HigherIsBetter);
    let outcomes = [
        Outcome::Finished(0.5),
        Outcome::Failed("the loss became NaN".into()),
        Outcome::Pruned(0.25),
        Outcome::Finished(0.875),
        Outcome::Failed("the loss became NaN".into()),
        Outcome::Failed("said\n".repeat(40)),
    ];
    for outcome in outcomes {
        let trial = study.ask();
        study.report(trial.number, 1, 0.1).unwrap();
        study.report(trial.number, 2, 0.2).unwrap();
        study.tell(trial.number, outcome).unwrap();
    }
    study.ask();
    let table = study.table();
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    let expected = [
        "rank  trial        lr  width  optimizer       norm   a_rather_long_name_of_a…   score  epochs",
        " * 1      4    0.0127    247  adam            false                    0.5769  0.8750       2",
        "   2      1    0.2898     25  lion, \"signed\"  true                     0.1363  0.5000       2",
        "          3  0.003285    188  adam            false                    0.5982  0.2500       2",
        "          2  0.008341     42  adam            false                     0.702               2",
        "          5  9.107e-4     16  lion, \"signed\"  true                     0.2123               2",
        "          6  0.001826     57  sgd             true                     0.9012               2",
        "          7   0.04423     26  adam            false                    0.4978",
        "",
        "rank  trial  seconds  state",
        " * 1      4      0.0  finished",
        "   2      1      0.0  finished",
        "          3      0.0  pruned",
        "          2      0.0  failed",
        "          5      0.0  failed",
        "          6      0.0  failed",
        "          7      0.0  open",
        "failed (2, 5): the loss became NaN",
        "failed (6): said said said said said said said said said said said said said said said said said sa…",
    ];
    assert!(table.lines().eq(expected), "{table}");
}
