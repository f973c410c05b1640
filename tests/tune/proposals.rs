//! Which values are proposed.

use macrograd::metrics::Direction::{self, HigherIsBetter, LowerIsBetter};
use macrograd::train::tune::{Outcome, Range, Sampler, Space, Study, Trial, Value};

/// Trials at random, of a single hyper-parameter `x`.
fn random(range: Range, trials: usize) -> Vec<Value> {
    let mut study = Study::new(Space::new().with("x", range), LowerIsBetter).sampler(Sampler::Random).seed(5);
    (0..trials).map(|_| study.ask().values.remove(0).1).collect()
}

fn real(value: &Value) -> f64 {
    match value {
        Value::Real(value) => *value,
        other => panic!("{other} is no real"),
    }
}

fn whole(value: &Value) -> u64 {
    match value {
        Value::Whole(value) => *value,
        other => panic!("{other} is not whole"),
    }
}

/// Counts against equal expectations.
fn chi_square(counts: &[u32]) -> f64 {
    let expected = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
    counts.iter().map(|&count| (f64::from(count) - expected).powi(2) / expected).sum()
}

/// What 1 in 1000 exceeds, at 9 degrees of freedom.
const LIMIT: f64 = 27.9;

#[test]
fn reals_are_uniform() {
    let mut counts = [0; 10];
    for value in random(Range::real(-3.0, 2.0), 10_000) {
        counts[((real(&value) + 3.0) * 2.0).min(9.0) as usize] += 1;
    }
    assert!(chi_square(&counts) < LIMIT, "{counts:?}");
}

#[test]
fn logarithms_of_logarithmic_reals_are_uniform() {
    let mut counts = [0; 10];
    for value in random(Range::log(1e-5, 1.0), 10_000) {
        counts[((real(&value).log10() + 5.0) * 2.0).min(9.0) as usize] += 1;
    }
    assert!(chi_square(&counts) < LIMIT, "{counts:?}");
}

/// The ends are as likely as the others.
#[test]
fn whole_numbers_are_uniform() {
    let mut counts = [0; 10];
    for value in random(Range::whole(3, 12), 10_000) {
        counts[whole(&value) as usize - 3] += 1;
    }
    assert!(chi_square(&counts) < LIMIT, "{counts:?}");
}

/// A number has the probability of its bin: `ln((x + 1/2) / (x - 1/2)) / ln(10.5 / 0.5)`.
#[test]
fn logarithmic_whole_numbers_have_the_probabilities_of_their_bins() {
    let mut counts = [0_u32; 10];
    for value in random(Range::log_whole(1, 10), 10_000) {
        counts[whole(&value) as usize - 1] += 1;
    }
    let chi_square: f64 = (1..=10)
        .map(|x| {
            let x = f64::from(x);
            let expected = 10_000.0 * ((x + 0.5) / (x - 0.5)).ln() / 21_f64.ln();
            (f64::from(counts[x as usize - 1]) - expected).powi(2) / expected
        })
        .sum();
    assert!(chi_square < LIMIT, "{counts:?}");
}

#[test]
fn choices_are_uniform() {
    let mut counts = [0; 10];
    for value in random(Range::choice(0..10_u64), 10_000) {
        counts[whole(&value) as usize] += 1;
    }
    assert!(chi_square(&counts) < LIMIT, "{counts:?}");
}

/// A search that is drawn to both ends of all ranges in turn, and stays within.
#[test]
fn bounds_are_reached_and_kept() {
    let space = || {
        Space::new()
            .with("real", Range::real(-0.3, 0.7))
            .with("log", Range::log(3e-5, 7e-2))
            .with("whole", Range::whole(2, 9))
            .with("log_whole", Range::log_whole(1, 300))
    };
    for direction in [LowerIsBetter, HigherIsBetter] {
        let mut study = Study::new(space(), direction);
        for _ in 0..80 {
            let trial = study.ask();
            for ((_, value), (name, range)) in trial.values.iter().zip(study.space().ranges()) {
                assert_eq!(range.parse(&value.to_string()).as_ref(), Some(value), "{name}");
            }
            let score = trial.real("real")
                + trial.real("log").ln()
                + trial.whole("whole") as f64
                + (trial.whole("log_whole") as f64).ln();
            study.tell(trial.number, Outcome::Finished(score)).unwrap();
        }
        let best = &study.best().unwrap().trial;
        let ends = if direction == LowerIsBetter { (2, 1) } else { (9, 300) };
        assert_eq!(best.whole("whole"), ends.0);
        assert!((best.whole("log_whole") as f64 / ends.1 as f64).ln().abs() < 0.3, "{best:?}");
    }
}

