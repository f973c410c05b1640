//! What the searches find.

use std::f64::consts::PI;

use macrograd::metrics::Direction;
use macrograd::train::tune::{Outcome, Range, Sampler, Space, Study, Trial};

const SEEDS: u64 = 20;
const TRIALS: u64 = 60;

/// A function to be made small, and what Optuna 5.0.0 makes of it, by `golden.py`.
struct Case {
    name: &'static str,
    space: fn() -> Space,
    function: fn(&Trial) -> f64,
    optuna: f64,
    /// How many times that the median of 20 searches may be.
    bound: f64,
}

const CASES: [Case; 4] = [
    Case {
        name: "log_quadratic",
        space: || Space::new().with("lr", Range::log(1e-6, 1.0)),
        function: |trial| (trial.real("lr").log10() + 2.5).powi(2),
        optuna: 2.991e-5,
        bound: 3.0,
    },
    Case {
        name: "branin",
        space: || Space::new().with("x", Range::real(-5.0, 10.0)).with("y", Range::real(0.0, 15.0)),
        function: branin,
        optuna: 5.509e-1,
        bound: 1.25,
    },
    Case {
        name: "mixed",
        space: || {
            Space::new().with("kind", Range::choice(["a", "b", "c", "d"])).with("x", Range::real(-2.0, 2.0))
        },
        function: mixed,
        optuna: 3.568e-5,
        bound: 3.0,
    },
    Case {
        name: "whole",
        space: || Space::new().with("width", Range::log_whole(8, 512)).with("depth", Range::whole(1, 8)),
        function: |trial| {
            let depth = trial.whole("depth") as f64;
            ((trial.whole("width") as f64).log2() - 6.3).powi(2) + 0.5 * (depth - 3.0).powi(2)
        },
        optuna: 1.346e-3,
        bound: 3.0,
    },
];

fn branin(trial: &Trial) -> f64 {
    let (x, y) = (trial.real("x"), trial.real("y"));
    let valley = y - 5.1 / (4.0 * PI * PI) * x * x + 5.0 / PI * x - 6.0;
    valley * valley + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * x.cos() + 10.0
}

fn mixed(trial: &Trial) -> f64 {
    let (center, offset) = match trial.text("kind") {
        "a" => (-1.5, 1.0),
        "b" => (0.5, 0.3),
        "c" => (1.25, 0.0),
        _ => (-0.25, 0.6),
    };
    offset + (trial.real("x") - center).powi(2)
}

/// The best of a search. `sign` is -1 to look for the same by its negative.
fn best(case: &Case, sampler: Sampler, seed: u64, sign: f64) -> f64 {
    let direction = if sign < 0.0 { Direction::HigherIsBetter } else { Direction::LowerIsBetter };
    let mut study = Study::new((case.space)(), direction).seed(seed).sampler(sampler);
    for _ in 0..TRIALS {
        let trial = study.ask();
        study.tell(trial.number, Outcome::Finished(sign * (case.function)(&trial))).unwrap();
    }
    sign * study.best().unwrap().score().unwrap()
}

fn median(case: &Case, sampler: Sampler) -> f64 {
    let mut scores: Vec<f64> = (0..SEEDS).map(|seed| best(case, sampler, seed, 1.0)).collect();
    scores.sort_by(f64::total_cmp);
    let middle = scores.len() / 2;
    0.5 * (scores[middle - 1] + scores[middle])
}

/// Optuna's figures are medians of 200 searches. Those of 20 searches, as here, vary with their seeds: in ten such medians
/// of ours between 0.9 and 1.2 of their own for Branin, and 0.2 to 6 for the other functions, whose least
/// values are nearly 0, so that chance decides how many times that a search finds. Hence a bound for each: on Branin, where the estimator makes
/// the difference, a close one.
#[test]
fn tpe_beats_random_search_and_is_as_good_as_that_of_optuna() {
    for case in &CASES {
        let (tpe, random) = (median(case, Sampler::Tpe), median(case, Sampler::Random));
        println!("{}: TPE {tpe:.3e}, random {random:.3e}, Optuna {:.3e}", case.name, case.optuna);
        assert!(tpe < 0.8 * random, "{}: {tpe} after {random} at random", case.name);
        assert!(tpe < case.bound * case.optuna, "{}: {tpe}, Optuna {}", case.name, case.optuna);
    }
}

#[test]
fn both_directions_are_the_same_search() {
    for case in &CASES {
        for sampler in [Sampler::Random, Sampler::Tpe] {
            assert_eq!(best(case, sampler, 3, 1.0), best(case, sampler, 3, -1.0), "{}", case.name);
        }
    }
}
