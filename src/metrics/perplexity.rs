//! How surprised a language model is.

use super::view::product;
use super::{Direction, Metric, MetricError, Targets, Values, mean};

/// Perplexity: `exp` of the mean of `-log_softmax(logits)[label]` over all tokens, at least 1. A model that knows nothing
/// of a vocabulary of `V` tokens has perplexity `V`.
///
/// # Shapes
/// - outputs: logits `[N, V]` or `[N, T, V]`, the vocabulary along the last axis; along axis 1 of `[N, V, T]` after
///   [`class_axis(1)`](Perplexity::class_axis)
/// - targets: labels `[N]` or `[N, T]`; padding has the label of [`ignore_index`](Perplexity::ignore_index)
///
/// # Numerics
/// In f64, with the largest logit subtracted first. NaN among the logits makes the value NaN.
///
/// # Source
/// F. Jelinek et al., "Perplexity: a measure of the difficulty of speech recognition tasks", 1977; torchmetrics'
/// `Perplexity`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Perplexity {
    class_axis: Option<usize>,
    ignore_index: Option<i64>,
    sum: f64,
    count: u64,
}

impl Perplexity {
    /// With the vocabulary along the last axis, no label ignored.
    pub fn new() -> Perplexity {
        Perplexity::default()
    }

    /// The axis of the vocabulary, counted from 0: 1 for logits as `cross_entropy` takes them.
    #[must_use]
    pub fn class_axis(mut self, axis: usize) -> Self {
        self.class_axis = Some(axis);
        self
    }

    /// Leaves out tokens with this label.
    #[must_use]
    pub fn ignore_index(mut self, label: i64) -> Self {
        self.ignore_index = Some(label);
        self
    }

    /// Mean cross-entropy, the logarithm of the value: nats per token.
    pub fn cross_entropy(&self) -> f64 {
        mean(self.sum, self.count)
    }
}

impl Metric for Perplexity {
    fn name(&self) -> &str {
        "perplexity"
    }
    fn accumulate(&mut self, outputs: Values<'_>, targets: Targets<'_>) -> Result<(), MetricError> {
        let shape = outputs.shape();
        let axis = self.class_axis.unwrap_or(shape.len().saturating_sub(1));
        if shape.len() < 2 || axis >= shape.len() || shape[axis] == 0 {
            return Err(MetricError::OutputShape {
                metric: "perplexity",
                expected: "logits of shape [N, …, V], or with V at the axis of `class_axis`",
                found: shape.to_vec(),
                remedy: "reshape them so that they have an axis of the vocabulary",
            });
        }
        let expected = [&shape[..axis], &shape[axis + 1..]].concat();
        if targets.shape() != expected {
            let found = targets.shape().to_vec();
            return Err(MetricError::TargetShape { outputs: shape.to_vec(), expected, found });
        }
        let (classes, stride) = (shape[axis], product(&shape[axis + 1..]));
        let num_tokens = outputs.as_slice().len() / classes;
        let mut labels = Vec::with_capacity(num_tokens);
        for position in 0..num_tokens {
            let label = targets.label(position)?;
            if self.ignore_index == Some(label) {
                continue;
            }
            match usize::try_from(label) {
                Ok(class) if class < classes => labels.push((position, class)),
                _ => return Err(MetricError::LabelOutOfRange { position, label, classes }),
            }
        }
        for &(position, label) in &labels {
            let first = position / stride * classes * stride + position % stride;
            let logits = outputs.as_slice()[first..].iter().step_by(stride).take(classes);
            self.sum += log_sum_exp(logits.clone()) - f64::from(outputs.as_slice()[first + label * stride]);
        }
        self.count += labels.len() as u64;
        Ok(())
    }
    fn value(&self) -> f64 {
        self.cross_entropy().exp()
    }
    fn reset(&mut self) {
        (self.sum, self.count) = (0.0, 0);
    }
    fn direction(&self) -> Direction {
        Direction::LowerIsBetter
    }
}

/// `ln Σ exp(logit)`.
fn log_sum_exp<'a>(logits: impl Iterator<Item = &'a f32> + Clone) -> f64 {
    let largest = f64::from(logits.clone().fold(f32::NEG_INFINITY, |largest, &logit| largest.max(logit)));
    largest + logits.map(|&logit| (f64::from(logit) - largest).exp()).sum::<f64>().ln()
}
