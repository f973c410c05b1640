//! What the dashboard knows of a run; as much after a million steps as after a thousand.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::curve::Curve;
use crate::metrics::Direction;
use crate::train::{EpochRecord, History, Progress};

/// Epochs that the table can show.
const MAX_ROWS: usize = 200;

/// A run so far.
pub(super) struct Run {
    pub(super) model: &'static str,
    start: Instant,
    pub(super) progress: Progress,
    /// Loss of each step.
    pub(super) loss: Curve,
    pub(super) grad_norm: Curve,
    pub(super) param_norm: Curve,
    /// Values of the epochs, by the step at which they ended.
    pub(super) values: Vec<(String, Curve)>,
    /// The last epochs.
    pub(super) rows: VecDeque<EpochRecord>,
    /// The value by which the best epoch is chosen, if the trainer has one.
    monitor: Option<(String, Direction)>,
    pub(super) best: Option<EpochRecord>,
    /// What would be printed otherwise.
    pub(super) log: Vec<String>,
    pub(super) is_ending: bool,
}

impl Run {
    /// A run with these epochs behind it.
    pub(super) fn new(
        model: &'static str,
        progress: &Progress,
        history: &History,
        monitor: &Option<(String, Direction)>,
    ) -> Self {
        let mut run = Run {
            model,
            start: Instant::now(),
            progress: progress.clone(),
            loss: Curve::new(),
            grad_norm: Curve::new(),
            param_norm: Curve::new(),
            values: Vec::new(),
            rows: VecDeque::new(),
            monitor: monitor.clone(),
            best: None,
            log: Vec::new(),
            is_ending: false,
        };
        for record in &history.epochs {
            // Of the steps of earlier processes only the means are known.
            if let Some(loss) = record.value("loss") {
                run.loss.push(record.step as f64, loss);
            }
            run.record(record);
        }
        run
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    pub(super) fn step(&mut self, progress: &Progress) {
        self.progress.clone_from(progress);
        self.loss.push(progress.step as f64, progress.loss);
    }

    pub(super) fn record(&mut self, record: &EpochRecord) {
        for (name, value) in &record.values {
            let curve = match self.values.iter_mut().find(|(known, _)| known == name) {
                Some((_, curve)) => curve,
                // Norms of single tensors are many.
                None if name.contains('/') => continue,
                None => &mut self.values.push_mut((name.clone(), Curve::new())).1,
            };
            curve.push(record.step as f64, *value);
        }
        if self.is_best(record) {
            self.best = Some(record.clone());
        }
        if self.rows.len() == MAX_ROWS {
            self.rows.pop_front();
        }
        self.rows.push_back(record.clone());
    }

    /// As the trainer chooses: by `val_loss` or `loss` where nothing else is said.
    fn is_best(&self, record: &EpochRecord) -> bool {
        let has_val_loss = self.curve("val_loss").is_some();
        let (name, direction) = match &self.monitor {
            Some((name, direction)) => (name.as_str(), *direction),
            None => (if has_val_loss { "val_loss" } else { "loss" }, Direction::LowerIsBetter),
        };
        let Some(value) = record.value(name) else { return false };
        let best = self.best.as_ref().and_then(|best| best.value(name));
        best.is_none_or(|best| direction.is_better(value, best))
    }

    /// The curve of a value of the epochs.
    pub(super) fn curve(&self, name: &str) -> Option<&Curve> {
        self.values.iter().find(|(known, _)| known == name).map(|(_, curve)| curve)
    }

    /// The values of epochs that are neither losses nor rates nor norms.
    pub(super) fn metrics(&self) -> impl Iterator<Item = (&str, &Curve)> {
        let is_metric = |name: &str| !["loss", "val_loss", "lr", "grad_norm", "param_norm"].contains(&name);
        self.values
            .iter()
            .filter(move |(name, _)| is_metric(name))
            .map(|(name, curve)| (name.as_str(), curve))
    }
}
