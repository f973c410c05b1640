//! Settings that several optimizers have in common, and what values they can take.

use macrograd_runtime::float::Float;

/// Builder functions of a setting, for the impl of an optimizer with a field of the same name.
macro_rules! setting {
    (betas) => {
        /// The decays `beta1` and `beta2` of the formula above.
        ///
        /// # Panics
        /// When one is negative or not below 1.
        #[must_use]
        #[track_caller]
        pub fn betas(mut self, beta1: f64, beta2: f64) -> Self {
            self.beta1 = $crate::optim::below_one("beta1", beta1);
            self.beta2 = $crate::optim::below_one("beta2", beta2);
            self
        }

        /// Changes `beta1` from the next step on, for schedules that cycle it, such as
        /// [`OneCycle`]($crate::optim::OneCycle).
        ///
        /// # Panics
        /// When it is negative or not below 1.
        #[track_caller]
        pub fn set_momentum(&mut self, beta1: f64) {
            self.beta1 = $crate::optim::below_one("beta1", beta1);
        }
    };
    (momentum) => {
        /// Factor on the velocity, 0 for none.
        ///
        /// # Panics
        /// When it is negative or not finite.
        #[must_use]
        #[track_caller]
        pub fn momentum(mut self, momentum: f64) -> Self {
            self.set_momentum(momentum);
            self
        }

        /// Changes the momentum from the next step on, for schedules that cycle it, such as
        /// [`OneCycle`]($crate::optim::OneCycle).
        ///
        /// # Panics
        /// When it is negative or not finite.
        #[track_caller]
        pub fn set_momentum(&mut self, momentum: f64) {
            self.momentum = $crate::optim::at_least_zero("momentum", momentum);
        }
    };
    (eps) => {
        /// What is added to the denominator of the step.
        ///
        /// # Panics
        /// When it is not positive as an f32: parameters without a gradient would become NaN.
        #[must_use]
        #[track_caller]
        pub fn eps(mut self, eps: f64) -> Self {
            self.eps = $crate::optim::positive("eps", eps);
            self
        }
    };
    (l2_penalty) => {
        /// Weight decay, as an L2 penalty: added to the gradient times the parameter, except under `#[no_decay]`.
        ///
        /// # Panics
        /// When it is negative or not finite.
        #[must_use]
        #[track_caller]
        pub fn weight_decay(mut self, weight_decay: f64) -> Self {
            self.weight_decay = $crate::optim::at_least_zero("weight_decay", weight_decay);
            self
        }
    };
    (decoupled_weight_decay) => {
        /// Weight decay: the part of a parameter, times the learning rate, that each step takes away, except under
        /// `#[no_decay]`.
        ///
        /// # Panics
        /// When it is negative or not finite.
        #[must_use]
        #[track_caller]
        pub fn weight_decay(mut self, weight_decay: f64) -> Self {
            self.weight_decay = $crate::optim::at_least_zero("weight_decay", weight_decay);
            self
        }
    };
    (either_weight_decay) => {
        $crate::optim::settings::setting!(l2_penalty);

        /// Whether weight decay does not pass through the gradient: each step then takes away that part of a parameter,
        /// times the learning rate, as in [`AdamW`]($crate::optim::AdamW).
        #[must_use]
        pub fn decoupled(mut self, decoupled: bool) -> Self {
            self.decoupled = decoupled;
            self
        }
    };
    (maximize) => {
        /// Whether steps go along the gradient, to make the loss larger.
        #[must_use]
        pub fn maximize(mut self, maximize: bool) -> Self {
            self.maximize = maximize;
            self
        }
    };
}
pub(super) use setting;

/// `value`, if it is one that a rate or a decay can have.
#[track_caller]
pub(super) fn at_least_zero(name: &str, value: f64) -> f64 {
    assert!(value >= 0.0 && value.is_finite(), "`{name}` is {value}, but must be finite and at least 0");
    value
}

/// `value`, if it is one that a decaying average can have.
#[track_caller]
pub(super) fn below_one(name: &str, value: f64) -> f64 {
    assert!((0.0..1.0).contains(&value), "`{name}` is {value}, but must be at least 0 and below 1");
    value
}

/// `value`, if it is positive as an f32, too.
#[track_caller]
pub(super) fn positive(name: &str, value: f64) -> f64 {
    assert!(value as f32 > 0.0 && value.is_finite(), "`{name}` is {value}, but must be positive and finite");
    value
}

/// Factor on gradients.
pub(super) fn sign<F: Float>(maximize: bool) -> F {
    F::from_f64(if maximize { -1.0 } else { 1.0 })
}
