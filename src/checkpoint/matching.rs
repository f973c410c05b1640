//! Parameters of another model, as far as they fit.

use std::fmt;
use std::path::Path;

use macrograd_runtime::float::{Either, Float};
use macrograd_runtime::state::State;

use super::{States, decode, file, is_ignored, is_loadable};
use crate::{Error, Model};

/// What [`load_matching`] has taken, and what not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matched {
    /// Tensors of the model that have the values of the file.
    pub loaded: Vec<String>,
    /// Tensors of the model that the file lacks; they are as they were.
    pub missing: Vec<String>,
    /// Tensors of the model that have another shape, or no real elements, in the file; they are as they were.
    pub differing: Vec<String>,
    /// Tensors of the file that the model lacks.
    pub unused: Vec<String>,
}

impl fmt::Display for Matched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tensors are loaded", self.loaded.len())?;
        let lists =
            [("missing", &self.missing), ("of another shape", &self.differing), ("unused", &self.unused)];
        for (what, names) in lists.into_iter().filter(|(_, names)| !names.is_empty()) {
            write!(f, "; {what}: {}", names.join(", "))?;
        }
        Ok(())
    }
}

/// Takes those parameters and buffers of a file that have the name and the shape of one of the model: of a plain model for
/// one with [`LoraLinear`](crate::nn::LoraLinear), or all but the last layer for other classes. What fits is told, so that
/// a program can insist on it.
///
/// ```no_run
/// # use macrograd::{Error, Model, checkpoint};
/// # fn fine_tune<M: Model>(net: &mut M) -> Result<(), Error> {
/// let matched = checkpoint::load_matching(net, "base.safetensors")?;
/// assert!(matched.unused.is_empty(), "{matched}");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::Io`] when the file cannot be read; [`Error::BadFile`] when it is not a whole safetensors file, or nothing in it
/// fits. Then the model is as it was.
pub fn load_matching<M: Model>(model: &mut M, path: impl AsRef<Path>) -> Result<Matched, Error> {
    match M::Float::either::<States<'_>>(model.state_mut()) {
        Either::F32(state) => load(path.as_ref(), M::NAME, state),
        Either::F64(state) => load(path.as_ref(), M::NAME, state),
    }
}

fn load<F: Float>(path: &Path, model: &str, state: &mut State<F>) -> Result<Matched, Error> {
    let bytes = file::read(path)?;
    let tensors = file::parse(&bytes, path)?;
    let (layout, mut matched) = (state.layout(), Matched::default());
    for info in layout.tensors {
        let name = info.name.to_owned();
        let Ok(tensor) = tensors.tensor(info.name) else {
            matched.missing.push(name);
            continue;
        };
        if tensor.shape() != info.shape || !is_loadable(tensor.dtype()) {
            matched.differing.push(name);
            continue;
        }
        decode(&tensor, &mut state.values_mut()[info.offset..][..info.numel()]);
        matched.loaded.push(name);
    }
    let is_of_model = |name: &str| layout.tensors.iter().any(|info| info.name == name);
    let unused = tensors.names().into_iter().filter(|name| !is_of_model(name) && !is_ignored(name));
    matched.unused = unused.map(str::to_owned).collect();
    matched.unused.sort();
    if matched.loaded.is_empty() {
        let problem =
            format!("none of its tensors has the name and the shape of one of `{model}` ({matched})");
        return Err(Error::BadFile { path: path.to_path_buf(), problem });
    }
    Ok(matched)
}
