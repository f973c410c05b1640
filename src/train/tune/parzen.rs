//! Densities of observed values: a sum of a bump around each of them and of a wide one, the prior.

use std::f64::consts::{PI, SQRT_2};

use macrograd_runtime::random::Philox;

use super::scale::uniform;

/// The weight of the prior, when a new observation has 1.
const PRIOR_WEIGHT: f64 = 1.0;

/// This many observations, the latest ones, have the full weight.
const NUM_RECENT: usize = 25;

/// Weights of `len` observations in the order of their trials, then of the prior; they sum to 1.
///
/// Older observations count less, on a line that ends with 1 and would begin with 0.
fn weights(len: usize) -> Vec<f64> {
    let num_old = len.saturating_sub(NUM_RECENT);
    let first = 1.0 / len.max(1) as f64;
    let of_old = |age_idx: usize| match num_old {
        1 => first,
        _ => first + (1.0 - first) * age_idx as f64 / (num_old - 1) as f64,
    };
    let mut weights: Vec<f64> = (0..num_old).map(of_old).collect();
    weights.resize(len, 1.0);
    weights.push(PRIOR_WEIGHT);
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= sum);
    weights
}

/// The place at which a random number falls, when places are as wide as their weights.
fn pick(weights: &[f64], random: &mut Philox) -> usize {
    let mut left = uniform(random) * weights.iter().sum::<f64>();
    for (place, weight) in weights.iter().enumerate() {
        left -= weight;
        if left <= 0.0 {
            return place;
        }
    }
    weights.len() - 1
}

/// A density on the interval from 0 to 1, outside of which each bump is cut off:
/// `p(x) = Σ weight normal(x; mean, deviation) / mass`.
pub(super) struct Parzen {
    weights: Vec<f64>,
    bumps: Vec<Bump>,
}

/// A normal distribution within 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bump {
    mean: f64,
    deviation: f64,
    /// How much of the uncut distribution lies within.
    mass: f64,
}

impl Bump {
    fn new(mean: f64, deviation: f64) -> Bump {
        let mass = normal_mass(-mean / deviation, (1.0 - mean) / deviation);
        Bump { mean, deviation, mass }
    }

    /// A random place. As no mean lies outside and no deviation is above 1, one try in three is within.
    fn draw(&self, random: &mut Philox) -> f64 {
        loop {
            // Box-Muller; never the logarithm of 0.
            let radius = (-2.0 * uniform(random).max(f64::MIN_POSITIVE).ln()).sqrt();
            let place = self.mean + self.deviation * radius * (2.0 * PI * uniform(random)).cos();
            if (0.0..=1.0).contains(&place) {
                return place;
            }
        }
    }
}

impl Parzen {
    /// The density of places from 0 to 1, in the order of their trials.
    pub(super) fn new(observed: &[f64]) -> Parzen {
        let deviations = deviations(observed);
        let mut bumps: Vec<Bump> =
            observed.iter().zip(deviations).map(|(&mean, deviation)| Bump::new(mean, deviation)).collect();
        bumps.push(Bump::new(0.5, 1.0));
        Parzen { weights: weights(observed.len()), bumps }
    }

    /// A random place.
    pub(super) fn draw(&self, random: &mut Philox) -> f64 {
        self.bumps[pick(&self.weights, random)].draw(random)
    }

    /// The density at a place; above 0, owing to the prior.
    pub(super) fn density(&self, place: f64) -> f64 {
        self.sum(|bump| normal_density((place - bump.mean) / bump.deviation) / (bump.deviation * bump.mass))
    }

    /// The probability of the places from `low` to `high`.
    pub(super) fn mass(&self, low: f64, high: f64) -> f64 {
        self.sum(|bump| {
            normal_mass((low - bump.mean) / bump.deviation, (high - bump.mean) / bump.deviation) / bump.mass
        })
    }

    fn sum(&self, of_bump: impl Fn(&Bump) -> f64) -> f64 {
        self.weights.iter().zip(&self.bumps).map(|(weight, bump)| weight * of_bump(bump)).sum()
    }
}

