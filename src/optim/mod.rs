//! Optimizers, schedules of their rates, averages of what they make, and gradient clipping, over the flat parameters of
//! a model.
//!
//! A step is one pass over the trainable part of a model: every parameter with its gradient and moments, at the rate
//! and decay its field declares (`#[lr(0.1)]`, `#[no_decay]`). It also commits what a training call proposes for
//! buffers, such as running statistics. Moments are allocated by the first step; later steps allocate nothing.
//!
//! ```
//! use macrograd::optim::{self, AdamW, Schedule};
//! use macrograd::{Model, ModelGrads};
//!
//! fn train<M: Model>(model: &mut M, batches: u64, mut loss_grad: impl FnMut(&M, &mut M::Grads) -> f32) {
//!     let schedule = Schedule::linear(0.01, 1.0, 100).then(100, Schedule::anneal(batches, 0.1)).times(3e-4);
//!     let mut optimizer = AdamW::new(schedule.lr(0)).weight_decay(0.1);
//!     let mut grads = M::Grads::zeros();
//!     for step in 0..batches {
//!         optimizer.set_lr(schedule.lr(step));
//!         let loss = loss_grad(model, &mut grads);
//!         let norm = optim::clip_grad_norm(&mut grads, 1.0);
//!         optimizer.step(model, &mut grads);
//!         println!("{step}: loss {loss}, gradient norm {norm}");
//!     }
//! }
//! ```

mod accumulate;
mod adadelta;
mod adafactor;
mod adagrad;
mod adam;
mod adamax;
mod average;
mod clip;
mod float;
mod group;
mod lamb;
mod lbfgs;
mod lion;
mod memory;
mod muon;
mod nadam;
mod radam;
mod rmsprop;
mod schedule;
mod schedule_free;
mod settings;
mod sgd;
mod state;

pub use accumulate::Accumulator;
pub use adadelta::Adadelta;
pub use adafactor::Adafactor;
pub use adagrad::Adagrad;
pub use adam::{Adam, AdamW};
pub use adamax::Adamax;
pub use average::Averaged;
pub use clip::{clip_grad_norm, clip_grad_norm_inf, clip_grad_value};
pub use group::ParamGroup;
pub use lamb::Lamb;
pub use lbfgs::Lbfgs;
pub use lion::Lion;
pub(crate) use memory::ModelKind;
pub use muon::{Muon, MuonScale};
pub use nadam::NAdam;
pub use radam::RAdam;
pub use rmsprop::RmsProp;
pub use schedule::{OneCycle, Plateau, PlateauState, Schedule};
pub use schedule_free::ScheduleFreeAdamW;
pub use sgd::Sgd;
pub use state::{Moment, OptimizerState};

use crate::{Error, Model};
use settings::{at_least_zero, below_one, positive, setting, sign};

/// What can be stopped and continued: it has a memory that can be stored, and a name by which that is recognised.
pub trait Resumable {
    /// Name of the optimizer.
    fn name(&self) -> &'static str;

    /// A copy of what the optimizer remembers; with it a run continues as if it had never stopped.
    fn state(&self) -> OptimizerState;

    /// Continues from a [`state`](Resumable::state) of the same kind of optimizer, with the same settings, used with
    /// the same kind of model.
    ///
    /// # Errors
    /// [`Error::ElementCount`] when the number or the length of its moments is not what this optimizer keeps for the
    /// model.
    fn restore<M: Model>(&mut self, state: &OptimizerState) -> Result<(), Error>;
}

/// A function that computes a loss and its gradients.
pub type LossGrad<'a, M> = dyn FnMut(&M, &mut <M as Model>::Grads) -> Result<f64, Error> + 'a;

/// What all optimizers can do. Each has functions of its own of the same names, so that calls need no import of this trait.
pub trait Optimizer: Resumable + Send {
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

    /// Whether [`step_with`](Optimizer::step_with) computes losses: then the gradients of a step are those of one batch,
    /// as they are.
    const COMPUTES_LOSSES: bool = false;

