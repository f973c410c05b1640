//! L-BFGS.

mod line_search;

use macrograd_runtime::buffer::AlignedBuffer;
use macrograd_runtime::float::{Either, Family, Float};
use macrograd_runtime::state::Layout;

use super::float::{combine, dot, largest_magnitude, scale, sum_of_magnitudes, sum_of_squares};
use super::group::trained;
use super::state::Moment;
use super::{OptimizerState, Resumable, at_least_zero, setting};
use crate::{Error, Model, ModelGrads};
use line_search::{Point, strong_wolfe};

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

/// What is kept between iterations. All vectors have the layout of the parameters.
#[derive(Clone)]
struct Memory<F: Float> {
    layout: &'static Layout,
    model: &'static str,
    num_iterations: u64,
    num_evaluations: u64,
    /// Length of the last step along the direction.
    t: f64,
    /// Scale of the first estimate of the inverse Hessian.
    scale: f64,
    direction: AlignedBuffer<F>,
    previous_grad: AlignedBuffer<F>,
    /// Changes of gradients and of parameters, oldest first, with the inverses of their inner products.
    history: Vec<Change<F>>,
}

#[derive(Clone)]
struct Change<F: Float> {
    grad: AlignedBuffer<F>,
    param: AlignedBuffer<F>,
    inverse: f64,
}

/// Least inner product of a change of parameters with that of gradients which says something of the Hessian.
const LEAST_CURVATURE: f64 = 1e-10;

/// Numbers beside the moments before those of the changes.
const NUM_SCALARS: usize = 3;
/// Moments before those of the changes.
const NUM_MOMENTS: usize = 2;

