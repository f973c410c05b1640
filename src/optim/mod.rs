//! Optimizers and gradient clipping, over the flat parameters of a model.
//!
//! A step is one pass over the trainable part of a model: every parameter with its gradient and moments, at the rate
//! and decay its field declares (`#[lr(0.1)]`, `#[no_decay]`). It also commits what a training call proposes for
//! buffers, such as running statistics. Moments are allocated by the first step; later steps allocate nothing.
//!
//! ```
//! use macrograd::optim::{self, AdamW};
//! use macrograd::{Model, ModelGrads};
//!
//! fn train<M: Model>(model: &mut M, batches: usize, mut loss_grad: impl FnMut(&M, &mut M::Grads) -> f32) {
//!     let mut optimizer = AdamW::new(3e-4).weight_decay(0.1);
//!     let mut grads = M::Grads::zeros();
//!     for step in 0..batches {
//!         optimizer.set_lr(3e-4 * (step as f64 / 100.0).min(1.0));
//!         let loss = loss_grad(model, &mut grads);
//!         let norm = optim::clip_grad_norm(&mut grads, 1.0);
//!         optimizer.step(model, &mut grads);
//!         println!("{step}: loss {loss}, gradient norm {norm}");
//!     }
//! }
//! ```

mod adam;
mod clip;
mod memory;
mod sgd;

pub use adam::{Adam, AdamW};
pub use clip::{clip_grad_norm, clip_grad_value};
pub use memory::OptimizerState;
pub use sgd::Sgd;

use crate::{Error, Model};

/// What all optimizers can do. Each has the same functions of its own, so that calls need no import of this trait.
pub trait Optimizer: Send {
    /// Moves the parameters of `model` against their gradients and commits the proposed values of its buffers.
    /// Gradients stay as they are; training calls overwrite them.
    ///
    /// # Panics
    /// When the optimizer has been used with a model of another layout.
    fn step<M: Model>(&mut self, model: &mut M, grads: &mut M::Grads);

    /// The learning rate.
    fn lr(&self) -> f64;

    /// Changes the learning rate from the next step on.
    ///
    /// # Panics
    /// When `lr` is negative or not finite.
    fn set_lr(&mut self, lr: f64);

    /// Name of the optimizer.
    fn name(&self) -> &'static str;

    /// How many moments the optimizer keeps for each trained parameter.
    fn num_moments(&self) -> usize;

    /// A copy of what the optimizer remembers; with it a run continues as if it had never stopped.
    fn state(&self) -> OptimizerState;

    /// Continues from a [`state`](Optimizer::state) of the same kind of optimizer, used with the same kind of model.
    ///
    /// # Errors
    /// [`Error::ElementCount`] when the number or the length of its moments is not what this optimizer keeps for the
    /// model.
    fn restore<M: Model>(&mut self, state: &OptimizerState) -> Result<(), Error>;
}

/// Implements [`Optimizer`] by the functions of the type itself, and those functions that all of them share.
macro_rules! optimizer {
    ($name:ident) => {
        impl $name {
            /// The learning rate.
            pub fn lr(&self) -> f64 {
                self.lr
            }

            /// Changes the learning rate from the next step on.
            ///
            /// # Panics
            /// When `lr` is negative or not finite.
            #[track_caller]
            pub fn set_lr(&mut self, lr: f64) {
                self.lr = $crate::optim::at_least_zero("lr", lr);
            }

            /// Name of the optimizer.
            pub fn name(&self) -> &'static str {
                stringify!($name)
            }

            /// A copy of what the optimizer remembers: see [`Optimizer::state`]($crate::optim::Optimizer::state).
            pub fn state(&self) -> $crate::optim::OptimizerState {
                self.memory.state()
            }

            /// Continues from an earlier state: see [`Optimizer::restore`]($crate::optim::Optimizer::restore).
            ///
            /// # Errors
            /// [`Error::ElementCount`]($crate::Error::ElementCount) when the state does not fit.
            pub fn restore<M: $crate::Model>(
                &mut self,
                state: &$crate::optim::OptimizerState,
            ) -> Result<(), $crate::Error> {
                let num_moments = self.num_moments();
                self.memory.restore::<M>(num_moments, state)
            }
        }

        impl $crate::optim::Optimizer for $name {
            #[track_caller]
            fn step<M: $crate::Model>(&mut self, model: &mut M, grads: &mut M::Grads) {
                $name::step(self, model, grads);
            }
            fn lr(&self) -> f64 {
                $name::lr(self)
            }
            #[track_caller]
            fn set_lr(&mut self, lr: f64) {
                $name::set_lr(self, lr);
            }
            fn name(&self) -> &'static str {
                $name::name(self)
            }
            fn num_moments(&self) -> usize {
                $name::num_moments(self)
            }
            fn state(&self) -> $crate::optim::OptimizerState {
                $name::state(self)
            }
            fn restore<M: $crate::Model>(
                &mut self,
                state: &$crate::optim::OptimizerState,
            ) -> Result<(), $crate::Error> {
                $name::restore::<M>(self, state)
            }
        }
    };
}
use optimizer;

/// `value`, if it is one that a rate or a decay can have.
#[track_caller]
fn at_least_zero(name: &str, value: f64) -> f64 {
    assert!(value >= 0.0 && value.is_finite(), "`{name}` is {value}, but must be finite and at least 0");
    value
}

/// `value`, if it is one that a decaying average can have.
#[track_caller]
fn below_one(name: &str, value: f64) -> f64 {
    assert!((0.0..1.0).contains(&value), "`{name}` is {value}, but must be at least 0 and below 1");
    value
}