/// The standard deviation of each bump: the distance to the farther neighbour, of the outermost ones to their only one,
/// of a single one to the farther end. Between `1 / (n + 2)`, 0.01 at least ("magic clip"), and 1.
fn deviations(observed: &[f64]) -> Vec<f64> {
    let len = observed.len();
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_by(|&a, &b| observed[a].total_cmp(&observed[b]));
    let least = 1.0 / (len as f64 + 2.0).min(100.0);
    let mut deviations = vec![0.0; len];
    for (rank, &index) in order.iter().enumerate() {
        let place = observed[index];
        let below = rank.checked_sub(1).map(|rank| place - observed[order[rank]]);
        let above = order.get(rank + 1).map(|&next| observed[next] - place);
        let widest = match (below, above) {
            (Some(below), Some(above)) => below.max(above),
            (Some(gap), None) | (None, Some(gap)) => gap,
            (None, None) => place.max(1.0 - place),
        };
        deviations[index] = widest.clamp(least, 1.0);
    }
    deviations
}

/// The probability of each of `num_choices`, observed as indices in the order of their trials: every observation gives
/// `1 / (n + 1)` to each choice and 1 to its own, in proportion; the prior is even.
pub(super) fn probabilities(observed: &[usize], num_choices: usize) -> Vec<f64> {
    let weights = weights(observed.len());
    let even = PRIOR_WEIGHT / (observed.len() + 1) as f64;
    let mut probabilities = vec![weights[observed.len()] / num_choices as f64; num_choices];
    for (&choice, weight) in observed.iter().zip(&weights) {
        let part = weight / (1.0 + even * num_choices as f64);
        probabilities.iter_mut().for_each(|probability| *probability += part * even);
        probabilities[choice] += part;
    }
    probabilities
}

/// A random choice.
pub(super) fn draw_choice(probabilities: &[f64], random: &mut Philox) -> usize {
    pick(probabilities, random)
}

/// The density of the standard normal distribution.
fn normal_density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (2.0 * PI).sqrt()
}

/// The probability from `low` to `high` in the standard normal distribution.
///
/// # Numerics
/// To 1e-7 of itself, in the tails as well (as far as 100) and of narrow intervals.
fn normal_mass(low: f64, high: f64) -> f64 {
    if low > 0.0 {
        // The tail that is small is computed without a difference of numbers near 1.
        return normal_mass(-high, -low);
    }
    if high - low < 1e-5 {
        return normal_density(0.5 * (low + high)) * (high - low);
    }
    0.5 * (erfc(-high / SQRT_2) - erfc(-low / SQRT_2))
}

