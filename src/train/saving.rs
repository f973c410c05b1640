//! The files of a run.

use std::path::Path;
use std::time::{Duration, Instant};

use super::TrainError;
use super::engine::Sizes;
use super::fit::Fit;
use super::position::Position;
use crate::Error;

/// Files of a run, besides those of epochs that are kept.
const OF_A_RUN: [&str; 4] = ["last.safetensors", "best.safetensors", "history.csv", "history.jsonl"];

/// How long a run may take for its files, whatever else it does.
pub(super) const ALLOWANCE: Duration = Duration::from_secs(3);
/// Part of its time that it may take for them besides.
const PART: f64 = 0.1;

/// What has been written, and how long that took.
pub(super) struct Saving {
    allowance: Duration,
    /// When the run began.
    start: Instant,
    spent: Duration,
    /// Whether an epoch is complete that is in no file.
    is_behind: bool,
}

impl Saving {
    pub(super) fn new(allowance: Duration) -> Saving {
        Saving { allowance, start: Instant::now(), spent: Duration::ZERO, is_behind: false }
    }

    /// Whether there is time to write files. After an epoch of milliseconds there is not: disks take longer to confirm that
    /// they have a file.
    fn is_due(&self) -> bool {
        self.spent <= self.allowance.saturating_add(self.start.elapsed().mul_f64(PART))
    }
}

impl Fit<'_> {
    /// The files of an epoch that is complete.
    pub(super) fn save_epoch(&mut self, number: u64, is_best: bool) -> Result<(), TrainError> {
        let Some(folder) = self.settings.folder.clone() else { return Ok(()) };
        if self.settings.keep_every.is_some_and(|epochs| number.is_multiple_of(epochs)) {
            self.engine.save_model(&folder.join(format!("epoch-{number}.safetensors")))?;
        }
        self.saving.is_behind = true;
        if self.saving.is_due() {
            return self.save_all(is_best);
        }
        if is_best {
            self.engine.hold_model();
        }
        Ok(())
    }

    /// The files of the last epochs, if they are not written yet.
    pub(super) fn save_what_is_left(&mut self) -> Result<(), TrainError> {
        if self.saving.is_behind { self.save() } else { Ok(()) }
    }

    /// What can be told of epochs that are in no file when an error ends the run: the best model and the values, but not the
    /// place to go on from, as the model may have moved on.
    pub(super) fn save_what_is_known(&mut self) -> Result<(), TrainError> {
        let Some(folder) = self.settings.folder.clone().filter(|_| self.saving.is_behind) else {
            return Ok(());
        };
        self.engine.save_best(&folder.join("best.safetensors"), false)?;
        self.save_history(&folder)
    }

    fn save_history(&self, folder: &Path) -> Result<(), TrainError> {
        self.history.write_csv(folder.join("history.csv"))?;
        Ok(self.history.write_json_lines(folder.join("history.jsonl"))?)
    }

    /// Writes the files of the run as it stands.
    pub(super) fn save(&mut self) -> Result<(), TrainError> {
        self.save_all(false)
    }

    /// The same, where the model is perhaps the best so far.
    fn save_all(&mut self, is_best: bool) -> Result<(), TrainError> {
        let Some(folder) = self.settings.folder.clone() else { return Ok(()) };
        let start = Instant::now();
        self.engine.save_best(&folder.join("best.safetensors"), is_best)?;
        if self.saving.is_behind {
            self.save_history(&folder)?;
        }
        // Last: what it says has happened, has.
        self.save_position(&folder.join("last.safetensors"))?;
        self.saving.is_behind = false;
        self.saving.spent += start.elapsed();
        Ok(())
    }

    /// Everything that the run needs to go on from here.
    fn save_position(&mut self, path: &Path) -> Result<(), TrainError> {
        let Sizes { batch_size, num_samples, .. } = self.engine.sizes();
        let mut position = Position {
            epoch: self.progress.epoch,
            batch: self.progress.batch,
            step: self.progress.step,
            samples: self.progress.samples,
            loss_sum: self.loss.sum(),
            workspace_step: 0,
            num_averaged: 0,
            lr_factor: self.control.lr_factor,
            best: self.best,
            callbacks: Vec::new(),
            history: self.history.clone(),
            values: self.values.clone(),
            batch_size,
            num_samples,
            accumulate: self.settings.accumulate,
            epochs: self.progress.epochs,
            seed: self.settings.seed,
            declaration: self.engine.declaration(),
        };
        self.engine.describe(&mut position);
        Ok(self.engine.save_run(path, &position.to_text())?)
    }
}

/// Removes what a run has left, so that nobody goes on with it, or takes its best model for that of the next one.
pub(super) fn remove_run(folder: &Path) -> Result<(), Error> {
    let failed = |action, path: &Path, source| Error::Io { action, path: path.to_path_buf(), source };
    let entries = std::fs::read_dir(folder).map_err(|source| failed("read the folder", folder, source))?;
    for entry in entries {
        let path = entry.map_err(|source| failed("read the folder", folder, source))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_kept_epoch = name.starts_with("epoch-") && name.ends_with(".safetensors");
        if is_kept_epoch || OF_A_RUN.contains(&name) {
            std::fs::remove_file(&path).map_err(|source| failed("remove", &path, source))?;
        }
    }
    Ok(())
}