    /// As [`step`](Optimizer::step), for optimizers such as [`Lbfgs`], which look at other parameters before they move:
    /// `again` computes the loss there, for the same samples, and its gradients. `loss` is the loss at the present parameters,
    /// whose gradients are in `grads`.
    ///
    /// # Errors
    /// That of `again`; the parameters are then anywhere.
    ///
    /// # Panics
    /// When the optimizer has been used with a model of another layout.
    fn step_with<M: Model>(
        &mut self,
        model: &mut M,
        loss: f64,
        grads: &mut M::Grads,
        again: &mut LossGrad<'_, M>,
    ) -> Result<(), Error> {
        let _ = (loss, again);
        self.step(model, grads);
        Ok(())
    }

    /// Turns the parameters of the model into those that it is judged and used by. They are the same, unless an optimizer
    /// such as [`ScheduleFreeAdamW`] keeps an average.
    ///
    /// # Panics
    /// When the optimizer has been used with a model of another layout.
    fn eval<M: Model>(&mut self, model: &mut M) {
        let _ = model;
    }

    /// Turns the parameters of the model back into those at which gradients are taken: before the next step.
    ///
    /// # Panics
    /// When the optimizer has been used with a model of another layout.
    fn train<M: Model>(&mut self, model: &mut M) {
        let _ = model;
    }

    /// What [`eval`](Optimizer::eval) would turn the model into, as another model; nothing where that is the same.
    ///
    /// # Panics
    /// When the optimizer has been used with a model of another layout.
    fn averaged<M: Model>(&self, model: &M) -> Option<M> {
        let _ = model;
        None
    }
}

/// Implements [`Optimizer`] by the `plan` and the `apply` of a type, and those functions that all of them share. What
/// else the trait has is given in braces.
macro_rules! optimizer {
    ($name:ident $(, { $($others:item)* })?) => {
        impl $name {
            /// Moves the parameters of `model` against their gradients and commits the proposed values of its buffers.
            ///
            /// # Panics
            /// When the optimizer has been used with a model of another layout, or a group matches no parameter.
            #[track_caller]
            pub fn step<M: $crate::Model>(&mut self, model: &mut M, grads: &mut M::Grads) {
                self.bind::<M>();
                self.apply($crate::optim::float::subject(model, grads));
            }

            /// Adds a group of parameters with settings of its own.
            ///
            /// # Panics
            /// When the optimizer is in use and no parameter of its model matches.
            #[must_use]
            #[track_caller]
            pub fn group(mut self, group: $crate::optim::ParamGroup) -> Self {
                self.memory.add_group(group);
                self
            }

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

            /// A copy of what the optimizer remembers: see [`Resumable::state`]($crate::optim::Resumable::state).
            pub fn state(&self) -> $crate::optim::OptimizerState {
                self.memory.state()
            }

            /// Continues from an earlier state: see [`Resumable::restore`]($crate::optim::Resumable::restore).
            ///
            /// # Errors
            /// [`Error::ElementCount`]($crate::Error::ElementCount) when the state does not fit.
            pub fn restore<M: $crate::Model>(
                &mut self,
                state: &$crate::optim::OptimizerState,
            ) -> Result<(), $crate::Error> {
                let mut memory = std::mem::take(&mut self.memory);
                let result = memory.restore::<M>(&self.plan(), state);
                self.memory = memory;
                result
            }

            /// Allocates what is kept for the model, unless that is done.
            #[track_caller]
            fn bind<M: $crate::Model>(&mut self) {
                if self.memory.is_bound() {
                    return self.memory.check::<M>(stringify!($name));
                }
                let mut memory = std::mem::take(&mut self.memory);
                memory.bind::<M>(&self.plan());
                self.memory = memory;
            }
        }

        impl $crate::optim::Resumable for $name {
            fn name(&self) -> &'static str {
                $name::name(self)
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
            $($($others)*)?
        }
    };
}
use optimizer;
