//! What an optimizer remembers, as a safetensors file.

use std::path::Path;

use macrograd_runtime::float::Float;
use macrograd_runtime::state::{Kind, TensorInfo};
use safetensors::SafeTensors;

use super::difference::{Difference, Wanted};
use super::file::{self, Entry, Numbers};
use crate::optim::{ModelKind, Moment, OptimizerState, Resumable};
use crate::{Error, Model};

/// Writes what `optimizer` remembers of `M` to a safetensors file: its moments by trained parameter
/// (`moment0.conv1.weight`, …), what it keeps in another layout as lists (`other0`), and in the metadata its name, the
/// number of steps and other numbers. Rates and other settings are not in it: they come from the program. Replaces a file at once or not at all, as [`save`](super::save) does.
///
/// ```no_run
/// use macrograd::optim::Adam;
/// use macrograd::{Error, Model, checkpoint};
///
/// fn resume<M: Model>() -> Result<(M, Adam), Error> {
///     let mut optimizer = Adam::new(1e-3);
///     checkpoint::load_optimizer::<M, _>(&mut optimizer, "run/optimizer.safetensors")?;
///     Ok((checkpoint::load("run/model.safetensors")?, optimizer))
/// }
/// ```
///
/// # Errors
/// [`Error::Io`] when the file cannot be written; [`Error::ElementCount`] when the optimizer has been used with a model
/// of another size.
pub fn save_optimizer<M: Model, O: Resumable>(optimizer: &O, path: impl AsRef<Path>) -> Result<(), Error> {
    let memory = OptimizerMemory::of(ModelKind::of::<M>(), optimizer.state())?;
    memory.write(optimizer.name(), path.as_ref())
}

/// What an optimizer remembers of a model, to be written.
pub(super) struct OptimizerMemory {
    state: OptimizerState,
    /// Shapes of what is kept in another layout.
    lens: Vec<[usize; 1]>,
    model: ModelKind,
}

impl OptimizerMemory {
    pub(super) fn of(model: ModelKind, state: OptimizerState) -> Result<Self, Error> {
        let expected = model.layout.trainable_len;
        if let Some(moment) = state.moments.iter().find(|moment| moment.len() != expected) {
            return Err(Error::ElementCount { shape: vec![expected], expected, found: moment.len() });
        }
        let lens = state.others.iter().map(|values| [values.len()]).collect();
        Ok(OptimizerMemory { state, lens, model })
    }

    fn write(&self, name: &str, path: &Path) -> Result<(), Error> {
        let metadata = self.metadata(name);
        let mut all = vec![("model", self.model.name)];
        all.extend(metadata.iter().map(|(key, value)| (*key, value.as_str())));
        file::write(path, &all, &self.entries(""))
    }

    /// What [`Header`] reads.
    pub(super) fn metadata(&self, name: &str) -> [(&'static str, String); 5] {
        let OptimizerState { steps, scalars, moments, others } = &self.state;
        // Rust writes as many digits as it needs to read the same number again.
        let scalars: Vec<String> = scalars.iter().map(f64::to_string).collect();
        [
            ("optimizer", name.to_owned()),
            ("steps", steps.to_string()),
            ("scalars", scalars.join(" ")),
            ("moments", moments.len().to_string()),
            ("others", others.len().to_string()),
        ]
    }

    /// The tensors, their names below a prefix.
    pub(super) fn entries(&self, below: &str) -> Vec<Entry<'_>> {
        let lists = self.state.others.iter().zip(&self.lens).enumerate().map(|(index, (values, shape))| {
            Entry { name: format!("{below}{}", list_name(index)), shape, values: numbers(values) }
        });
        let moments = self.state.moments.iter().enumerate().flat_map(|(index, moment)| {
            let prefix = format!("{below}{}", prefix(index));
            trained(self.model).map(move |info| Entry::of(info, &prefix, numbers(moment)))
        });
        moments.chain(lists).collect()
    }
}

/// Lets `optimizer` continue from a file of [`save_optimizer`]. After an error it is as it was.
///
/// # Errors
/// [`Error::Io`] when the file cannot be read; [`Error::BadFile`] when it is not a whole safetensors file, is of another
/// optimizer or of other settings, or its tensors are not those of the model, as for [`load`](super::load).
pub fn load_optimizer<M: Model, O: Resumable>(
    optimizer: &mut O,
    path: impl AsRef<Path>,
) -> Result<(), Error> {
    let (path, model) = (path.as_ref(), ModelKind::of::<M>());
    let state = read_optimizer(model, optimizer.name(), path)?;
    optimizer.restore::<M>(&state).map_err(|error| misfit(error, optimizer.name(), model, path))
}

