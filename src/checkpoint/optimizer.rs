//! What an optimizer remembers, as a safetensors file.

use std::path::Path;

use macrograd_runtime::state::{Kind, TensorInfo};

use super::difference::{Difference, Wanted};
use super::file::{self, Entry};
use crate::optim::{Optimizer, OptimizerState};
use crate::{Error, Model};

/// Writes what `optimizer` remembers of `M` to a safetensors file: its moments by trained parameter
/// (`moment0.conv1.weight`, …), and in the metadata its name and the number of steps. Rates and other settings are not
/// in it: they come from the program. Replaces a file at once or not at all, as [`save`](super::save) does.
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
pub fn save_optimizer<M: Model, O: Optimizer>(optimizer: &O, path: impl AsRef<Path>) -> Result<(), Error> {
    let OptimizerState { steps, moments } = optimizer.state();
    let expected = M::layout().trainable_len;
    if let Some(moment) = moments.iter().find(|moment| moment.len() != expected) {
        return Err(Error::ElementCount { shape: vec![expected], expected, found: moment.len() });
    }
    let entries: Vec<Entry<'_>> = moments
        .iter()
        .enumerate()
        .flat_map(|(index, moment)| trained::<M>().map(move |info| Entry::of(info, &prefix(index), moment)))
        .collect();
    let metadata = [("model", M::NAME), ("optimizer", optimizer.name()), ("steps", &steps.to_string())];
    file::write(path.as_ref(), &metadata, &entries)
}

/// Lets `optimizer` continue from a file of [`save_optimizer`]. After an error it is as it was.
///
/// # Errors
/// [`Error::Io`] when the file cannot be read; [`Error::BadFile`] when it is not a whole safetensors file, is of another
/// optimizer, or its tensors are not those of the model, as for [`load`](super::load).
pub fn load_optimizer<M: Model, O: Optimizer>(
    optimizer: &mut O,
    path: impl AsRef<Path>,
) -> Result<(), Error> {
    let path = path.as_ref();
    let bad_file = |problem| Error::BadFile { path: path.to_path_buf(), problem };
    let bytes = file::read(path)?;
    let tensors = file::parse(&bytes, path)?;
    let (name, steps) = (file::metadata_of(&bytes, "optimizer"), file::metadata_of(&bytes, "steps"));
    let (Some(name), Some(steps)) = (name, steps.and_then(|steps| steps.parse::<u64>().ok())) else {
        let remedy = "give a file of `save_optimizer`; the model itself is read by `load`";
        return Err(bad_file(format!("it does not say of which optimizer and step it is; {remedy}")));
    };
    if name != optimizer.name() {
        let problem = format!(
            "it was saved from `{name}`, but is loaded into `{}`; continue with the same kind of optimizer, or start a \
             new one",
            optimizer.name()
        );
        return Err(bad_file(problem));
    }
    let num_moments = if steps == 0 { 0 } else { optimizer.num_moments() };
    let wanted: Vec<Wanted> = (0..num_moments)
        .flat_map(|index| trained::<M>().map(move |info| Wanted::of(info, &prefix(index))))
        .collect();
    Difference::new(&wanted, &tensors).check(path, M::NAME, file::metadata_of(&bytes, "model").as_deref())?;
    let read = |index| {
        let mut moment = vec![0.0; M::layout().trainable_len];
        for info in trained::<M>() {
            let name = format!("{}{}", prefix(index), info.name);
            let tensor = tensors.tensor(&name).expect("every moment was found above");
            super::decode(&tensor, &mut moment[info.offset..][..info.numel()]);
        }
        moment
    };
    optimizer.restore::<M>(&OptimizerState { steps, moments: (0..num_moments).map(read).collect() })
}

fn trained<M: Model>() -> impl Iterator<Item = &'static TensorInfo> {
    M::layout().tensors.iter().filter(|info| info.kind == Kind::Trainable)
}

/// Of the names of one moment's tensors.
fn prefix(index: usize) -> String {
    format!("moment{index}.")
}
