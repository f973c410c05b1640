//! What an optimizer remembers, as a safetensors file.

use std::path::Path;

use macrograd_runtime::state::{Kind, TensorInfo};
use safetensors::SafeTensors;

use super::difference::{Difference, Wanted};
use super::file::{self, Entry, Numbers};
use crate::optim::{Moment, OptimizerState, Resumable};
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
    let memory = OptimizerMemory::of::<M, O>(optimizer)?;
    let metadata = memory.metadata(optimizer.name());
    let metadata: Vec<(&str, &str)> = metadata.iter().map(|(key, value)| (*key, value.as_str())).collect();
    file::write(path.as_ref(), &[&[("model", M::NAME)], &metadata[..]].concat(), &memory.entries::<M>(""))
}

/// What an optimizer remembers of a model, to be written.
pub(super) struct OptimizerMemory {
    state: OptimizerState,
    /// Shapes of what is kept in another layout.
    lens: Vec<[usize; 1]>,
}

impl OptimizerMemory {
    pub(super) fn of<M: Model, O: Resumable>(optimizer: &O) -> Result<Self, Error> {
        let state = optimizer.state();
        let expected = M::layout().trainable_len;
        if let Some(moment) = state.moments.iter().find(|moment| moment.len() != expected) {
            return Err(Error::ElementCount { shape: vec![expected], expected, found: moment.len() });
        }
        let lens = state.others.iter().map(|values| [values.len()]).collect();
        Ok(OptimizerMemory { state, lens })
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
    pub(super) fn entries<M: Model>(&self, below: &str) -> Vec<Entry<'_>> {
        let lists = self.state.others.iter().zip(&self.lens).enumerate().map(|(index, (values, shape))| {
            Entry { name: format!("{below}{}", list_name(index)), shape, values: numbers(values) }
        });
        let moments = self.state.moments.iter().enumerate().flat_map(|(index, moment)| {
            let prefix = format!("{below}{}", prefix(index));
            trained::<M>().map(move |info| Entry::of(info, &prefix, numbers(moment)))
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
    let path = path.as_ref();
    let bad_file = |problem| Error::BadFile { path: path.to_path_buf(), problem };
    let bytes = file::read(path)?;
    let tensors = file::parse(&bytes, path)?;
    let Some(header) = Header::of(&bytes) else {
        let remedy = "give a file of `save_optimizer`; the model itself is read by `load`";
        return Err(bad_file(format!("it does not say of which optimizer and step it is; {remedy}")));
    };
    header.check(optimizer.name(), path)?;
    let wanted = header.wanted::<M>("", &tensors);
    Difference::new(&wanted, &tensors).check(path, M::NAME, file::metadata_of(&bytes, "model").as_deref())?;
    header.restore::<M, O>(optimizer, "", &tensors, path)
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
    pub(super) fn wanted<M: Model>(&self, below: &str, tensors: &SafeTensors<'_>) -> Vec<Wanted> {
        let moments = (0..self.num_moments).flat_map(|index| {
            let prefix = format!("{below}{}", prefix(index));
            trained::<M>().map(move |info| Wanted::of(info, &prefix))
        });
        let lists =
            (0..self.num_others).map(|index| Wanted::list(format!("{below}{}", list_name(index)), tensors));
        moments.chain(lists).collect()
    }

    /// Hands all to the optimizer. The tensors are those of [`wanted`](Header::wanted).
    pub(super) fn restore<M: Model, O: Resumable>(
        &self,
        optimizer: &mut O,
        below: &str,
        tensors: &SafeTensors<'_>,
        path: &Path,
    ) -> Result<(), Error> {
        let read = |name: &str, values: &mut [M::Float]| {
            super::decode(&tensors.tensor(name).expect("every tensor was found before"), values);
        };
        let moment = |index| {
            let mut moment = vec![M::Float::default(); M::layout().trainable_len];
            for info in trained::<M>() {
                let values = &mut moment[info.offset..][..info.numel()];
                read(&format!("{below}{}{}", prefix(index), info.name), values);
            }
            Moment::of(moment)
        };
        let list = |index| {
            let name = format!("{below}{}", list_name(index));
            let len = tensors.tensor(&name).map_or(0, |tensor| tensor.shape().iter().product());
            let mut values = vec![M::Float::default(); len];
            read(&name, &mut values);
            Moment::of(values)
        };
        let state = OptimizerState {
            steps: self.steps,
            scalars: self.scalars.clone(),
            moments: (0..self.num_moments).map(moment).collect(),
            others: (0..self.num_others).map(list).collect(),
        };
        optimizer.restore::<M>(&state).map_err(|error| match error {
            Error::ElementCount { expected, found, .. } => Error::BadFile {
                path: path.to_path_buf(),
                problem: format!(
                    "it holds {found} numbers, but this `{}` keeps {expected} for `{}`; construct it with the settings \
                     that it was saved with",
                    self.name,
                    M::NAME
                ),
            },
            other => other,
        })
    }
}

fn trained<M: Model>() -> impl Iterator<Item = &'static TensorInfo> {
    M::layout().tensors.iter().filter(|info| info.kind == Kind::Trainable)
}

/// Of the names of one moment's tensors.
fn prefix(index: usize) -> String {
    format!("moment{index}.")
}

/// Name of what is kept in another layout.
fn list_name(index: usize) -> String {
    format!("other{index}")
}
