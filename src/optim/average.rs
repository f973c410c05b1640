//! Averages of a model's parameters over training.

use super::float::lerp;
use super::settings::below_one;
use crate::Model;

/// A model whose parameters are an average of those that another has had: often better than the last ones.
///
/// [`Averaged::ema`] gives newer parameters more weight, [`Averaged::equal`] all the same (stochastic weight averaging).
/// Buffers, such as running statistics, are those of the last update, or averaged as well with
/// [`average_buffers`](Averaged::average_buffers).
///
/// ```
/// use macrograd::Model;
/// use macrograd::optim::Averaged;
///
/// fn train<M: Model>(model: &mut M, steps: usize, mut step: impl FnMut(&mut M), accuracy: impl Fn(&M) -> f64) -> f64 {
///     let mut average = Averaged::ema(model, 0.999);
///     for _ in 0..steps {
///         step(model);
///         average.update(model);
///     }
///     accuracy(average.model())
/// }
/// ```
///
/// # Numerics
/// In the computing type; where a parameter does not change, neither does its average.
///
/// # Source
/// P. Izmailov et al., "Averaging weights leads to wider optima and better generalization", 2018; the same values as
/// PyTorch's `AveragedModel`, with `get_ema_multi_avg_fn` for the first kind.
#[derive(Debug)]
pub struct Averaged<M> {
    model: M,
    decay: Option<f64>,
    average_buffers: bool,
    num_averaged: u64,
}

impl<M: Model> Averaged<M> {
    /// An exponential moving average, `average <- decay average + (1 - decay) param`, that starts with the parameters of
    /// the first update.
    ///
    /// # Panics
    /// When `decay` is negative or not below 1.
    #[track_caller]
    pub fn ema(model: &M, decay: f64) -> Averaged<M> {
        Averaged { decay: Some(below_one("decay", decay)), ..Averaged::equal(model) }
    }

    /// The mean of the parameters at all updates.
    pub fn equal(model: &M) -> Averaged<M> {
        let model = M::from_state(model.state().clone());
        Averaged { model, decay: None, average_buffers: false, num_averaged: 0 }
    }

    /// Whether buffers are averaged like parameters (`use_buffers` in PyTorch) instead of copied.
    #[must_use]
    pub fn average_buffers(mut self, average_buffers: bool) -> Averaged<M> {
        self.average_buffers = average_buffers;
        self
    }

    /// Continues from an average that was stored, with [`num_averaged`](Averaged::num_averaged) of that time.
    pub fn restore(&mut self, average: M, num_averaged: u64) {
        (self.model, self.num_averaged) = (average, num_averaged);
    }

    /// Counts as after so many updates.
    pub(crate) fn set_num_averaged(&mut self, num_averaged: u64) {
        self.num_averaged = num_averaged;
    }

    /// Takes in the parameters that `model` has now.
    pub fn update(&mut self, model: &M) {
        let weight = match (self.num_averaged, self.decay) {
            (0, _) => None,
            (_, Some(decay)) => Some(1.0 - decay),
            (count, None) => Some(1.0 / (count as f64 + 1.0)),
        };
        let values = model.state().values();
        let average = self.model.state_mut().values_mut();
        let num_parameters = if self.average_buffers { values.len() } else { M::layout().buffers_start };
        match weight {
            None => average.copy_from_slice(values),
            Some(weight) => {
                lerp(&mut average[..num_parameters], &values[..num_parameters], weight);
                average[num_parameters..].copy_from_slice(&values[num_parameters..]);
            }
        }
        self.num_averaged += 1;
    }

    /// The model with averaged parameters; before the first update, those that it was made with.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// The model with averaged parameters, to be changed: running statistics of batch normalisation do not fit averaged
    /// weights and are better taken anew, by `forward_train` over some batches.
    pub fn model_mut(&mut self) -> &mut M {
        &mut self.model
    }

    /// The model with averaged parameters.
    pub fn into_model(self) -> M {
        self.model
    }

    /// How many updates there have been.
    pub fn num_averaged(&self) -> u64 {
        self.num_averaged
    }
}