impl std::fmt::Debug for Lbfgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lbfgs")
            .field("lr", &self.lr)
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
        let settings = self.clone_settings();
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

    /// The settings without what is remembered.
    fn num_iterations(&self) -> u64 {
        match &self.memory {
            None => 0,
            Some(Either::F32(memory)) => memory.num_iterations,
            Some(Either::F64(memory)) => memory.num_iterations,
        }
    }

    fn clone_settings(&self) -> Settings {
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
        let len = M::layout().trainable_len;
        let num_changes = state.scalars.len().saturating_sub(NUM_SCALARS);
        let num_moments = NUM_MOMENTS + 2 * num_changes;
        let found: usize = state.moments.iter().map(Moment::len).sum();
        let is_whole = state.scalars.len() >= NUM_SCALARS && state.others.is_empty();
        if !is_whole || state.moments.len() != num_moments || state.moments.iter().any(|one| one.len() != len)
        {
            let expected = num_moments * len;
            return Err(Error::ElementCount { shape: vec![num_moments, len], expected, found });
        }
        let buffer = |values: &Moment| {
            let mut buffer = AlignedBuffer::<M::Float>::zeros(len);
            values.write(&mut buffer.as_mut_slice()[..len]);
            buffer
        };
        let changes = state.moments[NUM_MOMENTS..].chunks_exact(2).zip(&state.scalars[NUM_SCALARS..]);
        let history: Vec<Change<M::Float>> = changes
            .skip(num_changes.saturating_sub(self.history_size))
            .map(|(pair, &inverse)| Change { grad: buffer(&pair[0]), param: buffer(&pair[1]), inverse })
            .collect();
        self.memory = Some(M::Float::either::<Memories>(Memory {
            num_iterations: state.steps,
            num_evaluations: state.scalars[0] as u64,
            t: state.scalars[1],
            scale: state.scalars[2],
            direction: buffer(&state.moments[0]),
            previous_grad: buffer(&state.moments[1]),
            history,
            ..Memory::new::<M>()
        }));
        Ok(())
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

struct Settings {
    lr: f64,
    max_iter: usize,
    max_eval: usize,
    tolerance_grad: f64,
    tolerance_change: f64,
    history_size: usize,
    strong_wolfe: bool,
}

/// What is remembered of models of both computing types.
struct Memories;

impl Family for Memories {
    type Of<F: Float> = Memory<F>;
}

impl<F: Float> Memory<F> {
    fn state(&self) -> OptimizerState {
        let len = self.layout.trainable_len;
        let copy = |buffer: &AlignedBuffer<F>| Moment::of(buffer.as_slice()[..len].to_vec());
        let mut scalars = vec![self.num_evaluations as f64, self.t, self.scale];
        let mut moments = vec![copy(&self.direction), copy(&self.previous_grad)];
        for change in &self.history {
            scalars.push(change.inverse);
            moments.extend([copy(&change.grad), copy(&change.param)]);
        }
        OptimizerState { steps: self.num_iterations, scalars, moments, others: Vec::new() }
    }

    #[track_caller]
    fn new<M: Model<Float = F>>() -> Memory<F> {
        let layout = M::layout();
        if let Some(tensor) = trained(layout).find(|tensor| tensor.lr_scale != 1.0) {
            panic!(
                "`{}` of `{}` has a learning rate {} times that of others, but `Lbfgs` has one for all; remove `#[lr]`, or \
                 use another optimizer",
                tensor.name,
                M::NAME,
                tensor.lr_scale
            );
        }
        Memory {
            layout,
            model: M::NAME,
            num_iterations: 0,
            num_evaluations: 0,
            t: 0.0,
            scale: 1.0,
            direction: AlignedBuffer::zeros(layout.trainable_len),
            previous_grad: AlignedBuffer::zeros(layout.trainable_len),
            history: Vec::new(),
        }
    }

    #[track_caller]
    fn check<M: Model<Float = F>>(&self) {
        super::memory::check_layouts((self.layout, self.model), (M::layout(), M::NAME), "Lbfgs");
    }

    /// The iterations of a step; returns the first loss.
    fn run<M: Model<Float = F>, L>(
        &mut self,
        settings: &Settings,
        model: &mut M,
        evaluate: &mut impl FnMut(&M) -> (L, Point<F>),
    ) -> L {
        let len = self.layout.trainable_len;
        let is_optimal = |grad: &[F]| largest_magnitude(grad) <= settings.tolerance_grad;
        let (first_loss, mut point) = evaluate(model);
        self.num_evaluations += 1;
        let mut num_evaluations = 1;
        if is_optimal(&point.grad) {
            return first_loss;
        }
        for iteration in 1..=settings.max_iter {
            self.num_iterations += 1;
            self.turn(&point.grad, settings.history_size);
            self.previous_grad.as_mut_slice()[..len].copy_from_slice(&point.grad);
            let previous_loss = point.loss;
            self.t = if self.num_iterations == 1 {
                (1.0 / sum_of_magnitudes(&point.grad)).min(1.0) * settings.lr
            } else {
                settings.lr
            };
            let direction = &self.direction.as_slice()[..len];
            let slope = dot(&point.grad, direction);
            if slope > -settings.tolerance_change {
                break;
            }
            let mut evaluations = 0;
            let is_last = iteration == settings.max_iter;
            if settings.strong_wolfe {
                let start = model.state().values()[..len].to_vec();
                let mut at = |t: f64| {
                    evaluations += 1;
                    move_from(model, &start, direction, t);
                    let (_, point) = evaluate(model);
                    let slope = dot(&point.grad, direction);
                    (point, slope)
                };
                let most = settings.max_eval.saturating_sub(num_evaluations);
                let size = largest_magnitude(direction);
                let found =
                    strong_wolfe(&mut at, self.t, &point, slope, size / settings.tolerance_change, most);
                (point, self.t) = found;
                move_from(model, &start, direction, self.t);
            } else {
                combine(&mut model.state_mut().values_mut()[..len], 1.0, direction, self.t);
                // The gradient after the last iteration would not be used: the next step computes its own.
                if !is_last {
                    point = evaluate(model).1;
                    evaluations = 1;
                }
            }
            num_evaluations += evaluations;
            self.num_evaluations += evaluations as u64;
            let moved = largest_magnitude(direction) * self.t.abs();
            if is_last
                || num_evaluations >= settings.max_eval
                || is_optimal(&point.grad)
                || moved <= settings.tolerance_change
                || (point.loss - previous_loss).abs() < settings.tolerance_change
            {
                break;
            }
        }
        first_loss
    }

    /// Takes the last change into the history and works out the next direction.
    fn turn(&mut self, grad: &[F], history_size: usize) {
        let len = grad.len();
        if self.num_iterations == 1 {
            self.history.clear();
            self.scale = 1.0;
        } else {
            self.remember(grad, history_size);
        }
        let direction = &mut self.direction.as_mut_slice()[..len];
        direction.copy_from_slice(grad);
        scale(direction, -1.0);
        let mut factors = vec![0.0; self.history.len()];
        for (change, factor) in self.history.iter().zip(&mut factors).rev() {
            *factor = dot(change.param(len), direction) * change.inverse;
            combine(direction, 1.0, change.grad(len), -*factor);
        }
        scale(direction, self.scale);
        for (change, factor) in self.history.iter().zip(&factors) {
            let other = dot(change.grad(len), direction) * change.inverse;
            combine(direction, 1.0, change.param(len), factor - other);
        }
    }

    fn remember(&mut self, grad: &[F], history_size: usize) {
        let len = grad.len();
        let mut change =
            Change { grad: AlignedBuffer::zeros(len), param: self.direction.clone(), inverse: 0.0 };
        let grad_change = &mut change.grad.as_mut_slice()[..len];
        grad_change.copy_from_slice(grad);
        combine(grad_change, 1.0, &self.previous_grad.as_slice()[..len], -1.0);
        scale(&mut change.param.as_mut_slice()[..len], self.t);
        let curvature = dot(change.grad(len), change.param(len));
        if curvature > LEAST_CURVATURE {
            change.inverse = 1.0 / curvature;
            self.scale = curvature / sum_of_squares(change.grad(len));
            if self.history.len() >= history_size {
                self.history.remove(0);
            }
            self.history.push(change);
        }
    }
}

impl<F: Float> Change<F> {
    fn grad(&self, len: usize) -> &[F] {
        &self.grad.as_slice()[..len]
    }

    fn param(&self, len: usize) -> &[F] {
        &self.param.as_slice()[..len]
    }
}

/// The parameters `start + t direction`.
fn move_from<M: Model>(model: &mut M, start: &[M::Float], direction: &[M::Float], t: f64) {
    let params = &mut model.state_mut().values_mut()[..start.len()];
    params.copy_from_slice(start);
    combine(params, 1.0, direction, t);
}
