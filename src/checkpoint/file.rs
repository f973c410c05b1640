//! Writing and reading a safetensors file.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::marker::PhantomData;
use std::ops::Range;
use std::path::Path;

use macrograd_runtime::float::{Either, Family, Float};

use safetensors::{SafeTensorError, SafeTensors};

use crate::Error;
use crate::replace::replace;

/// The header is padded to this many bytes, so that the data after it is aligned for any element type.
const HEADER_ALIGN: usize = 8;

/// Numbers to be written, which are stored in their own type.
#[derive(Clone, Copy)]
pub(super) enum Numbers<'a> {
    F32(&'a [f32]),
    F64(&'a [f64]),
}

impl<'a> Numbers<'a> {
    /// Those of a computing type.
    pub(super) fn of<F: Float>(values: &'a [F]) -> Numbers<'a> {
        match F::either::<Slices<'a>>(values) {
            Either::F32(values) => Numbers::F32(values),
            Either::F64(values) => Numbers::F64(values),
        }
    }

    /// Some of them.
    pub(super) fn part(self, range: Range<usize>) -> Numbers<'a> {
        match self {
            Numbers::F32(values) => Numbers::F32(&values[range]),
            Numbers::F64(values) => Numbers::F64(&values[range]),
        }
    }
}

/// Slices of both computing types.
struct Slices<'a>(PhantomData<&'a ()>);

impl<'a> Family for Slices<'a> {
    type Of<F: Float> = &'a [F];
}

/// One tensor to be written.
pub(super) struct Entry<'a> {
    pub(super) name: String,
    pub(super) shape: &'a [usize],
    /// As many as the shape says.
    pub(super) values: Numbers<'a>,
}

/// Writes these tensors to `path`, which is replaced when all is on disk.
pub(super) fn write(path: &Path, metadata: &[(&str, &str)], entries: &[Entry<'_>]) -> Result<(), Error> {
    replace(path, |out| write_content(out, metadata, entries))
}

fn write_content(out: &mut impl Write, metadata: &[(&str, &str)], entries: &[Entry<'_>]) -> io::Result<()> {
    let header = header(metadata, entries);
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    for entry in entries {
        match entry.values {
            Numbers::F32(values) => {
                values.iter().try_for_each(|value| out.write_all(&value.to_le_bytes()))?
            }
            Numbers::F64(values) => {
                values.iter().try_for_each(|value| out.write_all(&value.to_le_bytes()))?
            }
        }
    }
    Ok(())
}

/// The JSON header. Written here because the `safetensors` crate orders its metadata by a random hash and wants all
/// tensors in one buffer: this way equal models give equal files, and values go straight to the disk.
fn header(metadata: &[(&str, &str)], entries: &[Entry<'_>]) -> String {
    let mut json = String::from("{\"__metadata__\":{\"format\":\"macrograd\"");
    for (key, value) in metadata {
        json.push(',');
        push_string(&mut json, key);
        json.push(':');
        push_string(&mut json, value);
    }
    json.push('}');
    let mut start = 0;
    for Entry { name, shape, values } in entries {
        let (dtype, bytes) = match values {
            Numbers::F32(values) => ("F32", size_of_val(*values)),
            Numbers::F64(values) => ("F64", size_of_val(*values)),
        };
        let end = start + bytes;
        json.push(',');
        push_string(&mut json, name);
        write!(json, ":{{\"dtype\":\"{dtype}\",\"shape\":{shape:?},\"data_offsets\":[{start},{end}]}}")
            .expect("a String takes any text");
        start = end;
    }
    json.push('}');
    let padded = json.len().next_multiple_of(HEADER_ALIGN);
    json.extend(std::iter::repeat_n(' ', padded - json.len()));
    json
}

/// Appends a JSON string.
fn push_string(json: &mut String, text: &str) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\0'..='\x1f' => {
                write!(json, "\\u{:04x}", u32::from(character)).expect("a String takes any text")
            }
            _ => json.push(character),
        }
    }
    json.push('"');
}

/// The bytes of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|source| Error::Io { action: "read", path: path.to_path_buf(), source })
}

/// The tensors in the bytes of a file.
pub(super) fn parse<'a>(bytes: &'a [u8], path: &Path) -> Result<SafeTensors<'a>, Error> {
    SafeTensors::deserialize(bytes).map_err(|error| not_whole(path, bytes.len(), &error))
}

/// A value in the metadata of a file that [`parse`] accepts.
pub(super) fn metadata_of(bytes: &[u8], key: &str) -> Option<String> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).ok()?;
    metadata.metadata().as_ref()?.get(key).cloned()
}

fn not_whole(path: &Path, len: usize, error: &SafeTensorError) -> Error {
    let remedy = match error {
        SafeTensorError::HeaderTooSmall
        | SafeTensorError::InvalidHeaderLength
        | SafeTensorError::MetadataIncompleteBuffer => {
            "its length does not agree with its header; it was cut short or changed, so copy or save it again"
        }
        _ => {
            "it is damaged or of another format; `.pt` and `.pth` files are converted by \
             `safetensors.torch.save_file(torch.load(…), …)` in Python"
        }
    };
    let problem = format!("not a whole safetensors file of {len} bytes ({error}): {remedy}");
    Error::BadFile { path: path.to_path_buf(), problem }
}
