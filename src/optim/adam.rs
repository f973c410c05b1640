//! Adam and AdamW.

use macrograd_runtime::ops::adam::{AdamOptions, adam};

use super::memory::{Memory, Run};
use super::{at_least_zero, below_one, optimizer};
use crate::Model;

/// Where weight decay acts.
#[derive(Clone, Copy, PartialEq)]
enum Decay {
    /// On the gradient.
    L2Penalty,
    /// On the parameter.
    Decoupled,
}

/// The type of an Adam, its builder and its step.
macro_rules! adam_type {
    ($(#[$attribute:meta])* $name:ident, $decay:expr, $default_decay:literal, $(#[$decay_doc:meta])*) => {
        $(#[$attribute])*
        #[derive(Clone, Debug)]
        pub struct $name {
            lr: f64,
            beta1: f64,
            beta2: f64,
            eps: f64,
            weight_decay: f64,
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
                    memory: Memory::default(),
                }
            }

            /// Decay of the mean of gradients, and of the mean of their squares.
            ///
            /// # Panics
            /// When one is negative or not below 1.
            #[must_use]
            #[track_caller]
            pub fn betas(mut self, beta1: f64, beta2: f64) -> $name {
                self.beta1 = below_one("beta1", beta1);
                self.beta2 = below_one("beta2", beta2);
                self
            }

            /// What is added to the root of the mean square.
            ///
            /// # Panics
            /// When it is not positive as an f32: parameters without a gradient would become NaN.
            #[must_use]
            #[track_caller]
            pub fn eps(mut self, eps: f64) -> $name {
                assert!(eps as f32 > 0.0 && eps.is_finite(), "`eps` is {eps}, but must be positive and finite");
                self.eps = eps;
                self
            }

            $(#[$decay_doc])*
            ///
            /// # Panics
            /// When it is negative or not finite.
            #[must_use]
            #[track_caller]
            pub fn weight_decay(mut self, weight_decay: f64) -> $name {
                self.weight_decay = at_least_zero("weight_decay", weight_decay);
                self
            }

            /// Moves the parameters of `model` against their gradients and commits the proposed values of its buffers.
            ///
            /// # Panics
            /// When the optimizer has been used with a model of another layout.
            #[track_caller]
            pub fn step<M: Model>(&mut self, model: &mut M, grads: &mut M::Grads) {
                let $name { lr, beta1, beta2, eps, weight_decay, ref mut memory } = *self;
                let parameters = Parameters { lr, beta1, beta2, eps, weight_decay, decay: $decay };
                memory.step(stringify!($name), model, grads, |step| {
                    let options = parameters.at_step(step);
                    move |run: &Run, params: &mut [f32], [mean, square]: [&mut [f32]; 2], grads: &[f32]| {
                        adam(&parameters.for_run(&options, run), params, mean, square, grads);
                    }
                });
            }

            /// How many moments it keeps for each trained parameter.
            pub fn num_moments(&self) -> usize {
                2
            }
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
    /// Moments are f32, bias corrections f64.
    ///
    /// # Source
    /// D. Kingma, J. Ba, "Adam: a method for stochastic optimization", 2015; the same steps as PyTorch's
    /// `torch.optim.Adam`.
    Adam, Decay::L2Penalty, 0.0,
    /// Weight decay, as an L2 penalty: added to the gradient times the parameter, except under `#[no_decay]`. For
    /// decay that does not pass through the moments see [`AdamW`].
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
    /// Moments are f32, bias corrections f64.
    ///
    /// # Source
    /// I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", 2019; the same steps as PyTorch's
    /// `torch.optim.AdamW`.
    AdamW, Decay::Decoupled, 0.01,
    /// Weight decay: the part of a parameter, times the learning rate, that each step takes away, except under
    /// `#[no_decay]`.
}

/// The hyper-parameters of an optimizer, out of its memory's way.
#[derive(Clone, Copy)]
struct Parameters {
    lr: f64,
    beta1: f64,
    beta2: f64,
    eps: f64,
    weight_decay: f64,
    decay: Decay,
}

impl Parameters {
    /// What all runs of a step share. Powers and roots are worked out once, in f64.
    fn at_step(&self, step: u64) -> AdamOptions {
        let power = step as f64;
        AdamOptions {
            step_size: (self.lr / (1.0 - self.beta1.powf(power))) as f32,
            root_factor: (1.0 / (1.0 - self.beta2.powf(power)).sqrt()) as f32,
            one_minus_beta1: (1.0 - self.beta1) as f32,
            beta2: self.beta2 as f32,
            one_minus_beta2: (1.0 - self.beta2) as f32,
            eps: self.eps as f32,
            l2_penalty: 0.0,
            shrink: 1.0,
        }
    }

    /// With the rate and the decay of one run.
    fn for_run(&self, options: &AdamOptions, run: &Run) -> AdamOptions {
        let mut options = *options;
        options.step_size *= run.lr_scale as f32;
        match self.decay {
            Decay::L2Penalty if run.decay => options.l2_penalty = self.weight_decay as f32,
            Decay::Decoupled if run.decay => {
                options.shrink = (1.0 - self.lr * run.lr_scale * self.weight_decay) as f32;
            }
            Decay::L2Penalty | Decay::Decoupled => {}
        }
        options
    }
}
