//! L-BFGS.

mod line_search;
mod memory;

use macrograd_runtime::float::{Either, Float};

use super::float::scale;
use super::{LossGrad, Optimizer, OptimizerState, Resumable, at_least_zero, setting};
use crate::{Error, Model, ModelGrads};
use line_search::Point;
use memory::{Memories, Memory, Settings};

/// L-BFGS: steps along the gradient divided by an estimate of the Hessian from the last steps, for losses that are the
/// same at each call, such as those of all samples at once.
///
/// A [`step`](Lbfgs::step) takes up to `max_iter` iterations and calls the given function for the loss and its gradient
/// as often as it needs. In an iteration, the direction is `d = -H g`, with `H` by the two-loop recursion from the last
/// `history_size` changes of parameters and gradients; parameters move by `lr d`, or with
/// [`strong_wolfe`](Lbfgs::strong_wolfe) as far as a line search finds best. Every parameter is treated alike: a model with
/// `#[lr]` is refused, and there is no weight decay.
///
/// ```
/// use macrograd::optim::Lbfgs;
/// use macrograd::{Model, ModelGrads};
///
/// fn fit<M: Model>(model: &mut M, mut loss_grad: impl FnMut(&M, &mut M::Grads) -> f32) -> f32 {
///     let mut optimizer = Lbfgs::new(1.0).strong_wolfe(true);
///     let mut grads = M::Grads::zeros();
///     let mut loss = f32::INFINITY;
///     for _ in 0..10 {
///         loss = optimizer.step(model, &mut grads, &mut loss_grad);
///     }
///     loss
/// }
/// ```
///
/// # Numerics
/// Vectors are of the computing type, inner products and step lengths f64.
///
/// # Source
/// J. Nocedal, S. Wright, "Numerical optimization", 2006, algorithms 7.4, 7.5 and 3.5; the same steps as PyTorch's
/// `torch.optim.LBFGS`.
#[derive(Clone)]
pub struct Lbfgs {
    lr: f64,
    max_iter: usize,
    max_eval: Option<usize>,
    tolerance_grad: f64,
    tolerance_change: f64,
    history_size: usize,
    strong_wolfe: bool,
    maximize: bool,
    memory: Option<Either<Memories>>,
}

impl std::fmt::Debug for Lbfgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lbfgs")
            .field("lr", &self.lr)
            .field("max_iter", &self.max_iter)
            .field("max_eval", &self.max_eval)
            .field("tolerance_grad", &self.tolerance_grad)
            .field("tolerance_change", &self.tolerance_change)
            .field("history_size", &self.history_size)
            .field("strong_wolfe", &self.strong_wolfe)
            .field("num_iterations", &self.num_iterations())
            .finish_non_exhaustive()
    }
}

impl Lbfgs {
    /// An optimizer of this learning rate, with PyTorch's defaults for the rest: 20 iterations and 25 evaluations in a
    /// step, tolerances 1e-7 and 1e-9, a history of 100, no line search. PyTorch's learning rate is 1.
    ///
    /// # Panics
    /// When `lr` is negative or not finite.
    #[track_caller]
    pub fn new(lr: f64) -> Lbfgs {
        Lbfgs {
            lr: at_least_zero("lr", lr),
            max_iter: 20,
            max_eval: None,
            tolerance_grad: 1e-7,
            tolerance_change: 1e-9,
            history_size: 100,
            strong_wolfe: false,
            maximize: false,
            memory: None,
        }
    }

    setting!(maximize);

    /// Most iterations in a step.
    #[must_use]
    pub fn max_iter(mut self, max_iter: usize) -> Lbfgs {
        self.max_iter = max_iter;
        self
    }

    /// Most evaluations of the loss in a step, `max_iter` and a quarter of it unless given.
    #[must_use]
    pub fn max_eval(mut self, max_eval: usize) -> Lbfgs {
        self.max_eval = Some(max_eval);
        self
    }

