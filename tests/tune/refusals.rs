//! What is refused, and with which words.

use std::panic::{UnwindSafe, catch_unwind};

use macrograd::metrics::Direction::LowerIsBetter;
use macrograd::train::tune::{Outcome, Range, Space, Study, Value};

fn study() -> Study {
    Study::new(Space::new().with("x", Range::real(0.0, 1.0)), LowerIsBetter)
}

fn panic_text(call: impl FnOnce() + UnwindSafe) -> String {
    let panic = catch_unwind(call).expect_err("it panics");
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string()))
        .unwrap()
}

#[test]
fn ranges_without_values_are_refused() {
    let cases = [
        (Range::real(1.0, 0.5), "`lr`: the range 1 to 0.5 is empty; exchange its ends"),
        (Range::whole(3, 2), "`lr`: the range 3 to 2 (whole) is empty; exchange its ends"),
        (
            Range::log(0.0, 1.0),
            "`lr`: the range 0 to 1 (logarithmic) has no logarithm at its lower end; begin above 0, or search without a \
             logarithm",
        ),
        (
            Range::log_whole(0, 8),
            "`lr`: the range 0 to 8 (whole, logarithmic) has no logarithm at its lower end; begin at 1, or search without a \
             logarithm",
        ),
        (Range::real(0.0, f64::INFINITY), "`lr`: the range 0 to inf has no end; give two finite numbers"),
        (
            Range::log(f64::NAN, 1.0),
            "`lr`: the range NaN to 1 (logarithmic) has no end; give two finite numbers",
        ),
        (
            Range::whole(0, u64::MAX),
            "`lr`: the range 0 to 18446744073709551615 (whole) goes beyond 2^53; end below, or give the numbers as a choice",
        ),
        (Range::Choice(Vec::new()), "`lr`: a choice without values is empty; give at least one"),
        (Range::choice(["a", "b", "a"]), "`lr`: the choice a is there twice; leave one out"),
        (
            Range::choice([Value::Real(1.0), Value::Whole(1)]),
            "`lr`: the choice 1 is there twice; leave one out",
        ),
        (Range::choice([f64::NAN]), "`lr`: the choice NaN is not finite; leave it out"),
    ];
    for (range, text) in cases {
        assert_eq!(Space::new().try_with("lr", range.clone()).unwrap_err().to_string(), text);
        assert_eq!(panic_text(move || drop(Space::new().with("lr", range))), text);
    }
    let twice = Space::new().with("lr", Range::real(0.0, 1.0)).try_with("lr", Range::real(0.0, 1.0));
    assert_eq!(twice.unwrap_err().to_string(), "`lr`: there are two ranges of this name; leave one out");
}

#[test]
fn an_empty_space_is_refused() {
    let text = panic_text(|| drop(Study::new(Space::new(), LowerIsBetter)));
    assert_eq!(text, "there is nothing to search: add hyper-parameters by `Space::with`");
}

#[test]
fn trials_are_told_once() {
    let mut study = study();
    let unknown = "there is no trial 1: `ask` has given out 0 so far";
    assert_eq!(study.tell(1, Outcome::Finished(1.0)).unwrap_err().to_string(), unknown);
    assert_eq!(study.report(1, 1, 1.0).unwrap_err().to_string(), unknown);
    assert!(
        study.tell(0, Outcome::Finished(1.0)).is_err()
            && study.tell(u64::MAX, Outcome::Finished(1.0)).is_err()
    );
    let outcomes = [
        (Outcome::Finished(1.0), "finished"),
        (Outcome::Pruned(1.0), "been pruned"),
        (Outcome::Failed("it is late".into()), "failed"),
    ];
    for (outcome, word) in outcomes {
        let number = study.ask().number;
        study.tell(number, outcome.clone()).unwrap();
        let text = format!(
            "trial {number} was told to have {word} already; each trial is told once, and reports nothing after it"
        );
        assert_eq!(study.tell(number, outcome.clone()).unwrap_err().to_string(), text);
        assert_eq!(study.report(number, 1, 1.0).unwrap_err().to_string(), text);
        assert_eq!(study.trials()[number as usize - 1].outcome, Some(outcome));
    }
}

#[test]
fn scores_that_are_not_finite_are_failures() {
    let mut study = study();
    for outcome in
        [Outcome::Finished(f64::NAN), Outcome::Pruned(f64::NAN), Outcome::Finished(f64::NEG_INFINITY)]
    {
        let number = study.ask().number;
        study.tell(number, outcome).unwrap();
    }
    let outcomes: Vec<_> = study.trials().iter().filter_map(|record| record.outcome.clone()).collect();
    let failed = |score| Outcome::Failed(format!("the score is {score}"));
    assert_eq!(outcomes, [failed("NaN"), failed("NaN"), failed("-inf")]);
    assert!(study.best().is_none());
}

#[test]
fn the_first_of_equal_trials_is_the_best_and_pruned_ones_are_not() {
    let mut study = study();
    for outcome in
        [Outcome::Finished(2.0), Outcome::Pruned(0.5), Outcome::Finished(1.0), Outcome::Finished(1.0)]
    {
        let number = study.ask().number;
        study.tell(number, outcome).unwrap();
    }
    assert_eq!(study.best().unwrap().trial.number, 3);
}

#[test]
fn values_are_read_as_what_they_are() {
    let trial = study().ask();
    assert_eq!(trial.value("x"), Some(&Value::Real(trial.real("x"))));
    let copy = trial.clone();
    let text = panic_text(move || _ = copy.real("y"));
    assert_eq!(text, "the trial has no value `y`; there are `x`");
    let expected = format!(
        "`x` is the real number {}, not a flag; change its range, or read it as what it is",
        trial.values[0].1
    );
    assert_eq!(panic_text(move || _ = trial.flag("x")), expected);
}

#[test]
fn values_are_written_short_and_read_again() {
    let cases = [
        (Value::Real(1.0), "1"),
        (Value::Real(-0.5), "-0.5"),
        (Value::Real(1e-3), "1e-3"),
        (Value::Real(0.012), "0.012"),
        (Value::Real(1.5e22), "1.5e22"),
        (Value::Whole(u64::MAX), "18446744073709551615"),
        (Value::Flag(true), "true"),
        (Value::Text("a, \"b\"".into()), "a, \"b\""),
    ];
    for (value, text) in cases {
        assert_eq!(value.to_string(), text);
        assert_eq!(Range::choice([value.clone()]).parse(text), Some(value));
    }
    assert_eq!(Range::whole(1, 3).parse("1.5"), None);
    assert_eq!(Range::log(0.1, 1.0).parse("NaN"), None);
}
