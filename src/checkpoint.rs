//! Parameters and buffers of a model in a safetensors file, which PyTorch and others read and write as well.
//!
//! Tensors are named by the paths of their fields, as in a PyTorch `state_dict` (`conv1.weight`), and stored as F32, those of a
//! model in `f64` as F64.
//! [`load_matching`] takes what fits of a file of another model.
//! [`save`] replaces a file at once or not at all; [`load`] says everything that does not fit in one message.
//! [`save_optimizer`] and [`load_optimizer`] do the same for what an optimizer remembers, so that a run can be stopped
//! and continued with the same bits.
//!
//! ```no_run
//! use macrograd::{Error, Model, checkpoint};
//!
//! fn save_and_load<M: Model>(model: &M) -> Result<M, Error> {
//!     checkpoint::save(model, "model.safetensors")?;
//!     checkpoint::load("model.safetensors")
//! }
//! ```
//!
//! In Python, `safetensors.torch.save_file(net.state_dict(), "model.safetensors")` writes a file for [`load`], and
//! `net.load_state_dict(safetensors.torch.load_file("model.safetensors"))` reads one of [`save`].
//!
//! # Source
//! <https://github.com/huggingface/safetensors#format>

mod declaration;
mod difference;
mod file;
mod matching;
mod optimizer;
mod run;

use std::marker::PhantomData;
use std::path::Path;

use macrograd_runtime::float::{Either, Family, Float};
use macrograd_runtime::state::{Layout, State, TensorInfo};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::{Error, Model};
pub(crate) use declaration::declaration;
use difference::{Difference, Wanted};
use file::{Entry, Numbers};
pub use matching::{Matched, load_matching};
pub use optimizer::{load_optimizer, save_optimizer};
pub(crate) use run::{RunFile, save_run};

/// Counters that PyTorch's batch normalisation keeps and that no computation here needs.
const IGNORED_SUFFIX: &str = "num_batches_tracked";

/// Writes all parameters and buffers of a model to a safetensors file: F32, little-endian, in the order of the layout,
/// with the metadata `format: macrograd` and `model:` the name of the struct. Equal models give equal bytes.
///
/// The file is written beside its final place and renamed when it is complete, so that a crash or a full disk leaves
/// an earlier file as it was. The folder must exist.
///
/// # Errors
/// [`Error::Io`] when the file cannot be created, written or put in place.
pub fn save<M: Model>(model: &M, path: impl AsRef<Path>) -> Result<(), Error> {
    file::write(path.as_ref(), &[("model", M::NAME)], &entries(model, ""))
}

/// All tensors of a model, their names below a prefix.
fn entries<'a, M: Model>(model: &'a M, below: &str) -> Vec<Entry<'a>> {
    entries_of(M::layout(), Numbers::of(model.state().values()), below)
}

fn entries_of<'a>(layout: &'static Layout, values: Numbers<'a>, below: &str) -> Vec<Entry<'a>> {
    layout.tensors.iter().map(|info| Entry::of(info, below, values)).collect()
}

