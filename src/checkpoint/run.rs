//! All that a run needs to go on, as one safetensors file: it is replaced at once, so no part of it is of another step.

use std::path::Path;

use macrograd_runtime::float::Float;
use safetensors::SafeTensors;

use super::difference::{Difference, Wanted};
use super::file::{self, Entry};
use super::optimizer::{Header, OptimizerMemory, misfit};
use super::{BESIDE, States, entries, read_any_state};
use crate::optim::{ModelKind, OptimizerState, Resumable};
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
    let memory = OptimizerMemory::of(ModelKind::of::<M>(), optimizer.state())?;
    let mut tensors = entries(model, "");
    if let Some(average) = average {
        tensors.extend(entries(average, &average_prefix()));
    }
    tensors.extend(memory.entries(&optimizer_prefix()));
    let optimizer_metadata = memory.metadata(optimizer.name());
    write_run(path, M::NAME, run, &optimizer_metadata, &tensors)
}

fn write_run(
    path: &Path,
    model: &str,
    run: &str,
    optimizer: &[(&str, String)],
    tensors: &[Entry<'_>],
) -> Result<(), Error> {
    let mut metadata = vec![("model", model), (RUN, run)];
    metadata.extend(optimizer.iter().map(|(key, value)| (*key, value.as_str())));
    file::write(path, &metadata, tensors)
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

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.path
    }

    /// An error when the model has other tensors, which are told one by one.
    ///
    /// # Errors
    /// [`Error::BadFile`].
    pub(crate) fn check_model<M: Model>(&self) -> Result<(), Error> {
        let tensors = file::parse(&self.bytes, self.path)?;
        self.check_tensors(ModelKind::of::<M>(), &tensors).map(|_| ())
    }

    /// The tensors that the model has, which the file holds.
    fn check_tensors(&self, model: ModelKind, tensors: &SafeTensors<'_>) -> Result<Vec<Wanted>, Error> {
        let wanted: Vec<Wanted> = model.layout.tensors.iter().map(|info| Wanted::of(info, "")).collect();
        let saved_from = file::metadata_of(&self.bytes, "model");
        Difference::new(&wanted, tensors).check(self.path, model.name, saved_from.as_deref())?;
        Ok(wanted)
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
        let kind = ModelKind::of::<M>();
        let tensors = file::parse(&self.bytes, self.path)?;
        let state = self.optimizer_state(kind, optimizer.name(), average.is_some(), &tensors)?;
        optimizer.restore::<M>(&state).map_err(|error| misfit(error, optimizer.name(), kind, self.path))?;
        read_any_state("", &tensors, M::Float::either::<States<'_>>(model.state_mut()));
        if let Some(average) = average {
            let average = M::Float::either::<States<'_>>(average.state_mut());
            read_any_state(&average_prefix(), &tensors, average);
        }
        Ok(())
    }

    /// What the optimizer remembered, once it is clear that the file holds all that is wanted.
    fn optimizer_state(
        &self,
        model: ModelKind,
        optimizer: &str,
        has_average: bool,
        tensors: &SafeTensors<'_>,
    ) -> Result<OptimizerState, Error> {
        self.run()?;
        let header = Header::of(&self.bytes).expect("the file is one of a run");
        let mut wanted = self.check_tensors(model, tensors)?;
        header.check(optimizer, self.path)?;
        wanted.extend(header.wanted(model, &optimizer_prefix(), tensors));
        if has_average {
            let prefix = average_prefix();
            if !tensors.names().iter().any(|name| name.starts_with(&prefix)) {
                return Err(self.bad(
                    "it holds no average of the parameters; continue without `ema`, as the run was started",
                ));
            }
            wanted.extend(model.layout.tensors.iter().map(|info| Wanted::of(info, &prefix)));
        }
        let saved_from = file::metadata_of(&self.bytes, "model");
        Difference::new(&wanted, tensors).check(self.path, model.name, saved_from.as_deref())?;
        Ok(header.state(model, &optimizer_prefix(), tensors))
    }
}
