//! What L-BFGS keeps between iterations, and the iterations themselves.

use macrograd_runtime::buffer::AlignedBuffer;
use macrograd_runtime::float::{Family, Float};
use macrograd_runtime::state::Layout;

use super::super::OptimizerState;
use super::super::float::{combine, dot, largest_magnitude, scale, sum_of_magnitudes, sum_of_squares};
use super::super::group::trained;
use super::super::state::Moment;
use super::line_search::{Point, strong_wolfe};
use crate::{Error, Model};

/// What is kept between iterations. All vectors have the layout of the parameters.
#[derive(Clone)]
pub(super) struct Memory<F: Float> {
    layout: &'static Layout,
    pub(super) model: &'static str,
    pub(super) num_iterations: u64,
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

/// The settings of a step.
pub(super) struct Settings {
    pub(super) lr: f64,
    pub(super) max_iter: usize,
    pub(super) max_eval: usize,
    pub(super) tolerance_grad: f64,
    pub(super) tolerance_change: f64,
    pub(super) history_size: usize,
    pub(super) strong_wolfe: bool,
}

/// What is remembered of models of both computing types.
pub(super) struct Memories;

impl Family for Memories {
    type Of<F: Float> = Memory<F>;
}

impl<F: Float> Memory<F> {
    pub(super) fn state(&self) -> OptimizerState {
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

    /// What [`state`](Memory::state) has told; of the changes, the last ones.
    pub(super) fn of<M: Model<Float = F>>(
        state: &OptimizerState,
        history_size: usize,
    ) -> Result<Memory<F>, Error> {
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
            let mut buffer = AlignedBuffer::<F>::zeros(len);
            values.write(&mut buffer.as_mut_slice()[..len]);
            buffer
        };
        let changes = state.moments[NUM_MOMENTS..].chunks_exact(2).zip(&state.scalars[NUM_SCALARS..]);
        let history: Vec<Change<F>> = changes
            .skip(num_changes.saturating_sub(history_size))
            .map(|(pair, &inverse)| Change { grad: buffer(&pair[0]), param: buffer(&pair[1]), inverse })
            .collect();
        Ok(Memory {
            num_iterations: state.steps,
            num_evaluations: state.scalars[0] as u64,
            t: state.scalars[1],
            scale: state.scalars[2],
            direction: buffer(&state.moments[0]),
            previous_grad: buffer(&state.moments[1]),
            history,
            ..Memory::new::<M>()
        })
    }

    #[track_caller]
    pub(super) fn new<M: Model<Float = F>>() -> Memory<F> {
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
    pub(super) fn check<M: Model<Float = F>>(&self) {
        super::super::memory::check_layouts((self.layout, self.model), (M::layout(), M::NAME), "Lbfgs");
    }

    /// The iterations of a step; returns the first loss.
    pub(super) fn run<M: Model<Float = F>, L>(
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
