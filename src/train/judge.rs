//! How a model is judged: its loss and its metrics over a data set.

use crate::metrics::{MeanLoss, Metric, Targets, Values};
use crate::train::TrainError;
use crate::train::source::Source;

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
            metric
                .accumulate(outputs, targets)
                .map_err(|source| TrainError::CannotJudge { metric: metric.name().to_owned(), source })?;
        }
        Ok(())
    }

    /// Adds names and values.
    fn push_to(&self, values: &mut Vec<(String, f64)>) {
        values.extend(self.list.iter().map(|metric| (metric.name().to_owned(), metric.value())));
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
    ///
    /// # Errors
    /// When there are none, or one cannot be made or judged.
    pub(super) fn run_source(&mut self, model: &M, source: &dyn Source<B>) -> Result<Evaluation, TrainError> {
        if source.num_batches() == 0 {
            let remedy = "give it at least one, or leave it out";
            return Err(TrainError::NoSamples { part: "validation", remedy });
        }
        let (mut mean_loss, mut samples) = (MeanLoss::new(), 0);
        let metrics = self.judges.iter_mut().flat_map(|(metrics, _)| &mut metrics.list);
        metrics.for_each(|metric| metric.reset());
        for batch in source.open(0, 0) {
            let (batch, len) = batch?;
            if let Some(loss) = &mut self.loss {
                mean_loss.update(loss(model, &batch)?, len);
            }
            for (metrics, judge) in &mut self.judges {
                judge(model, &batch, metrics)?;
            }
            samples += len;
        }
        let mut values = Vec::new();
        if self.loss.is_some() {
            values.push((mean_loss.name().to_owned(), mean_loss.value()));
        }
        for (metrics, _) in &self.judges {
            metrics.push_to(&mut values);
        }
        Ok(Evaluation { samples, values })
    }
}
