//! How a model is judged: its loss and its metrics over a data set.

use crate::metrics::{MeanLoss, Metric, Targets, Values};
use crate::train::TrainError;

/// The metrics of a run, which are given outputs and targets batch by batch.
pub struct Metrics {
    pub(super) list: Vec<Box<dyn Metric>>,
}

impl Metrics {
    /// Counts the outputs of a batch in every metric.
    ///
    /// # Errors
    /// When a metric cannot judge them.
    pub fn update<'a>(
        &mut self,
        outputs: impl Into<Values<'a>>,
        targets: impl Into<Targets<'a>>,
    ) -> Result<(), TrainError> {
        let (outputs, targets) = (outputs.into(), targets.into());
        for metric in &mut self.list {
            metric.accumulate(outputs, targets)?;
        }
        Ok(())
    }
}

/// What a model is worth on a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Number of samples.
    pub samples: usize,
    /// Names and values: `loss`, if the trainer knows how to compute it without a gradient, and the metrics.
    pub values: Vec<(String, f64)>,
}

impl Evaluation {
    /// The value of this name.
    pub fn value(&self, name: &str) -> Option<f64> {
        self.values.iter().find(|(known, _)| known == name).map(|&(_, value)| value)
    }
}

/// The loss of a batch.
pub(super) type LossOf<M, B> = Box<dyn FnMut(&M, &B) -> Result<f64, TrainError> + Send>;
/// Gives the outputs of a batch to the metrics.
pub(super) type JudgeOf<M, B> = Box<dyn FnMut(&M, &B, &mut Metrics) -> Result<(), TrainError> + Send>;

/// Everything by which a model is judged.
pub(super) struct Judge<M, B> {
    pub(super) loss: Option<LossOf<M, B>>,
    pub(super) judges: Vec<(Metrics, JudgeOf<M, B>)>,
}

impl<M, B> Judge<M, B> {
    pub(super) fn is_empty(&self) -> bool {
        self.loss.is_none() && self.judges.is_empty()
    }

    /// Judges a model by all batches.
    pub(super) fn run(
        &mut self,
        model: &M,
        batches: impl Iterator<Item = Result<(B, usize), crate::Error>>,
    ) -> Result<Evaluation, TrainError> {
        let (mut mean_loss, mut samples) = (MeanLoss::new(), 0);
        let metrics = self.judges.iter_mut().flat_map(|(metrics, _)| &mut metrics.list);
        metrics.for_each(|metric| metric.reset());
        for batch in batches {
            let (batch, len) = batch?;
            if let Some(loss) = &mut self.loss {
                mean_loss.update(loss(model, &batch)?, len);
            }
            for (metrics, judge) in &mut self.judges {
                judge(model, &batch, metrics)?;
            }
            samples += len;
        }
        let loss = self.loss.is_some().then(|| (mean_loss.name().to_owned(), mean_loss.value()));
        let metrics = self.judges.iter().flat_map(|(metrics, _)| &metrics.list);
        let metrics = metrics.map(|metric| (metric.name().to_owned(), metric.value()));
        Ok(Evaluation { samples, values: loss.into_iter().chain(metrics).collect() })
    }
}