    /// Largest gradient at which a minimum counts as found.
    ///
    /// # Panics
    /// When it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn tolerance_grad(mut self, tolerance: f64) -> Lbfgs {
        self.tolerance_grad = at_least_zero("tolerance_grad", tolerance);
        self
    }

    /// Change of the loss or of the parameters below which a step ends.
    ///
    /// # Panics
    /// When it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn tolerance_change(mut self, tolerance: f64) -> Lbfgs {
        self.tolerance_change = at_least_zero("tolerance_change", tolerance);
        self
    }

    /// How many changes the Hessian is estimated from. Each takes the memory of two models.
    ///
    /// # Panics
    /// When it is 0.
    #[must_use]
    #[track_caller]
    pub fn history_size(mut self, history_size: usize) -> Lbfgs {
        assert!(history_size > 0, "`history_size` is 0, but must be positive");
        self.history_size = history_size;
        self
    }

    /// Whether the length of a step is searched for until it fulfils the strong Wolfe conditions.
    #[must_use]
    pub fn strong_wolfe(mut self, strong_wolfe: bool) -> Lbfgs {
        self.strong_wolfe = strong_wolfe;
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
        self.lr = at_least_zero("lr", lr);
    }

    /// Name of the optimizer.
    pub fn name(&self) -> &'static str {
        "Lbfgs"
    }

    /// Moves the parameters of `model`, up to `max_iter` times, and returns the loss before. `loss_grad` computes the loss
    /// and writes its gradients, as `loss_grad_into` of the model does; `grads` is where. Buffers take what the last call
    /// proposes for them.
    ///
    /// The line search compares losses: with a loss in f32, it ends when they agree to some seven digits. A loss that is
    /// summed over batches in f64 goes further.
    ///
    /// # Panics
    /// When the optimizer has been used with a model of another layout, or the model has `#[lr]`.
    #[track_caller]
    pub fn step<M: Model, L: Copy + Into<f64>>(
        &mut self,
        model: &mut M,
        grads: &mut M::Grads,
        mut loss_grad: impl FnMut(&M, &mut M::Grads) -> L,
    ) -> L {
        self.step_as(self.settings(), model, grads, &mut loss_grad)
    }

    #[track_caller]
    fn step_as<M: Model, L: Copy + Into<f64>>(
        &mut self,
        settings: Settings,
        model: &mut M,
        grads: &mut M::Grads,
        loss_grad: &mut dyn FnMut(&M, &mut M::Grads) -> L,
    ) -> L {
        let memory = self.memory.get_or_insert_with(|| M::Float::either::<Memories>(Memory::new::<M>()));
        let first = match memory {
            Either::F32(memory) => (f32::NAME, memory.model),
            Either::F64(memory) => (f64::NAME, memory.model),
        };
        super::memory::check_floats(first, (M::Float::NAME, M::NAME), "Lbfgs");
        let memory = M::Float::of_either_mut(memory).expect("the computing types are the same");
        memory.check::<M>();
        let sign: f64 = super::sign(self.maximize);
        let mut evaluate = |model: &M| {
            let loss = loss_grad(model, grads);
            let mut flat = grads.gradients().values().to_vec();
            if sign < 0.0 {
                scale(&mut flat, -1.0);
            }
            (loss, Point { loss: sign * loss.into(), grad: flat })
        };
        let first_loss = memory.run(&settings, model, &mut evaluate);
        grads.gradients_mut().commit_buffers(model.state_mut());
        first_loss
    }

    fn num_iterations(&self) -> u64 {
        match &self.memory {
            None => 0,
            Some(Either::F32(memory)) => memory.num_iterations,
            Some(Either::F64(memory)) => memory.num_iterations,
        }
    }

    /// The settings without what is remembered.
    fn settings(&self) -> Settings {
        Settings {
            lr: self.lr,
            max_iter: self.max_iter,
            max_eval: self.max_eval.unwrap_or(self.max_iter * 5 / 4),
            tolerance_grad: self.tolerance_grad,
            tolerance_change: self.tolerance_change,
            history_size: self.history_size,
            strong_wolfe: self.strong_wolfe,
        }
    }

    /// A copy of what the optimizer remembers: see [`Resumable::state`].
    pub fn state(&self) -> OptimizerState {
        match &self.memory {
            None => OptimizerState::default(),
            Some(Either::F32(memory)) => memory.state(),
            Some(Either::F64(memory)) => memory.state(),
        }
    }

    /// Continues from an earlier state: see [`Resumable::restore`]. Of a longer history the last changes are kept.
    ///
    /// # Errors
    /// [`Error::ElementCount`] when the state does not fit.
    pub fn restore<M: Model>(&mut self, state: &OptimizerState) -> Result<(), Error> {
        if *state == OptimizerState::default() {
            self.memory = None;
            return Ok(());
        }
        let memory = Memory::of::<M>(state, self.history_size)?;
        self.memory = Some(M::Float::either::<Memories>(memory));
        Ok(())
    }
}

/// As trainers use it: on the batches of an epoch one after the other, best one batch of all samples.
impl Optimizer for Lbfgs {
    const COMPUTES_LOSSES: bool = true;

    /// One iteration, along the direction by the learning rate: without the loss, there is nothing to search by.
    #[track_caller]
    fn step<M: Model>(&mut self, model: &mut M, grads: &mut M::Grads) {
        let settings = Settings { max_iter: 1, strong_wolfe: false, ..self.settings() };
        self.step_as(settings, model, grads, &mut |_, _| 0.0);
    }

    #[track_caller]
    fn step_with<M: Model>(
        &mut self,
        model: &mut M,
        loss: f64,
        grads: &mut M::Grads,
        again: &mut LossGrad<'_, M>,
    ) -> Result<(), Error> {
        let (mut first, mut failed) = (Some(loss), None);
        self.step_as(self.settings(), model, grads, &mut |model, grads| {
            if let Some(loss) = first.take() {
                return loss;
            }
            let loss = match &failed {
                None => again(model, grads),
                Some(_) => Ok(f64::NAN),
            };
            loss.unwrap_or_else(|error| {
                failed = Some(error);
                f64::NAN
            })
        });
        failed.map_or(Ok(()), Err)
    }

    fn lr(&self) -> f64 {
        Lbfgs::lr(self)
    }

    #[track_caller]
    fn set_lr(&mut self, lr: f64) {
        Lbfgs::set_lr(self, lr);
    }
}

impl Resumable for Lbfgs {
    fn name(&self) -> &'static str {
        Lbfgs::name(self)
    }
    fn state(&self) -> OptimizerState {
        Lbfgs::state(self)
    }
    fn restore<M: Model>(&mut self, state: &OptimizerState) -> Result<(), Error> {
        Lbfgs::restore::<M>(self, state)
    }
}
