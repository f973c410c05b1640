//! A learning rate that falls when training stops to improve.

use crate::optim::settings::at_least_zero;

/// A learning rate that is reduced when a metric has stopped to improve.
///
/// ```
/// use macrograd::optim::{Optimizer, Plateau};
///
/// fn train(optimizer: &mut impl Optimizer, epochs: usize, mut epoch: impl FnMut() -> f64) {
///     let mut plateau = Plateau::new(optimizer.lr()).factor(0.5).patience(3);
///     for _ in 0..epochs {
///         let validation_loss = epoch();
///         optimizer.set_lr(plateau.update(validation_loss));
///     }
/// }
/// ```
///
/// # Source
/// The same rates as PyTorch's `ReduceLROnPlateau`.
#[derive(Clone, Debug, PartialEq)]
pub struct Plateau {
    factor: f64,
    patience: u64,
    threshold: f64,
    is_relative: bool,
    maximize: bool,
    cooldown: u64,
    min_lr: f64,
    eps: f64,
    state: PlateauState,
}

/// What a [`Plateau`] remembers, to be stored and restored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlateauState {
    /// The learning rate.
    pub lr: f64,
    /// The best metric so far; infinite before the first.
    pub best: f64,
    /// Metrics since then that were no better.
    pub num_bad: u64,
    /// Metrics during which none counts as bad.
    pub cooldown_left: u64,
}

impl Plateau {
    /// Starts at this learning rate, with PyTorch's defaults for the rest: a metric that should fall, by at least 1e-4
    /// of it, factor 0.1, patience 10, no cooldown, no least rate, eps 1e-8.
    ///
    /// # Panics
    /// When `lr` is negative or not finite.
    #[track_caller]
    pub fn new(lr: f64) -> Plateau {
        let state =
            PlateauState { lr: at_least_zero("lr", lr), best: f64::INFINITY, num_bad: 0, cooldown_left: 0 };
        Plateau {
            factor: 0.1,
            patience: 10,
            threshold: 1e-4,
            is_relative: true,
            maximize: false,
            cooldown: 0,
            min_lr: 0.0,
            eps: 1e-8,
            state,
        }
    }

    /// Whether larger metrics are better (`mode="max"` in PyTorch). To be chosen before the first metric.
    #[must_use]
    pub fn maximize(mut self, maximize: bool) -> Plateau {
        self.maximize = maximize;
        self.state.best = if maximize { f64::NEG_INFINITY } else { f64::INFINITY };
        self
    }

    /// What the rate is multiplied with when it is reduced.
    ///
    /// # Panics
    /// When it is negative or not below 1.
    #[must_use]
    #[track_caller]
    pub fn factor(mut self, factor: f64) -> Plateau {
        self.factor = crate::optim::below_one("factor", factor);
        self
    }

    /// How many metrics in a row may be no better before the rate is reduced at the next.
    #[must_use]
    pub fn patience(mut self, patience: u64) -> Plateau {
        self.patience = patience;
        self
    }

    /// By which part of the best metric another one must be better (`threshold_mode="rel"` in PyTorch).
    ///
    /// # Panics
    /// When it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn relative_threshold(mut self, threshold: f64) -> Plateau {
        (self.threshold, self.is_relative) = (at_least_zero("threshold", threshold), true);
        self
    }

    /// By how much a metric must be better than the best (`threshold_mode="abs"` in PyTorch).
    ///
    /// # Panics
    /// When it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn absolute_threshold(mut self, threshold: f64) -> Plateau {
        (self.threshold, self.is_relative) = (at_least_zero("threshold", threshold), false);
        self
    }

    /// After a reduction, how many metrics do not count as bad.
    #[must_use]
    pub fn cooldown(mut self, cooldown: u64) -> Plateau {
        self.cooldown = cooldown;
        self
    }

    /// The least rate.
    ///
    /// # Panics
    /// When it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn min_lr(mut self, min_lr: f64) -> Plateau {
        self.min_lr = at_least_zero("min_lr", min_lr);
        self
    }

    /// The least reduction; smaller ones are left.
    ///
    /// # Panics
    /// When it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn eps(mut self, eps: f64) -> Plateau {
        self.eps = at_least_zero("eps", eps);
        self
    }

    /// The learning rate.
    pub fn lr(&self) -> f64 {
        self.state.lr
    }

    /// Takes a metric, as after each epoch, and returns the learning rate from now on. NaN is no improvement.
    pub fn update(&mut self, metric: f64) -> f64 {
        let is_better = self.is_better(metric);
        let state = &mut self.state;
        if is_better {
            state.best = metric;
            state.num_bad = 0;
        } else {
            state.num_bad += 1;
        }
        if state.cooldown_left > 0 {
            state.cooldown_left -= 1;
            state.num_bad = 0;
        }
        if state.num_bad > self.patience {
            let lr = (state.lr * self.factor).max(self.min_lr);
            if state.lr - lr > self.eps {
                state.lr = lr;
            }
            state.cooldown_left = self.cooldown;
            state.num_bad = 0;
        }
        state.lr
    }

    fn is_better(&self, metric: f64) -> bool {
        let best = self.state.best;
        match (self.maximize, self.is_relative) {
            (false, true) => metric < best * (1.0 - self.threshold),
            (false, false) => metric < best - self.threshold,
            (true, true) => metric > best * (1.0 + self.threshold),
            (true, false) => metric > best + self.threshold,
        }
    }

    /// A copy of what it remembers; with it a run continues as if it had never stopped.
    pub fn state(&self) -> PlateauState {
        self.state
    }

    /// Continues from an earlier state.
    pub fn restore(&mut self, state: PlateauState) {
        self.state = state;
    }
}
