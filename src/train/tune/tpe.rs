//! Proposals of the tree-structured Parzen estimator, for one hyper-parameter.

use macrograd_runtime::random::Philox;

use super::parzen::{Parzen, draw_choice, probabilities};
use super::scale::{Scale, number, single};
use super::{Range, Value};

/// Values are drawn this often, and the most promising one is proposed.
const NUM_CANDIDATES: usize = 24;

/// At most so many trials are good.
const MAX_GOOD: usize = 25;

/// How many of `num_scored` trials are good: `min(⌈num_scored / 10⌉, 25)`.
pub(super) fn num_good(num_scored: usize) -> usize {
    num_scored.div_ceil(10).min(MAX_GOOD)
}

/// Of candidates drawn from the density `l` of good values, the one where `l(x) / g(x)` is largest, `g` being the density of
/// the other values. Values are in the order of their trials.
pub(super) fn propose(range: &Range, good: &[&Value], bad: &[&Value], random: &mut Philox) -> Value {
    match (range, Scale::of(range)) {
        (Range::Choice(values), _) => propose_choice(values, good, bad, random),
        (_, Some(scale)) if !scale.is_single() => propose_number(scale, good, bad, random),
        (_, _) => single(range),
    }
}

fn propose_number(scale: Scale, good: &[&Value], bad: &[&Value], random: &mut Philox) -> Value {
    let density = |values: &[&Value]| {
        Parzen::new(&values.iter().map(|value| scale.place(number(value))).collect::<Vec<f64>>())
    };
    let (good, bad) = (density(good), density(bad));
    let candidates = (0..NUM_CANDIDATES).map(|_| scale.value(good.draw(random)));
    most_promising(candidates, |value| {
        if scale.is_whole {
            let (low, high) = scale.places(number(value));
            return good.mass(low, high) / bad.mass(low, high);
        }
        let place = scale.place(number(value));
        good.density(place) / bad.density(place)
    })
}

fn propose_choice(values: &[Value], good: &[&Value], bad: &[&Value], random: &mut Philox) -> Value {
    let density = |observed: &[&Value]| {
        let index = |value: &&Value| values.iter().position(|known| known == *value);
        let indices: Vec<usize> = observed.iter().filter_map(index).collect();
        probabilities(&indices, values.len())
    };
    let (good, bad) = (density(good), density(bad));
    let candidates = (0..NUM_CANDIDATES).map(|_| draw_choice(&good, random));
    values[most_promising(candidates, |&choice| good[choice] / bad[choice])].clone()
}

/// The first of the candidates with the largest ratio.
fn most_promising<T: PartialEq>(candidates: impl Iterator<Item = T>, ratio: impl Fn(&T) -> f64) -> T {
    let mut rated: Vec<(T, f64)> = Vec::new();
    for candidate in candidates {
        // Whole numbers and choices are drawn many times, and are costly to rate.
        if rated.iter().all(|(known, _)| *known != candidate) {
            let ratio = ratio(&candidate);
            rated.push((candidate, ratio));
        }
    }
    let better = |best: (T, f64), next: (T, f64)| if next.1 > best.1 { next } else { best };
    rated.into_iter().reduce(better).expect("there is more than one candidate").0
}
