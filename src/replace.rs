//! Files that are replaced at once or not at all: a program that is killed leaves the old one or the new one.
//!
//! What is no file, such as a pipe or `/dev/null`, is written to, and a link stays: what it points to is replaced.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Error;

/// Writes a file beside `path` and renames it when all is on disk: an earlier file is replaced at once or not at all.
pub(crate) fn replace(
    path: &Path,
    content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), Error> {
    let mut content = Some(content);
    replace_by(path, &mut |out| content.take().map_or(Ok(()), |content| content(out)))
}

/// Writes the content to a file.
type Write<'c> = &'c mut dyn FnMut(&mut BufWriter<File>) -> io::Result<()>;

/// As [`replace`], compiled once.
fn replace_by(path: &Path, content: Write<'_>) -> Result<(), Error> {
    let behind = behind_link(path);
    let target = behind.as_deref().unwrap_or(path);
    if fs::metadata(target).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        return write_to(target, content).map_err(|source| io_error("write", path, source));
    }
    let (aside, file) = create_aside(target).map_err(|source| io_error("write", path, source))?;
    let written = write_and_sync(file, content)
        .map_err(|source| io_error("write", path, source))
        .and_then(|()| fs::rename(&aside, target).map_err(|source| io_error("replace", path, source)));
    if written.is_err() {
        // The error being reported matters more than what removing the remains may add to it.
        let _ = fs::remove_file(&aside);
    }
    written
}

/// What a link leads to; nothing where there is no link, or nothing behind it.
fn behind_link(path: &Path) -> Option<PathBuf> {
    let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    is_link.then(|| fs::canonicalize(path).ok()).flatten()
}

/// Writes to a device or a pipe.
fn write_to(path: &Path, content: Write<'_>) -> io::Result<()> {
    let mut out = BufWriter::new(OpenOptions::new().write(true).open(path)?);
    content(&mut out)?;
    out.flush()
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

fn write_and_sync(file: File, content: Write<'_>) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    content(&mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    // Without it a crash of the machine could leave the name on a file without its content.
    file.sync_all()
}

fn io_error(action: &'static str, path: &Path, source: io::Error) -> Error {
    Error::Io { action, path: path.to_path_buf(), source }
}