/// What a file of [`save_optimizer`] holds.
fn read_optimizer(model: ModelKind, optimizer: &str, path: &Path) -> Result<OptimizerState, Error> {
    let bytes = file::read(path)?;
    let tensors = file::parse(&bytes, path)?;
    let Some(header) = Header::of(&bytes) else {
        let problem = "it does not say of which optimizer and step it is; give a file of `save_optimizer`; the model itself \
                       is read by `load`";
        return Err(Error::BadFile { path: path.to_path_buf(), problem: problem.to_owned() });
    };
    header.check(optimizer, path)?;
    let wanted = header.wanted(model, "", &tensors);
    let saved_from = file::metadata_of(&bytes, "model");
    Difference::new(&wanted, &tensors).check(path, model.name, saved_from.as_deref())?;
    Ok(header.state(model, "", &tensors))
}

/// The error of an optimizer that does not take a state, as that of the file.
pub(super) fn misfit(error: Error, optimizer: &str, model: ModelKind, path: &Path) -> Error {
    let Error::ElementCount { expected, found, .. } = error else { return error };
    let problem = format!(
        "it holds {found} numbers, but this `{optimizer}` keeps {expected} for `{}`; construct it with the settings that \
         it was saved with",
        model.name
    );
    Error::BadFile { path: path.to_path_buf(), problem }
}

fn numbers(moment: &Moment) -> Numbers<'_> {
    match moment {
        Moment::F32(values) => Numbers::F32(values),
        Moment::F64(values) => Numbers::F64(values),
    }
}

/// More buffers than any optimizer keeps: a damaged number must not keep the reader busy.
const MAX_BUFFERS: usize = 1 << 16;

/// What the metadata of a file say.
pub(super) struct Header {
    name: String,
    steps: u64,
    scalars: Vec<f64>,
    num_moments: usize,
    num_others: usize,
}

impl Header {
    pub(super) fn of(bytes: &[u8]) -> Option<Header> {
        let text = |key| file::metadata_of(bytes, key);
        let scalars = text("scalars")?;
        Some(Header {
            name: text("optimizer")?,
            steps: text("steps")?.parse().ok()?,
            scalars: scalars.split_whitespace().map(|scalar| scalar.parse().ok()).collect::<Option<_>>()?,
            num_moments: text("moments")?.parse().ok().filter(|&count| count <= MAX_BUFFERS)?,
            num_others: text("others")?.parse().ok().filter(|&count| count <= MAX_BUFFERS)?,
        })
    }

    /// An error when the file is of another optimizer.
    pub(super) fn check(&self, optimizer: &str, path: &Path) -> Result<(), Error> {
        let name = &self.name;
        if name == optimizer {
            return Ok(());
        }
        let problem = format!(
            "it was saved from `{name}`, but is loaded into `{optimizer}`; continue with the same kind of optimizer, or start \
             a new one"
        );
        Err(Error::BadFile { path: path.to_path_buf(), problem })
    }

    /// The tensors that the file must hold, their names below a prefix.
    pub(super) fn wanted(&self, model: ModelKind, below: &str, tensors: &SafeTensors<'_>) -> Vec<Wanted> {
        let moments = (0..self.num_moments).flat_map(|index| {
            let prefix = format!("{below}{}", prefix(index));
            trained(model).map(move |info| Wanted::of(info, &prefix))
        });
        let lists =
            (0..self.num_others).map(|index| Wanted::list(format!("{below}{}", list_name(index)), tensors));
        moments.chain(lists).collect()
    }

    /// What the optimizer remembered. The tensors are those of [`wanted`](Header::wanted).
    pub(super) fn state(&self, model: ModelKind, below: &str, tensors: &SafeTensors<'_>) -> OptimizerState {
        match model.is_double() {
            true => self.state_in::<f64>(model, below, tensors),
            false => self.state_in::<f32>(model, below, tensors),
        }
    }

    fn state_in<F: Float>(&self, model: ModelKind, below: &str, tensors: &SafeTensors<'_>) -> OptimizerState {
        let read = |name: &str, values: &mut [F]| {
            super::decode(&tensors.tensor(name).expect("every tensor was found before"), values);
        };
        let moment = |index| {
            let mut moment = vec![F::default(); model.layout.trainable_len];
            for info in trained(model) {
                let values = &mut moment[info.offset..][..info.numel()];
                read(&format!("{below}{}{}", prefix(index), info.name), values);
            }
            Moment::of(moment)
        };
        let list = |index| {
            let name = format!("{below}{}", list_name(index));
            let len = tensors.tensor(&name).map_or(0, |tensor| tensor.shape().iter().product());
            let mut values = vec![F::default(); len];
            read(&name, &mut values);
            Moment::of(values)
        };
        OptimizerState {
            steps: self.steps,
            scalars: self.scalars.clone(),
            moments: (0..self.num_moments).map(moment).collect(),
            others: (0..self.num_others).map(list).collect(),
        }
    }
}

fn trained(model: ModelKind) -> impl Iterator<Item = &'static TensorInfo> {
    model.layout.tensors.iter().filter(|info| info.kind == Kind::Trainable)
}

/// Of the names of one moment's tensors.
fn prefix(index: usize) -> String {
    format!("moment{index}.")
}

/// Name of what is kept in another layout.
fn list_name(index: usize) -> String {
    format!("other{index}")
}