/// Digits that do not matter are left out: at most one point in 10,000 of the range is lost.
#[test]
fn reals_are_short() {
    for (range, low, high) in [
        (Range::real(0.0, 1.0), 0.0, 1.0),
        (Range::real(99.0, 100.0), 99.0, 100.0),
        (Range::log(1e-9, 1e9), 1e-9, 1e9),
    ] {
        for value in random(range, 200) {
            let text = value.to_string();
            assert!((low..=high).contains(&real(&value)) && text.len() <= 9, "{text}");
        }
    }
    // As many as it takes, on the other hand.
    let values = random(Range::log(1.0, 1.000_001), 200);
    let distinct =
        values.iter().filter(|value| values.iter().filter(|other| other == value).count() == 1).count();
    assert!(distinct > 150, "{distinct}");
}

#[test]
fn extreme_ranges_have_values() {
    let space = Space::new()
        .with("all", Range::real(f64::MIN, f64::MAX))
        .with("tiny", Range::log(f64::MIN_POSITIVE, f64::MAX))
        .with("whole", Range::whole(0, 1 << 53))
        .with("log_whole", Range::log_whole(1, 1 << 53))
        .with("real_point", Range::real(0.1, 0.1))
        .with("log_point", Range::log(0.1, 0.1))
        .with("whole_point", Range::whole(7, 7))
        .with("log_whole_point", Range::log_whole(7, 7))
        .with("one_choice", Range::choice(["only"]));
    let mut study = Study::new(space, HigherIsBetter).startup(2);
    for score in 0..30 {
        let trial = study.ask();
        for ((_, value), (name, range)) in trial.values.iter().zip(study.space().ranges()) {
            assert_eq!(range.parse(&value.to_string()).as_ref(), Some(value), "{name}");
        }
        assert_eq!((trial.real("real_point"), trial.real("log_point")), (0.1, 0.1));
        assert_eq!((trial.whole("whole_point"), trial.whole("log_whole_point")), (7, 7));
        assert_eq!(trial.text("one_choice"), "only");
        study.tell(trial.number, Outcome::Finished(f64::from(score))).unwrap();
    }
}

fn parabola() -> Study {
    Study::new(Space::new().with("x", Range::real(-1.0, 1.0)), LowerIsBetter)
}

fn run(study: &mut Study, trials: usize, outcome: impl Fn(&Trial) -> Outcome) -> Vec<f64> {
    (0..trials)
        .map(|_| {
            let trial = study.ask();
            study.tell(trial.number, outcome(&trial)).unwrap();
            trial.real("x")
        })
        .collect()
}

fn square(trial: &Trial) -> Outcome {
    Outcome::Finished(trial.real("x").powi(2))
}

#[test]
fn a_seed_decides_everything() {
    let of = |seed| run(&mut parabola().seed(seed), 30, square);
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}

/// Random trials depend on nothing but the seed, the number and the name.
#[test]
fn other_hyper_parameters_change_no_random_values() {
    let space = Space::new().with("y", Range::real(0.0, 1.0)).with("x", Range::real(-1.0, 1.0));
    let mut both = Study::new(space, Direction::HigherIsBetter);
    let mut alone = parabola();
    for _ in 0..10 {
        assert_eq!(both.ask().real("x"), alone.ask().real("x"));
    }
}

#[test]
fn startup_trials_are_random() {
    let random = run(&mut parabola().sampler(Sampler::Random), 20, square);
    let tpe = run(&mut parabola().startup(15), 20, square);
    assert_eq!(random[..15], tpe[..15]);
    assert!((15..20).all(|i| random[i] != tpe[i]));
}

/// Where everything fails there is nothing to learn from.
#[test]
fn a_search_in_which_all_trials_fail_stays_random() {
    let failed = run(&mut parabola(), 30, |_| Outcome::Failed("no memory".into()));
    assert_eq!(failed, run(&mut parabola().sampler(Sampler::Random), 30, square));
    let mut study = parabola();
    run(&mut study, 3, |_| Outcome::Failed("no memory".into()));
    assert!(study.best().is_none());
}

/// The left half fails, next to where the best is. Nothing is known to be bad there but by failures: if they were left
/// out, all of the 300 trials would go there; at random, half of them would.
#[test]
fn failures_are_avoided() {
    let failures: usize = (0..10)
        .map(|seed| {
            let mut study = parabola().seed(seed);
            let values = run(&mut study, 60, |trial| match trial.real("x") {
                x if x < 0.0 => Outcome::Finished(f64::NAN),
                x => Outcome::Finished((x - 0.1).powi(2)),
            });
            values[30..].iter().filter(|&&x| x < 0.0).count()
        })
        .sum();
    assert!(failures < 130, "{failures} of 300");
}

/// Trials that are asked for together do not try the same, though the best place is known.
#[test]
fn open_trials_keep_their_distance() {
    let space = Space::new().with("x", Range::choice(0..4_u64));
    let mut study = Study::new(space, LowerIsBetter);
    for _ in 0..20 {
        let trial = study.ask();
        study.tell(trial.number, Outcome::Finished(trial.whole("x") as f64)).unwrap();
    }
    let open: Vec<u64> = (0..12).map(|_| study.ask().whole("x")).collect();
    assert!(open.iter().any(|&x| x != open[0]), "{open:?}");
    assert_eq!(study.open().count(), 12);
}
