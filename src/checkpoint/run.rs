//! All that a run needs to go on, as one safetensors file: it is replaced at once, so no part of it is of another step.

use std::path::Path;

use super::difference::{Difference, Wanted};
use super::file;
use super::optimizer::{Header, OptimizerMemory};
use super::{BESIDE, entries, read_state};
use crate::optim::Resumable;
use crate::{Error, Model};

/// The key of what a trainer knows beside tensors.
const RUN: &str = "run";

fn optimizer_prefix() -> String {
    format!("{BESIDE}optimizer.")
}

fn average_prefix() -> String {
    format!("{BESIDE}average.")
}

/// Writes a model, what its optimizer remembers, perhaps an average of the model, and a text that describes the run.
///
/// # Errors
/// As for [`save`](super::save) and [`save_optimizer`](super::save_optimizer).
pub(crate) fn save_run<M: Model, O: Resumable>(
    path: &Path,
    model: &M,
    optimizer: &O,
    average: Option<&M>,
    run: &str,
) -> Result<(), Error> {
    let memory = OptimizerMemory::of::<M, O>(optimizer)?;
    let optimizer_metadata = memory.metadata(optimizer.name());
    let mut metadata = vec![("model", M::NAME), (RUN, run)];
    metadata.extend(optimizer_metadata.iter().map(|(key, value)| (*key, value.as_str())));
    let mut tensors = entries(model, "");
    if let Some(average) = average {
        tensors.extend(entries(average, &average_prefix()));
    }
    tensors.extend(memory.entries::<M>(&optimizer_prefix()));
    file::write(path, &metadata, &tensors)
}

/// A file of [`save_run`], read.
pub(crate) struct RunFile<'p> {
    path: &'p Path,
    bytes: Vec<u8>,
}

impl<'p> RunFile<'p> {
    /// # Errors
    /// [`Error::Io`] when it cannot be read.
    pub(crate) fn read(path: &'p Path) -> Result<Self, Error> {
        Ok(RunFile { path, bytes: file::read(path)? })
    }

    /// The text that describes the run.
    ///
    /// # Errors
    /// [`Error::BadFile`] when it is no file of a run.
    pub(crate) fn run(&self) -> Result<String, Error> {
        file::parse(&self.bytes, self.path)?;
        let (Some(_), Some(run)) = (Header::of(&self.bytes), file::metadata_of(&self.bytes, RUN)) else {
            return Err(
                self.bad("it holds no run to be continued; a file of a model alone is read by `load`")
            );
        };
        Ok(run)
    }

    fn bad(&self, problem: &str) -> Error {
        Error::BadFile { path: self.path.to_path_buf(), problem: problem.to_owned() }
    }

    /// Puts the model, the optimizer and the average in the state that they were saved in. After an error they are as they
    /// were.
    ///
    /// # Errors
    /// [`Error::BadFile`] when it is no such file, or of another model, optimizer or kind of run: a changed model is
    /// described tensor by tensor.
    pub(crate) fn restore<M: Model, O: Resumable>(
        &self,
        model: &mut M,
        optimizer: &mut O,
        average: Option<&mut M>,
    ) -> Result<(), Error> {
        self.run()?;
        let tensors = file::parse(&self.bytes, self.path)?;
        let header = Header::of(&self.bytes).expect("the file is one of a run");
        let mut wanted: Vec<Wanted> = M::layout().tensors.iter().map(|info| Wanted::of(info, "")).collect();
        let saved_from = file::metadata_of(&self.bytes, "model");
        Difference::new(&wanted, &tensors).check(self.path, M::NAME, saved_from.as_deref())?;
        header.check(optimizer.name(), self.path)?;
        wanted.extend(header.wanted::<M>(&optimizer_prefix(), &tensors));
        if average.is_some() {
            let prefix = average_prefix();
            if !tensors.names().iter().any(|name| name.starts_with(&prefix)) {
                return Err(self.bad(
                    "it holds no average of the parameters; continue without `ema`, as the run was started",
                ));
            }
            wanted.extend(M::layout().tensors.iter().map(|info| Wanted::of(info, &prefix)));
        }
        Difference::new(&wanted, &tensors).check(self.path, M::NAME, saved_from.as_deref())?;
        header.restore::<M, O>(optimizer, &optimizer_prefix(), &tensors, self.path)?;
        read_state("", &tensors, model.state_mut());
        if let Some(average) = average {
            read_state(&average_prefix(), &tensors, average.state_mut());
        }
        Ok(())
    }
}
