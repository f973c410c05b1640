//! Schedules against PyTorch's, step by step.

use macrograd::optim::{Adam, OneCycle, Plateau, RmsProp, Schedule, Sgd};
use safetensors::SafeTensors;

fn golden(name: &str) -> Vec<f64> {
    let file = SafeTensors::deserialize(include_bytes!("../golden/schedules.safetensors"))
        .expect("the file is whole");
    let bytes = file.tensor(name).expect("the script wrote this tensor").data();
    bytes.as_chunks::<8>().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect()
}

#[track_caller]
fn assert_values(name: &str, value: impl FnMut(u64) -> f64) {
    let expected = golden(name);
    assert_eq!(expected.len(), 100);
    for (step, (found, expected)) in (0..100).map(value).zip(&expected).enumerate() {
        // PyTorch multiplies from step to step.
        assert!((found - expected).abs() <= 1e-12, "`{name}` at step {step}: {found} for {expected}");
    }
}

#[test]
fn schedules_agree_with_pytorch() {
    for (name, schedule) in [
        ("constant", Schedule::constant()),
        ("reduced", Schedule::reduced(0.25, 7)),
        ("step", Schedule::step(9, 0.7)),
        ("multi_step", Schedule::multi_step([3, 20, 20, 55], 0.5)),
        ("exponential", Schedule::exponential(0.97)),
        ("linear", Schedule::linear(0.2, 0.9, 30)),
        ("polynomial", Schedule::polynomial(60, 1.7)),
        ("cosine", Schedule::cosine(40, 0.2)),
        ("anneal", Schedule::anneal(25, 0.2)),
        ("warm_restarts", Schedule::warm_restarts(7, 2, 0.04)),
        ("warm_restarts_equal", Schedule::warm_restarts(12, 1, 0.0)),
        ("lambda", Schedule::lambda(|step| 1.0 / (1.0 + step as f64).sqrt())),
        (
            "sequential",
            Schedule::linear(0.1, 1.0, 10)
                .then(10, Schedule::cosine(50, 0.1))
                .then(60, Schedule::exponential(0.9)),
        ),
        (
            "chained",
            Schedule::product([
                Schedule::reduced(0.1, 20),
                Schedule::exponential(0.98),
                Schedule::linear(0.5, 1.0, 40),
            ]),
        ),
    ] {
        assert_eq!(schedule.momentum(3), None);
        let schedule = schedule.times(0.05);
        assert_values(name, |step| schedule.lr(step));
    }
}

#[test]
fn one_cycle_agrees_with_pytorch() {
    let options = OneCycle::new(100).pct_start(0.37).linear().momentum(0.6, 0.9).div_factor(10.0);
    for (name, cycle) in [
        ("one_cycle", OneCycle::new(100)),
        ("one_cycle_options", options.final_div_factor(100.0)),
        ("one_cycle_three", OneCycle::new(100).pct_start(0.31).three_phase(true)),
        ("one_cycle_three_linear", OneCycle::new(100).three_phase(true).linear()),
    ] {
        let schedule = Schedule::from(cycle.clone()).times(0.05);
        assert_values(name, |step| schedule.lr(step));
        let momentum = |step| schedule.momentum(step).expect("it cycles momentum");
        assert_values(&format!("{name}.momentum"), momentum);
        assert_eq!(schedule.lr(99), schedule.lr(5000), "later steps stay at the end");
        assert_eq!(Schedule::from(cycle.without_momentum()).momentum(3), None);
    }
}

#[test]
fn short_cycles_have_no_gaps() {
    for steps in 1..6 {
        for pct_start in [0.0, 0.3, 1.0] {
            for three_phase in [false, true] {
                let cycle = OneCycle::new(steps).pct_start(pct_start).three_phase(three_phase);
                let schedule = Schedule::from(cycle);
                assert!((0..8).all(|step| (0.0..=1.0).contains(&schedule.lr(step))), "{schedule:?}");
            }
        }
    }
}

#[test]
fn momentum_is_that_of_the_schedule_that_runs() {
    let cycle = || Schedule::from(OneCycle::new(10));
    let schedule = Schedule::constant().then(5, Schedule::product([Schedule::constant(), cycle()]));
    assert_eq!((schedule.momentum(4), schedule.momentum(5)), (None, Some(0.95)));
    let schedule = cycle().then(5, Schedule::constant());
    assert_eq!((schedule.momentum(0), schedule.momentum(5)), (Some(0.95), None));
    // Each of those that PyTorch cycles takes it.
    Sgd::new(0.1).set_momentum(0.5);
    RmsProp::new(0.1).set_momentum(0.5);
    Adam::new(0.1).set_momentum(0.5);
}

#[test]
fn a_plateau_agrees_with_pytorch() {
    let metrics = golden("metrics");
    for (name, mut plateau) in [
        ("plateau", Plateau::new(0.05).patience(3)),
        (
            "plateau_max",
            Plateau::new(0.05).maximize(true).factor(0.5).patience(1).cooldown(4).relative_threshold(0.05),
        ),
        (
            "plateau_absolute",
            Plateau::new(0.05).absolute_threshold(0.3).factor(0.3).patience(2).min_lr(0.001),
        ),
        (
            "plateau_absolute_max",
            Plateau::new(0.05).maximize(true).absolute_threshold(0.2).factor(0.8).patience(0).eps(5e-3),
        ),
    ] {
        let fresh = plateau.clone();
        assert_values(name, |step| {
            // A run that is stopped after every metric goes on the same way.
            let state = plateau.state();
            plateau = fresh.clone();
            plateau.restore(state);
            let lr = plateau.update(metrics[step as usize]);
            assert_eq!(lr, plateau.lr());
            lr
        });
        assert!(plateau.lr() < 0.05, "`{name}` must have been reduced");
    }
}

#[test]
fn a_metric_that_is_no_number_is_no_improvement() {
    let mut plateau = Plateau::new(1.0).patience(1).factor(0.5);
    assert_eq!([f64::NAN, f64::NAN, 1.0].map(|metric| plateau.update(metric)), [1.0, 0.5, 0.5]);
}

#[test]
fn a_schedule_shows_how_it_was_made() {
    let schedule = Schedule::linear(0.0, 1.0, 10).then(10, Schedule::cosine(90, 0.1)).times(0.5);
    let text = format!("{schedule:?}");
    assert!(text.contains("linear(0, 1, 10)") && text.contains("cosine(90, 0.1)"), "{text}");
}

#[test]
#[should_panic(expected = "`step_size` is 0, but must be positive")]
fn steps_have_a_size() {
    let _ = Schedule::step(0, 0.5);
}

#[test]
#[should_panic(expected = "`pct_start` is 1.5, but must be between 0 and 1")]
fn a_part_is_at_most_the_whole() {
    let _ = OneCycle::new(10).pct_start(1.5);
}

#[test]
#[should_panic(expected = "`factor` is 1, but must be at least 0 and below 1")]
fn a_plateau_reduces() {
    let _ = Plateau::new(0.1).factor(1.0);
}
