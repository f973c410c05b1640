//! Where a run is, as a text in its checkpoint.

use std::path::Path;

use serde_json::{Value, json};

use super::TrainError;
use super::engine::Sizes;
use super::history::History;
use super::trainer::Settings;
use crate::Error;

/// What a run needs to go on, besides tensors.
pub(super) struct Position {
    pub(super) epoch: u64,
    pub(super) batch: usize,
    pub(super) step: u64,
    pub(super) samples: usize,
    pub(super) loss_sum: f64,
    pub(super) workspace_step: u64,
    pub(super) num_averaged: u64,
    pub(super) lr_factor: f64,
    pub(super) best: Option<f64>,
    pub(super) callbacks: Vec<(String, String)>,
    pub(super) history: History,
    /// What callbacks have logged in the epoch so far.
    pub(super) values: Vec<(String, f64)>,
    // How the run was declared: with other numbers, it would be another run.
    pub(super) batch_size: usize,
    pub(super) num_samples: usize,
    pub(super) accumulate: usize,
    pub(super) epochs: u64,
    pub(super) seed: u64,
    /// Of the model: see [`checkpoint::declaration`](crate::checkpoint).
    pub(super) declaration: String,
}

impl Position {
    /// As JSON. Reals are texts, in which Rust writes as many digits as it needs to read the same number again.
    pub(super) fn to_text(&self) -> String {
        let real = |value: f64| value.to_string();
        let values: Vec<Value> =
            self.values.iter().map(|(name, value)| json!([name, real(*value)])).collect();
        json!({
            "epoch": self.epoch,
            "batch": self.batch,
            "step": self.step,
            "samples": self.samples,
            "loss_sum": real(self.loss_sum),
            "workspace_step": self.workspace_step,
            "num_averaged": self.num_averaged,
            "lr_factor": real(self.lr_factor),
            "best": self.best.map(real),
            "callbacks": self.callbacks,
            "history": self.history.to_json(),
            "values": values,
            "batch_size": self.batch_size,
            "num_samples": self.num_samples,
            "accumulate": self.accumulate,
            "epochs": self.epochs,
            "seed": self.seed,
            "declaration": self.declaration,
        })
        .to_string()
    }

    /// What [`to_text`](Position::to_text) has written.
    pub(super) fn of_text(text: &str, path: &Path) -> Result<Position, Error> {
        let parsed = serde_json::from_str(text).ok().and_then(|json: Value| Position::of_json(&json));
        parsed.ok_or_else(|| Error::BadFile {
            path: path.to_path_buf(),
            problem: "what it says of the run cannot be read; it was written by another version of macrograd, or changed: \
                      start a new run, perhaps from its parameters"
                .to_owned(),
        })
    }

    fn of_json(json: &Value) -> Option<Position> {
        let whole = |name: &str| json.get(name)?.as_u64();
        let real = |value: &Value| value.as_str()?.parse::<f64>().ok();
        let pairs = |name: &str| -> Option<Vec<(String, &Value)>> {
            json.get(name)?
                .as_array()?
                .iter()
                .map(|pair| Some((pair.get(0)?.as_str()?.to_owned(), pair.get(1)?)))
                .collect()
        };
        Some(Position {
            epoch: whole("epoch")?,
            batch: whole("batch")? as usize,
            step: whole("step")?,
            samples: whole("samples")? as usize,
            loss_sum: real(json.get("loss_sum")?)?,
            workspace_step: whole("workspace_step")?,
            num_averaged: whole("num_averaged")?,
            lr_factor: real(json.get("lr_factor")?)?,
            best: match json.get("best")? {
                Value::Null => None,
                best => Some(real(best)?),
            },
            callbacks: pairs("callbacks")?
                .into_iter()
                .map(|(name, state)| Some((name, state.as_str()?.to_owned())))
                .collect::<Option<_>>()?,
            history: History::of_json(json.get("history")?)?,
            values: pairs("values")?
                .into_iter()
                .map(|(name, value)| Some((name, real(value)?)))
                .collect::<Option<_>>()?,
            batch_size: whole("batch_size")? as usize,
            num_samples: whole("num_samples")? as usize,
            accumulate: whole("accumulate")? as usize,
            epochs: whole("epochs")?,
            seed: whole("seed")?,
            declaration: json.get("declaration")?.as_str()?.to_owned(),
        })
    }

    /// The state of the callback with this name.
    pub(super) fn callback(&self, name: &str) -> Option<&str> {
        self.callbacks.iter().find(|(known, _)| known == name).map(|(_, state)| state.as_str())
    }

    /// An error when the functions of the model have changed.
    pub(super) fn check_declaration(
        &self,
        declaration: &str,
        model: &str,
        path: &Path,
    ) -> Result<(), TrainError> {
        if self.declaration == declaration {
            return Ok(());
        }
        Err(TrainError::ChangedModel { path: path.to_path_buf(), model: model.to_owned() })
    }

    /// An error when the run is declared in another way than it was started. More epochs are allowed between epochs: with
    /// a constant learning rate, the run is the one that had them from the start.
    pub(super) fn check(&self, sizes: Sizes, settings: &Settings, path: &Path) -> Result<(), TrainError> {
        let pairs = [
            ("samples of an epoch", self.num_samples, sizes.num_samples),
            ("batch", self.batch_size, sizes.batch_size),
            ("accumulate", self.accumulate, settings.accumulate),
        ];
        let seeds = ("seed", self.seed.to_string(), settings.seed.to_string());
        let pairs = pairs.map(|(name, before, now)| (name, before.to_string(), now.to_string()));
        for (name, before, now) in pairs.into_iter().chain([seeds]) {
            if before != now {
                return Err(TrainError::Changed { path: path.to_path_buf(), name, before, now });
            }
        }
        Ok(())
    }
}
