//! Writing a safetensors file, aside and then renamed.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use macrograd_runtime::state::{Layout, State};

use crate::Error;

/// The header is padded to this many bytes, so that the data after it is aligned for any element type.
const HEADER_ALIGN: usize = 8;

pub(super) fn io_error(action: &'static str, path: &Path, source: io::Error) -> Error {
    Error::Io { action, path: path.to_path_buf(), source }
}

/// Writes the tensors of `state` to `path`, which is replaced when all is on disk.
pub(super) fn write(path: &Path, model: &str, state: &State) -> Result<(), Error> {
    let aside = aside(path)?;
    let written = write_new(&aside, model, state)
        .map_err(|source| io_error("write", path, source))
        .and_then(|()| fs::rename(&aside, path).map_err(|source| io_error("replace", path, source)));
    if written.is_err() {
        // What went wrong is already being reported; the file may not even exist.
        let _ = fs::remove_file(&aside);
    }
    written
}

/// A new name in the folder of `path`: a rename is only atomic within one file system.
fn aside(path: &Path) -> Result<PathBuf, Error> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let Some(name) = path.file_name() else {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "this path has no file name");
        return Err(io_error("write", path, source));
    };
    let mut aside = OsString::from(".");
    aside.push(name);
    aside.push(format!(".{}-{}.tmp", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    Ok(path.with_file_name(aside))
}

fn write_new(path: &Path, model: &str, state: &State) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let mut out = BufWriter::new(file);
    let header = header(model, state.layout());
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    for info in state.layout().tensors {
        for value in &state.values()[info.offset..][..info.numel()] {
            out.write_all(&value.to_le_bytes())?;
        }
    }
    let file: File = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    // Without it a crash of the machine could leave the new name with the old length of zero.
    file.sync_all()
}

/// The JSON header. Written here because the `safetensors` crate orders its metadata by a random hash and wants all
/// tensors in one buffer: this way equal models give equal files, and values go straight to the disk.
fn header(model: &str, layout: &Layout) -> String {
    let mut json = String::from("{\"__metadata__\":{\"format\":\"macrograd\",\"model\":");
    push_string(&mut json, model);
    json.push('}');
    let mut start = 0;
    for info in layout.tensors {
        let end = start + size_of::<f32>() * info.numel();
        json.push(',');
        push_string(&mut json, info.name);
        let shape = info.shape;
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