/// The complementary error function, `2 / sqrt(π) ∫ exp(-t²) dt` from `x` to infinity.
///
/// # Numerics
/// To 1e-13 of itself where it is above the least normal number.
///
/// # Source
/// Abramowitz and Stegun, "Handbook of Mathematical Functions", 7.1.6 below 2.5, and the continued fraction 7.1.14 above.
fn erfc(x: f64) -> f64 {
    if x < 0.0 {
        return 2.0 - erfc(-x);
    }
    if x < 2.5 {
        // erf(x) = 2 / sqrt(π) exp(-x²) Σ 2^n x^(2n+1) / (1 · 3 · … · (2n+1))
        let (mut term, mut sum, mut odd) = (x, x, 1.0);
        while term > 1e-17 * sum {
            odd += 2.0;
            term *= 2.0 * x * x / odd;
            sum += term;
        }
        return 1.0 - 2.0 / PI.sqrt() * (-x * x).exp() * sum;
    }
    // erfc(x) = exp(-x²) / sqrt(π) · 1 / (x + (1/2) / (x + (2/2) / (x + (3/2) / (x + …)))), from its far end.
    let fraction = (1..=60).rev().fold(x, |rest, n| x + 0.5 * f64::from(n) / rest);
    (-x * x).exp() / PI.sqrt() / fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Python's `math.erfc`.
    #[test]
    fn erfc_has_known_values() {
        let known = [
            (-1.5, 1.966_105_146_475_310_8),
            (0.0, 1.0),
            (0.3, 0.671_373_240_540_872_6),
            (1.0, 0.157_299_207_050_285_13),
            (2.4, 0.000_688_513_896_645_078_9),
            (2.6, 0.000_236_034_416_529_349_08),
            (5.0, 1.537_459_794_428_035_1e-12),
            (20.0, 5.395_865_611_607_900_5e-176),
        ];
        for (x, expected) in known {
            assert!((erfc(x) / expected - 1.0).abs() < 1e-12, "erfc({x}) = {:e}, not {expected:e}", erfc(x));
        }
    }

    #[test]
    fn masses_are_exact_where_differences_would_cancel() {
        assert!((normal_mass(-1.0, 1.0) - 0.682_689_492_137_085_9).abs() < 1e-14);
        assert!((normal_mass(8.0, 9.0) / normal_mass(-9.0, -8.0) - 1.0).abs() < 1e-12);
        // Both ways of computing meet.
        let (narrow, wide) = (normal_mass(1.0, 1.0 + 0.99e-5), normal_mass(1.0, 1.0 + 1.01e-5));
        assert!((narrow / 0.99 / (wide / 1.01) - 1.0).abs() < 1e-6);
    }

    /// Worked out by hand.
    #[test]
    fn deviations_are_distances_to_neighbours() {
        assert!(deviations(&[]).is_empty());
        assert_eq!(deviations(&[0.25]), [0.75]);
        // Sorted: 0.1, 0.2, 0.9; the least is 1 / 5.
        assert_eq!(deviations(&[0.9, 0.1, 0.2]), [0.7, 0.2, 0.7]);
        // None is 0, however often a place was seen.
        assert_eq!(deviations(&[0.5, 0.5]), [0.25, 0.25]);
        assert!(deviations(&[0.5; 500]).iter().all(|&deviation| deviation == 0.01));
    }

    #[test]
    fn older_observations_count_less() {
        assert_eq!(weights(0), [1.0]);
        assert_eq!(weights(1), [0.5, 0.5]);
        let weights = weights(28);
        // 1/28, half way, 1 for the three oldest ones, and then 1 each.
        let expected = [1.0 / 28.0, 0.5 + 0.5 / 28.0, 1.0, 1.0];
        for (weight, expected) in weights.iter().zip(expected) {
            assert!((weight / weights[28] - expected).abs() < 1e-12);
        }
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    /// Riemann sums of the density, and of the masses of bins.
    #[test]
    fn densities_integrate_to_one() {
        for observed in [vec![], vec![0.0], vec![1.0, 0.3], (0..60).map(|i| f64::from(i) / 60.0).collect()] {
            let parzen = Parzen::new(&observed);
            let steps = 20_000;
            let sum: f64 = (0..steps).map(|i| parzen.density((f64::from(i) + 0.5) / f64::from(steps))).sum();
            assert!((sum / f64::from(steps) - 1.0).abs() < 1e-6);
            let bins: f64 = (0..7).map(|i| parzen.mass(f64::from(i) / 7.0, f64::from(i + 1) / 7.0)).sum();
            assert!((bins - 1.0).abs() < 1e-12);
        }
    }

    /// Counts of draws in tenths against the masses: chi-square with 9 degrees of freedom, 27.9 at 1 in 1000.
    #[test]
    fn draws_follow_the_density() {
        let parzen = Parzen::new(&[0.02, 0.35, 0.4]);
        let mut random = Philox::new(1, 1);
        let mut counts = [0_u32; 10];
        for _ in 0..20_000 {
            counts[(parzen.draw(&mut random) * 10.0).min(9.0) as usize] += 1;
        }
        let chi_square: f64 = (0..10)
            .map(|i| {
                let expected = 20_000.0 * parzen.mass(i as f64 / 10.0, (i + 1) as f64 / 10.0);
                (f64::from(counts[i]) - expected).powi(2) / expected
            })
            .sum();
        assert!(chi_square < 27.9, "{chi_square}: {counts:?}");
    }

    /// Worked out by hand: two of the first of three choices. Weights 1/3 each; an observation gives (1 + 1/3) / 2 to its
    /// choice and (1/3) / 2 to others.
    #[test]
    fn choices_that_were_seen_are_more_likely() {
        let probabilities = probabilities(&[0, 0], 3);
        let expected = [2.0 / 3.0 * 2.0 / 3.0 + 1.0 / 9.0, 2.0 / 3.0 / 6.0 + 1.0 / 9.0, 2.0 / 9.0];
        for (probability, expected) in probabilities.iter().zip(expected) {
            assert!((probability - expected).abs() < 1e-12);
        }
    }
}
