//! Writing and reading a safetensors file.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use safetensors::{SafeTensorError, SafeTensors};

use crate::Error;
use crate::replace::replace;

/// The header is padded to this many bytes, so that the data after it is aligned for any element type.
const HEADER_ALIGN: usize = 8;

/// One tensor to be written.
pub(super) struct Entry<'a> {
    pub(super) name: String,
    pub(super) shape: &'a [usize],
    /// As many as the shape says.
    pub(super) values: &'a [f32],
}

/// Writes these tensors to `path`, which is replaced when all is on disk.
pub(super) fn write(path: &Path, metadata: &[(&str, &str)], entries: &[Entry<'_>]) -> Result<(), Error> {
    replace(path, |out| write_content(out, metadata, entries))
}

fn write_content(out: &mut impl Write, metadata: &[(&str, &str)], entries: &[Entry<'_>]) -> io::Result<()> {
    let header = header(metadata, entries);
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    for value in entries.iter().flat_map(|entry| entry.values) {
        out.write_all(&value.to_le_bytes())?;
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
        let end = start + size_of_val(*values);
        json.push(',');
        push_string(&mut json, name);
        write!(json, ":{{\"dtype\":\"F32\",\"shape\":{shape:?},\"data_offsets\":[{start},{end}]}}")
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
