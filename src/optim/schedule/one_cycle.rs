//! The one-cycle policy.

use super::half_cosine;
use crate::optim::settings::{below_one, positive};

/// Up to the learning rate and down again, far below where it started; momentum goes the other way.
///
/// A factor that starts at `1 / div_factor`, is 1 after `pct_start` of the steps, and ends at
/// `1 / (div_factor final_div_factor)`; with three phases it comes back to its start as slowly as it rose, and falls to
/// its end in the rest of the steps. As a [`Schedule`](super::Schedule), times the largest learning rate:
///
/// ```
/// use macrograd::optim::{OneCycle, Schedule, Sgd};
///
/// let schedule = Schedule::from(OneCycle::new(1000)).times(0.1);
/// let mut optimizer = Sgd::new(schedule.lr(0)).momentum(0.95);
/// for step in 0..1000 {
///     optimizer.set_lr(schedule.lr(step));
///     if let Some(momentum) = schedule.momentum(step) {
///         optimizer.set_momentum(momentum);
///     }
///     // … the gradient, and `optimizer.step(…)`
/// }
/// ```
///
/// # Source
/// L. Smith, N. Topin, "Super-convergence: very fast training of neural networks using large learning rates", 2018; the
/// same values as PyTorch's `OneCycleLR`.
#[derive(Clone, Debug, PartialEq)]
pub struct OneCycle {
    total_steps: u64,
    pct_start: f64,
    is_linear: bool,
    momentum: Option<(f64, f64)>,
    div_factor: f64,
    final_div_factor: f64,
    three_phase: bool,
}

impl OneCycle {
    /// A cycle of so many steps, with PyTorch's defaults for the rest: `pct_start` 0.3, along cosines, momentum between
    /// 0.85 and 0.95, `div_factor` 25, `final_div_factor` 10,000, two phases. Later steps stay at its end.
    ///
    /// # Panics
    /// When `total_steps` is 0.
    #[track_caller]
    pub fn new(total_steps: u64) -> OneCycle {
        assert!(total_steps > 0, "`total_steps` is 0, but must be positive");
        OneCycle {
            total_steps,
            pct_start: 0.3,
            is_linear: false,
            momentum: Some((0.85, 0.95)),
            div_factor: 25.0,
            final_div_factor: 1e4,
            three_phase: false,
        }
    }

    /// Part of the steps in which the rate rises.
    ///
    /// # Panics
    /// When it is not between 0 and 1.
    #[must_use]
    #[track_caller]
    pub fn pct_start(mut self, pct_start: f64) -> OneCycle {
        assert!((0.0..=1.0).contains(&pct_start), "`pct_start` is {pct_start}, but must be between 0 and 1");
        self.pct_start = pct_start;
        self
    }

    /// Goes along straight lines instead of cosines.
    #[must_use]
    pub fn linear(mut self) -> OneCycle {
        self.is_linear = true;
        self
    }

    /// Momentum while the rate is largest, and where it starts and ends.
    ///
    /// # Panics
    /// When one is negative or not below 1.
    #[must_use]
    #[track_caller]
    pub fn momentum(mut self, base: f64, max: f64) -> OneCycle {
        self.momentum = Some((below_one("base", base), below_one("max", max)));
        self
    }

    /// Leaves momentum to the optimizer.
    #[must_use]
    pub fn without_momentum(mut self) -> OneCycle {
        self.momentum = None;
        self
    }

    /// The largest rate over the first one.
    ///
    /// # Panics
    /// When it is not positive and finite.
    #[must_use]
    #[track_caller]
    pub fn div_factor(mut self, div_factor: f64) -> OneCycle {
        self.div_factor = positive("div_factor", div_factor);
        self
    }

    /// The first rate over the last one.
    ///
    /// # Panics
    /// When it is not positive and finite.
    #[must_use]
    #[track_caller]
    pub fn final_div_factor(mut self, final_div_factor: f64) -> OneCycle {
        self.final_div_factor = positive("final_div_factor", final_div_factor);
        self
    }

    /// Whether the rate falls to its start first, and then to its end.
    #[must_use]
    pub fn three_phase(mut self, three_phase: bool) -> OneCycle {
        self.three_phase = three_phase;
        self
    }

    pub(super) fn factor(&self, step: u64) -> f64 {
        let start = 1.0 / self.div_factor;
        let end = start / self.final_div_factor;
        self.value(step, [start, 1.0, if self.three_phase { start } else { end }, end])
    }

    pub(super) fn momentum_at(&self, step: u64) -> Option<f64> {
        self.momentum.map(|(base, max)| self.value(step, [max, base, max, max]))
    }

    /// The value of a step: the first of `values` at the start, each further one at the end of a phase.
    fn value(&self, step: u64, values: [f64; 4]) -> f64 {
        let last = self.total_steps - 1;
        let (at, rise) = (step.min(last) as f64, self.pct_start * self.total_steps as f64);
        let ends = [rise - 1.0, if self.three_phase { 2.0 * rise - 2.0 } else { last as f64 }, last as f64];
        let num_phases = if self.three_phase { 3 } else { 2 };
        let phase = ends[..num_phases - 1].iter().position(|&end| at <= end).unwrap_or(num_phases - 1);
        let (from, to) = (if phase == 0 { 0.0 } else { ends[phase - 1] }, ends[phase]);
        // A phase without steps is at its end.
        let part = if to > from { (at - from) / (to - from) } else { 1.0 };
        let (start, end) = (values[phase], values[phase + 1]);
        if self.is_linear { start + (end - start) * part } else { half_cosine(start, end, part) }
    }
}
