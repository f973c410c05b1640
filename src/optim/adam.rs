//! Adam and AdamW, and the settings they share with NAdam and RAdam.

use macrograd_runtime::float::Either;

use super::float::{Subjects, in_float};
use super::memory::{Memory, Plan, Run};
use super::{at_least_zero, optimizer, setting, sign};

/// The type of an Adam, its builder and its step.
macro_rules! adam_type {
    ($(#[$attribute:meta])* $name:ident, $decay:ident: $default_decay:literal, decoupled: $decoupled:literal) => {
        $(#[$attribute])*
        #[derive(Clone, Debug)]
        pub struct $name {
            lr: f64,
            beta1: f64,
            beta2: f64,
            eps: f64,
            weight_decay: f64,
            amsgrad: bool,
            maximize: bool,
            memory: Memory,
        }

        optimizer!($name);

        impl $name {
            /// An optimizer of this learning rate, with PyTorch's defaults for the rest: betas 0.9 and 0.999, eps 1e-8,
            #[doc = concat!("weight decay ", $default_decay, ".")]
            ///
            /// # Panics
            /// When `lr` is negative or not finite.
            #[track_caller]
            pub fn new(lr: f64) -> $name {
                $name {
                    lr: at_least_zero("lr", lr),
                    beta1: 0.9,
                    beta2: 0.999,
                    eps: 1e-8,
                    weight_decay: $default_decay,
                    amsgrad: false,
                    maximize: false,
                    memory: Memory::default(),
                }
            }

            setting!(betas);
            setting!(eps);
            setting!($decay);
            setting!(maximize);

            /// Whether the denominator of a step is the largest there has been, so that steps never grow (AMSGrad).
            #[must_use]
            pub fn amsgrad(mut self, amsgrad: bool) -> $name {
                self.amsgrad = amsgrad;
                self
            }

            fn plan(&self) -> Plan<'_> {
                Plan::moments(if self.amsgrad { 3 } else { 2 })
            }

            #[track_caller]
            fn apply(&mut self, subject: Either<Subjects<'_>>) { in_float!(subject, |subject| {
                let settings = Settings {
                    lr: self.lr,
                    beta1: self.beta1,
                    beta2: self.beta2,
                    eps: self.eps,
                    weight_decay: self.weight_decay,
                    decoupled: $decoupled,
                    maximize: self.maximize,
                };
                if self.amsgrad {
                    self.memory.step(subject, |step, _| {
                        let options = ops::adam::AdamOptions::at_step(&settings, step);
                        move |run: &Run, params: &mut [Float], moments: [&mut [Float]; 3], grads: &[Float]| {
                            let [mean, square, largest] = moments;
                            let options = options.for_run(&settings, run);
                            ops::adam::amsgrad(&options, [params, mean, square, largest], grads);
                        }
                    });
                } else {
                    self.memory.step(subject, |step, _| {
                        let options = ops::adam::AdamOptions::at_step(&settings, step);
                        move |run: &Run, params: &mut [Float], moments: [&mut [Float]; 2], grads: &[Float]| {
                            let [mean, square] = moments;
                            ops::adam::adam(&options.for_run(&settings, run), params, mean, square, grads);
                        }
                    });
                }
            }) }
        }
    };
}

adam_type! {
    /// Adam: steps along the mean of gradients over the root of the mean of their squares.
    ///
    /// With `g = gradient + weight_decay param`, at step `t` from 1: `mean <- beta1 mean + (1 - beta1) g`,
    /// `square <- beta2 square + (1 - beta2) g^2`,
    /// `param <- param - lr / (1 - beta1^t) mean / (sqrt(square / (1 - beta2^t)) + eps)`.
    ///
    /// ```
    /// use macrograd::optim::Adam;
    ///
    /// let optimizer = Adam::new(1e-3).betas(0.9, 0.98).eps(1e-9);
    /// assert_eq!(optimizer.lr(), 1e-3);
    /// ```
    ///
    /// # Numerics
    /// Moments are of the computing type, bias corrections f64.
    ///
    /// # Source
    /// D. Kingma, J. Ba, "Adam: a method for stochastic optimization", 2015; the same steps as PyTorch's
    /// `torch.optim.Adam`. Decay that does not pass through the moments is that of [`AdamW`].
    ///
    /// S. Reddi, S. Kale, S. Kumar, "On the convergence of Adam and beyond", 2018, for `amsgrad`.
    Adam, l2_penalty: 0.0, decoupled: false
}

adam_type! {
    /// AdamW: [`Adam`] with decoupled weight decay.
    ///
    /// At step `t` from 1: `param <- (1 - lr weight_decay) param`, then the step of Adam with `g = gradient`.
    ///
    /// ```
    /// use macrograd::optim::AdamW;
    ///
    /// let optimizer = AdamW::new(3e-4).betas(0.9, 0.95).weight_decay(0.1);
    /// ```
    ///
    /// # Numerics
    /// Moments are of the computing type, bias corrections f64.
    ///
    /// # Source
    /// I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", 2019; the same steps as PyTorch's
    /// `torch.optim.AdamW`.
    AdamW, decoupled_weight_decay: 0.01, decoupled: true
}

/// The settings of Adam, NAdam or RAdam, out of their memory's way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) lr: f64,
    pub(super) beta1: f64,
    pub(super) beta2: f64,
    pub(super) eps: f64,
    pub(super) weight_decay: f64,
    pub(super) decoupled: bool,
    pub(super) maximize: bool,
}

/// What the kernels of Adam take, in a computing type.
pub(super) trait Options: Copy {
    /// What all runs of a step share. Powers and roots are worked out once, in f64.
    fn at_step(settings: &Settings, step: u64) -> Self;

    /// With the rate and the decay of one run.
    fn for_run(self, settings: &Settings, run: &Run) -> Self;
}

macro_rules! options {
    ($options:ty, $float:ty) => {
        impl Options for $options {
            fn at_step(settings: &Settings, step: u64) -> Self {
                let power = step as f64;
                Self {
                    sign: sign(settings.maximize),
                    step_size: (settings.lr / (1.0 - settings.beta1.powf(power))) as $float,
                    grad_step_size: 0.0,
                    root_factor: (1.0 / (1.0 - settings.beta2.powf(power)).sqrt()) as $float,
                    one_minus_beta1: (1.0 - settings.beta1) as $float,
                    beta2: settings.beta2 as $float,
                    one_minus_beta2: (1.0 - settings.beta2) as $float,
                    eps: settings.eps as $float,
                    l2_penalty: 0.0,
                    shrink: 1.0,
                }
            }

            fn for_run(mut self, settings: &Settings, run: &Run) -> Self {
                self.step_size *= run.lr_scale as $float;
                self.grad_step_size *= run.lr_scale as $float;
                let weight_decay = run.weight_decay(settings.weight_decay);
                if settings.decoupled {
                    self.shrink = (1.0 - settings.lr * run.lr_scale * weight_decay) as $float;
                } else {
                    self.l2_penalty = weight_decay as $float;
                }
                self
            }
        }
    };
}
options!(macrograd_runtime::ops::adam::AdamOptions, f32);
#[cfg(feature = "f64")]
options!(macrograd_runtime::double::ops::adam::AdamOptions, f64);