/// A model with the parameters and buffers of a safetensors file.
///
/// Elements may be F32, F64, F16 or BF16. Tensors named `….num_batches_tracked`, which PyTorch's batch normalisation
/// adds, are ignored; otherwise the file must hold exactly the tensors of the model.
///
/// # Errors
/// [`Error::Io`] when the file cannot be read; [`Error::BadFile`] when it is not a whole safetensors file, or its
/// tensors are not those of the model: the message lists all that are missing, unexpected, or of another shape or
/// element type.
pub fn load<M: Model>(path: impl AsRef<Path>) -> Result<M, Error> {
    let mut state = State::new(M::layout(), 0);
    load_state(path.as_ref(), M::NAME, M::Float::either::<States<'_>>(&mut state))?;
    Ok(M::from_state(state))
}

/// Replaces all parameters and buffers of a model by those of a safetensors file. After an error the model is as it
/// was.
///
/// # Errors
/// As for [`load`].
pub fn load_into<M: Model>(model: &mut M, path: impl AsRef<Path>) -> Result<(), Error> {
    load_state(path.as_ref(), M::NAME, M::Float::either::<States<'_>>(model.state_mut()))
}

/// States of both computing types.
struct States<'a>(PhantomData<&'a mut ()>);

impl<'a> Family for States<'a> {
    type Of<F: Float> = &'a mut State<F>;
}

fn load_state(path: &Path, model: &str, state: Either<States<'_>>) -> Result<(), Error> {
    match state {
        Either::F32(state) => load_into_state(path, model, state),
        Either::F64(state) => load_into_state(path, model, state),
    }
}

fn load_into_state<F: Float>(path: &Path, model: &str, state: &mut State<F>) -> Result<(), Error> {
    let bytes = file::read(path)?;
    let tensors = file::parse(&bytes, path)?;
    let layout = state.layout();
    let wanted: Vec<Wanted> = layout.tensors.iter().map(|info| Wanted::of(info, "")).collect();
    Difference::new(&wanted, &tensors).check(path, model, file::metadata_of(&bytes, "model").as_deref())?;
    read_state("", &tensors, state);
    Ok(())
}

/// As [`read_state`].
fn read_any_state(below: &str, tensors: &SafeTensors<'_>, state: Either<States<'_>>) {
    match state {
        Either::F32(state) => read_state(below, tensors, state),
        Either::F64(state) => read_state(below, tensors, state),
    }
}

/// Takes all values from a file that is known to hold them, their names below a prefix.
fn read_state<F: Float>(below: &str, tensors: &SafeTensors<'_>, state: &mut State<F>) {
    let layout = state.layout();
    let values = state.values_mut();
    for info in layout.tensors {
        let name = format!("{below}{}", info.name);
        let tensor = tensors.tensor(&name).expect("every tensor of the layout was found before");
        decode(&tensor, &mut values[info.offset..][..info.numel()]);
    }
}

impl<'a> Entry<'a> {
    /// A tensor of a flat buffer, its name below a prefix.
    fn of(info: &'a TensorInfo, prefix: &str, values: Numbers<'a>) -> Entry<'a> {
        let values = values.part(info.offset..info.offset + info.numel());
        Entry { name: format!("{prefix}{}", info.name), shape: info.shape, values }
    }
}

/// Whether elements of this type can become those of a model.
fn is_loadable(dtype: Dtype) -> bool {
    matches!(dtype, Dtype::F32 | Dtype::F64 | Dtype::F16 | Dtype::BF16)
}

/// In front of the names of tensors that are no part of the model: no path of a field begins with it. Files of a run hold
/// the memory of the optimizer and an average below it, and can be loaded as a model alone.
const BESIDE: char = '@';

/// Whether the layout need not have this tensor of a file.
fn is_ignored(name: &str) -> bool {
    name.starts_with(BESIDE) || name.rsplit('.').next() == Some(IGNORED_SUFFIX)
}

fn decode<F: Float>(tensor: &TensorView<'_>, values: &mut [F]) {
    fn each<F: Float, const N: usize>(bytes: &[u8], values: &mut [F], value: impl Fn([u8; N]) -> f64) {
        for (out, &bytes) in values.iter_mut().zip(bytes.as_chunks::<N>().0) {
            *out = F::from_f64(value(bytes));
        }
    }
    let bytes = tensor.data();
    match tensor.dtype() {
        Dtype::F64 => each(bytes, values, f64::from_le_bytes),
        Dtype::F16 => each(bytes, values, |bytes| f16_to_f32(u16::from_le_bytes(bytes)).into()),
        Dtype::BF16 => {
            each(bytes, values, |bytes| f32::from_bits(u32::from(u16::from_le_bytes(bytes)) << 16).into())
        }
        _ => each(bytes, values, |bytes| f32::from_le_bytes(bytes).into()),
    }
}

/// The value of a half-precision number: a sign, 5 bits of exponent with bias 15, 10 bits of fraction.
fn f16_to_f32(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let (exponent, fraction) = (u32::from(bits >> 10) & 0x1f, u32::from(bits & 0x3ff));
    match exponent {
        // Subnormal: a multiple of 2^-24, which f32 holds as a normal number.
        0 => f32::from_bits((fraction as f32 / 16_777_216.0).to_bits() | sign),
        31 => f32::from_bits(sign | 0x7f80_0000 | (fraction << 13)),
        _ => f32::from_bits(sign | ((exponent + 127 - 15) << 23) | (fraction << 13)),
    }
}

#[cfg(test)]
mod tests {
    use super::f16_to_f32;

    #[test]
    fn half_precision_numbers_keep_their_value() {
        let cases = [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_95),
            (0x7bff, 65_504.0),
            (0x0400, 6.103_515_6e-5),
            (0x03ff, 6.097_555e-5),
            (0x8001, -5.960_464_5e-8),
            (0x7c00, f32::INFINITY),
            (0xfc00, f32::NEG_INFINITY),
        ];
        for (bits, value) in cases {
            assert_eq!(f16_to_f32(bits), value, "{bits:#06x}");
        }
        assert!(f16_to_f32(0x8000).is_sign_negative());
        assert!(f16_to_f32(0x7e00).is_nan());
    }
}
