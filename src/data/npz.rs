//! NumPy's archives of named arrays, `.npz`.
//!
//! What `np.savez` and `np.savez_compressed` write is read; archives that are written here are not compressed.
//!
//! ```
//! use macrograd::data::{Dataset, TensorDataset, npz};
//! use macrograd::{Const, Tensor};
//! # let path = std::env::temp_dir().join(format!("macrograd-doc-{}.npz", std::process::id()));
//!
//! let (x, y) = (Tensor::from_vec((3, Const::<2>), vec![0.0_f32; 6]), Tensor::from_vec((3,), vec![0_u8, 1, 0]));
//! npz::Writer::new().array("x", &x).array("y", &y).write(&path)?; // np.load(path)["x"] in Python
//!
//! let archive = npz::Archive::open(&path)?;
//! let x: Tensor<f32, (usize, Const<2>)> = archive.read("x")?;
//! let y: Tensor<u8, (usize,)> = archive.read("y")?;
//! let data = TensorDataset::new((x, y))?;
//! assert_eq!(data.len(), 3);
//! # std::fs::remove_file(&path).unwrap();
//! # Ok::<(), macrograd::Error>(())
//! ```

use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use macrograd_runtime::{Shape, Tensor};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::idx::bad_file;
use super::npy::{self, NpyElement};
use crate::Error;
use crate::replace::replace;

/// An archive, whose file is in memory as it is on disk.
pub struct Archive {
    path: PathBuf,
    archive: ZipArchive<Cursor<std::sync::Arc<[u8]>>>,
    /// With the ending `.npy`, as in the archive.
    names: Vec<String>,
}

impl Archive {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read; [`Error::BadFile`] when it is no archive or damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Archive, Error> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|source| Error::Io {
            action: "read",
            path: path.to_path_buf(),
            source,
        })?;
        if bytes.starts_with(b"\x93NUMPY") {
            let problem = "this is a single array, a .npy file; read it by `npy::read`";
            return Err(bad_file(path, problem.to_owned()));
        }
        let broken = |error| {
            bad_file(path, format!("it is not an .npz file ({error}); save it again with `np.savez`"))
        };
        let archive = ZipArchive::new(Cursor::new(bytes.into())).map_err(broken)?;
        let names = archive.file_names().map(|name| name.map(|name| name.into_owned()));
        let names = names.collect::<Result<_, _>>().map_err(broken)?;
        Ok(Archive { path: path.to_owned(), archive, names })
    }

    /// Names of the arrays, in the order of the archive.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| name.strip_suffix(".npy").unwrap_or(name))
    }

    /// An array as a tensor.
    ///
    /// # Errors
    /// [`Error::BadFile`] when there is no such array, or it is damaged or has another type or shape.
    pub fn read<T: NpyElement, S: Shape>(&self, name: &str) -> Result<Tensor<T, S>, Error> {
        self.with_array(name, |reader, path| npy::parse(reader, path))
    }

    /// An array of any shape: the sizes of its axes, and its elements in row-major order.
    ///
    /// # Errors
    /// As for [`read`](Archive::read), except for the shape.
    pub fn read_vec<T: NpyElement>(&self, name: &str) -> Result<(Vec<usize>, Vec<T>), Error> {
        self.with_array(name, |reader, path| npy::parse_vec(reader, path))
    }

    /// Reads an array as it is unpacked: no more of it than its header declares is in memory.
    fn with_array<R>(
        &self,
        name: &str,
        parse: impl FnOnce(&mut dyn Read, &Path) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let Some(place) = self.names().position(|other| other == name) else {
            let names: Vec<String> = self.names().map(|name| format!("`{name}`")).collect();
            let problem = match names.is_empty() {
                true => format!("there is no array `{name}`; the archive is empty"),
                false => format!("there is no array `{name}`; the arrays are {}", names.join(", ")),
            };
            return Err(bad_file(&self.path, problem));
        };
        let damaged = |error: &dyn std::fmt::Display| {
            bad_file(
                &self.path,
                format!("the array `{name}` is damaged ({error}); save it again with `np.savez`"),
            )
        };
        // Reading moves a position, and copies share the bytes.
        let mut archive = self.archive.clone();
        let mut file = archive.by_index(place).map_err(|error| damaged(&error))?;
        parse(&mut file, &self.path.join(name)).map_err(|error| match error {
            // The bytes are in memory, so what failed is unpacking them.
            Error::Io { source, .. } => damaged(&source),
            other => other,
        })
    }
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.names().collect();
        write!(f, "Archive({})", names.join(", "))
    }
}

/// Arrays that become one archive.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    arrays: Vec<(String, Vec<u8>)>,
}

impl Writer {
    /// Without arrays.
    pub fn new() -> Writer {
        Writer::default()
    }

    /// Adds an array. One of the same name is replaced.
    #[must_use]
    pub fn array<T: NpyElement, S: Shape>(mut self, name: &str, tensor: &Tensor<T, S>) -> Writer {
        self.arrays.retain(|(other, _)| other != name);
        self.arrays.push((name.to_owned(), npy::bytes(tensor)));
        self
    }

    /// Writes the archive, which replaces an earlier one at once or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        replace(path.as_ref(), |out| {
            let mut archive = ZipWriter::new(out);
            for (name, bytes) in &self.arrays {
                let options = SimpleFileOptions::default()
                    .compression_method(CompressionMethod::Stored)
                    .large_file(bytes.len() >= u32::MAX as usize);
                archive.start_file(format!("{name}.npy"), options)?;
                archive.write_all(bytes)?;
            }
            archive.finish()?;
            Ok(())
        })
    }
}
