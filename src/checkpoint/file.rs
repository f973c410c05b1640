//! Writing a safetensors file, aside and then renamed, and reading one.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use safetensors::{SafeTensorError, SafeTensors};

use crate::Error;

/// The header is padded to this many bytes, so that the data after it is aligned for any element type.
const HEADER_ALIGN: usize = 8;

/// One tensor to be written.
pub(super) struct Entry<'a> {
    pub(super) name: String,
    pub(super) shape: &'a [usize],
    /// As many as the shape says.
    pub(super) values: &'a [f32],
}

fn io_error(action: &'static str, path: &Path, source: io::Error) -> Error {
    Error::Io { action, path: path.to_path_buf(), source }
}

/// Writes these tensors to `path`, which is replaced when all is on disk.
pub(super) fn write(path: &Path, metadata: &[(&str, &str)], entries: &[Entry<'_>]) -> Result<(), Error> {
    replace(path, |out| write_content(out, metadata, entries))
}

/// Writes a file beside `path` and renames it when all is on disk: an earlier file is replaced at once or not at all.
pub(crate) fn replace(
    path: &Path,
    content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), Error> {
    let (aside, file) = create_aside(path).map_err(|source| io_error("write", path, source))?;
    let written = write_and_sync(file, content)
        .map_err(|source| io_error("write", path, source))
        .and_then(|()| fs::rename(&aside, path).map_err(|source| io_error("replace", path, source)));
    if written.is_err() {
        // The error being reported matters more than what removing the remains may add to it.
        let _ = fs::remove_file(&aside);
    }
    written
}

/// A new file in the folder of `path`: a rename is only atomic within one file system.
fn create_aside(path: &Path) -> io::Result<(PathBuf, File)> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let Some(name) = path.file_name() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "this path has no file name"));
    };
    loop {
        let mut aside = OsString::from(".");
        aside.push(name);
        aside.push(format!(".{}-{}.tmp", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
        let aside = path.with_file_name(aside);
        match OpenOptions::new().write(true).create_new(true).open(&aside) {
            // Left by a process that was killed, or in use by one of the same number on another machine.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            opened => return opened.map(|file| (aside, file)),
        }
    }
}

fn write_and_sync(
    file: File,
    content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    content(&mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    // Without it a crash of the machine could leave the name on a file without its content.
    file.sync_all()
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
    fs::read(path).map_err(|source| io_error("read", path, source))
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
