//! How good a model is: metrics that accumulate over batches.
//!
//! A [`Metric`] is given the outputs and targets of one batch after the other, and has a value for all of them. It keeps
//! sums, counts or scores, never averages of batches, so the value does not depend on how samples were cut into batches:
//!
//! ```
//! use macrograd::Tensor;
//! use macrograd::metrics::{Accuracy, ConfusionMatrix, Metric};
//! # fn main() -> Result<(), macrograd::metrics::MetricError> {
//!
//! let logits = Tensor::from_vec((3, 2), vec![2.0, 0.5, -1.0, 1.0, 0.1, 0.0]);
//! let labels = Tensor::from_vec((3,), vec![0_u8, 1, 1]);
//!
//! let mut accuracy = Accuracy::new();
//! let mut confusion = ConfusionMatrix::new(2);
//! // for batch in data.test.batches(256) { … }
//! accuracy.update(&logits, &labels)?;
//! confusion.update(&logits, &labels)?;
//! assert_eq!(accuracy.value(), 2.0 / 3.0);
//! assert_eq!(confusion.count(/* label */ 1, /* predicted */ 0), 1);
//! # Ok(()) }
//! ```
//!
//! | what is judged | metrics |
//! | --- | --- |
//! | classes | [`Accuracy`], [`TopK`], [`Precision`], [`Recall`], [`F1`], [`FBeta`], [`ConfusionMatrix`] |
//! | the order of scores | [`RocAuc`], [`PrAuc`] |
//! | reals | [`MeanAbsoluteError`], [`MeanSquaredError`], [`RootMeanSquaredError`], [`R2`] |
//! | segmentations of images | [`Iou`] |
//! | boxes around objects | [`MeanAveragePrecision`] |
//! | language models | [`Perplexity`] |
//! | translations and summaries | [`Bleu`] |
//! | the loss itself | [`MeanLoss`] |
//!
//! The last two and [`MeanAveragePrecision`] take something else than two tensors: they have an `update` of their own
//! and, like a [`Metric`], `name`, `value`, `reset` and `direction`.
//!
//! # Shapes
//! Scores of classes have shape `[N, C]` or `[N, C, …]`, labels `[N]` or `[N, …]`: classes lie along axis 1, as for
//! `cross_entropy`. With two classes there may be one score per sample, for class 1: `[N]`, `[N, 1]` or `[N, 1, …]`.
//! Labels are whole numbers of any type, or such in `f32`.
//!
//! # Errors
//! `update` returns a [`MetricError`] for what it cannot judge, and has then counted nothing of the batch.

mod accuracy;
mod average;
mod bleu;
mod classes;
mod confusion;
mod counts;
mod detection;
mod error;
mod iou;
mod mean_average_precision;
mod mean_loss;
mod perplexity;
mod precision_recall;
mod r2;
mod ranking;
mod regression;
mod top_k;
mod view;

pub use accuracy::Accuracy;
pub use average::Average;
pub use bleu::{Bleu, Smoothing};
pub use confusion::ConfusionMatrix;
pub use detection::{Bounds, Detection, Object};
pub use error::MetricError;
pub use iou::Iou;
pub use mean_average_precision::MeanAveragePrecision;
pub use mean_loss::MeanLoss;
pub use perplexity::Perplexity;
pub use precision_recall::{F1, FBeta, Precision, Recall};
pub use r2::R2;
pub use ranking::{PrAuc, RocAuc};
pub use regression::{MeanAbsoluteError, MeanSquaredError, RootMeanSquaredError};
pub use top_k::TopK;
pub use view::{AnyShape, Targets, Values};

/// Something that judges outputs by targets, over any number of batches.
///
/// `Box<dyn Metric>` is a metric, too, so different ones fit in a list:
///
/// ```
/// use macrograd::metrics::{Accuracy, Average, F1, Metric};
///
/// let mut metrics: Vec<Box<dyn Metric>> = vec![Box::new(Accuracy::new()), Box::new(F1::new(Average::Macro))];
/// for metric in &mut metrics {
///     metric.update(&[0.9, 0.2], &[1_u8, 0])?;
///     println!("{}: {:.3}", metric.name(), metric.value());
/// }
/// # Ok::<(), macrograd::metrics::MetricError>(())
/// ```
pub trait Metric: Send {
    /// What logs call it: lower case, with underscores.
    fn name(&self) -> &str;

    /// Counts a batch; [`update`](Metric::update) is the same for tensors and slices.
    ///
    /// # Errors
    /// When shapes do not fit, a label is out of range, or a score is NaN where an order is needed. Nothing of the batch
    /// is counted then.
    fn accumulate(&mut self, outputs: Values<'_>, targets: Targets<'_>) -> Result<(), MetricError>;

    /// The value for everything counted since the start or the last [`reset`](Metric::reset). NaN when that is nothing.
    fn value(&self) -> f64;

    /// Forgets what was counted; settings stay.
    fn reset(&mut self);

    /// Whether a larger value is a better one.
    fn direction(&self) -> Direction;

    /// Counts a batch.
    ///
    /// # Errors
    /// As for [`accumulate`](Metric::accumulate).
    fn update<'a>(
        &mut self,
        outputs: impl Into<Values<'a>>,
        targets: impl Into<Targets<'a>>,
    ) -> Result<(), MetricError>
    where
        Self: Sized,
    {
        self.accumulate(outputs.into(), targets.into())
    }
}

impl<M: Metric + ?Sized> Metric for Box<M> {
    fn name(&self) -> &str {
        (**self).name()
    }
    fn accumulate(&mut self, outputs: Values<'_>, targets: Targets<'_>) -> Result<(), MetricError> {
        (**self).accumulate(outputs, targets)
    }
    fn value(&self) -> f64 {
        (**self).value()
    }
    fn reset(&mut self) {
        (**self).reset();
    }
    fn direction(&self) -> Direction {
        (**self).direction()
    }
}

/// Which values of a metric are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// As for an accuracy.
    HigherIsBetter,
    /// As for a loss.
    LowerIsBetter,
}

impl Direction {
    /// Whether `value` is better than `best`. Every number is better than NaN; NaN and equal values are not better.
    pub fn is_better(self, value: f64, best: f64) -> bool {
        match self {
            Direction::HigherIsBetter => value > best || (best.is_nan() && !value.is_nan()),
            Direction::LowerIsBetter => value < best || (best.is_nan() && !value.is_nan()),
        }
    }
}

/// `sum / count`, NaN when nothing was counted.
fn mean(sum: f64, count: u64) -> f64 {
    if count == 0 { f64::NAN } else { sum / count as f64 }
}
