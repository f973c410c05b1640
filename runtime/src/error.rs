//! What can go wrong at run time. Shapes known at compile time cannot.

use std::io::{self, ErrorKind};
use std::path::PathBuf;

/// An error of a `try_` function, of a data set or of a file. The short forms of functions panic with the same text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Two arguments disagree about a run-time dimension.
    #[error("`{dim}` is {first} in `{first_argument}`, but {second} in `{second_argument}`")]
    DimMismatch {
        /// Name of the dimension in the model function.
        dim: &'static str,
        /// The argument that fixed it.
        first_argument: &'static str,
        /// Its size there.
        first: usize,
        /// The argument that disagrees.
        second_argument: &'static str,
        /// Its size there.
        second: usize,
    },
    /// A run-time dimension is zero.
    #[error("`{dim}` is 0 in `{argument}`; run-time dimensions are at least 1")]
    EmptyDim {
        /// Name of the dimension in the model function.
        dim: &'static str,
        /// The argument.
        argument: &'static str,
    },
    /// A run-time dimension does not satisfy what the model function declares for it.
    #[error("`{dim}` is {size}, but the function is declared for {dim}: {bound}")]
    DimBound {
        /// Name of the dimension.
        dim: &'static str,
        /// Its size.
        size: usize,
        /// The declared bound, as written.
        bound: &'static str,
    },
    /// Run-time dimensions are too small for each other, or for what the model function takes of them.
    #[error("the function needs {condition}, which is {left} >= {right} here")]
    DimRelation {
        /// What has to hold.
        condition: &'static str,
        /// Its left side.
        left: usize,
        /// Its right side.
        right: usize,
    },
    /// A class label is negative or not below the number of classes.
    #[error(
        "label {label} at position {position} is out of range: there are {classes} classes, numbered from 0"
    )]
    LabelOutOfRange {
        /// Index into the labels.
        position: usize,
        /// The label.
        label: i64,
        /// How many classes the scores have.
        classes: usize,
    },
    /// An index is negative or not below the size of the axis it points into.
    #[error(
        "index {index} at position {position} is out of range: the axis has size {size}, its places are numbered from 0"
    )]
    IndexOutOfRange {
        /// Position among the indices, in row-major order.
        position: usize,
        /// The index.
        index: i64,
        /// Size of the axis.
        size: usize,
    },
    /// More elements are asked for than an axis whose size is known at run time has.
    #[error("an axis of size {size} is too short: {needed} elements of it are asked for")]
    AxisTooShort {
        /// How many elements are needed.
        needed: usize,
        /// Size of the axis.
        size: usize,
    },
    /// A length of a sequence is negative or larger than the tensor that holds the sequence.
    #[error(
        "length {length} of sequence {sequence} in `{argument}` is out of range: there is room for {most}"
    )]
    LengthOutOfRange {
        /// The argument that holds the lengths.
        argument: &'static str,
        /// Index of the sequence.
        sequence: usize,
        /// Its length.
        length: i64,
        /// The longest possible one.
        most: usize,
    },
    /// A model compiled with the trap has computed a value that is not finite.
    #[error("the first value that is not finite: {0}")]
    NotFinite(String),
    /// Data and shape disagree.
    #[error("a tensor of shape {shape:?} holds {expected} elements, but {found} were given")]
    ElementCount {
        /// The shape.
        shape: Vec<usize>,
        /// Product of the shape.
        expected: usize,
        /// Elements given.
        found: usize,
    },
    /// Samples of one batch have different shapes.
    #[error(
        "samples of one batch must have equal shapes: sample {sample} is {found:?}, but sample {first_sample} is {first:?}; \
         pad, crop or resize them, or use batches of 1"
    )]
    RaggedBatch {
        /// Index into the samples of the batch; a loader says the index in its data set.
        sample: usize,
        /// Its shape.
        found: Vec<usize>,
        /// Index of the first sample of the batch, in the same way.
        first_sample: usize,
        /// Shape of the first sample.
        first: Vec<usize>,
    },
    /// A sample cannot be had, for a reason that does not say by itself which one it is.
    #[error("sample {index} of the data set: {source}")]
    Sample {
        /// Its index in the data set.
        index: usize,
        /// What is wrong with it.
        source: Box<Error>,
    },
    /// An error of a user's own data set.
    #[error(transparent)]
    Other(#[from] Box<dyn std::error::Error + Send + Sync>),
    /// A file could not be read or written.
    #[error("cannot {action} {}: {source}{}", path.display(), remedy(action, source))]
    Io {
        /// "read", "write", …
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file was read but its contents are not what they should be.
    #[error("{}: {problem}", path.display())]
    BadFile {
        /// The file.
        path: PathBuf,
        /// What is wrong, what was expected, what to do.
        problem: String,
    },
    /// No CUDA.
    #[error("no CUDA device {index}: this version of macrograd has no CUDA kernels; use `Device::cpu()`")]
    NoCuda {
        /// The device asked for.
        index: usize,
    },
}

/// What helps against an error of the system, behind a semicolon. Errors that were made by hand say it themselves.
fn remedy(action: &str, source: &io::Error) -> &'static str {
    if source.raw_os_error().is_none() {
        return "";
    }
    let is_read = action == "read" || action.starts_with("open");
    match source.kind() {
        ErrorKind::NotFound if is_read => "; check the path",
        ErrorKind::NotFound => "; create the folder first, or name another one",
        ErrorKind::PermissionDenied if is_read => "; allow this user to read it",
        ErrorKind::PermissionDenied => "; allow this user to write there, or name another place",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "; make room, or name a place on another disk",
        ErrorKind::FileTooLarge => {
            "; raise the limit on the size of files (`ulimit -f`), or name another disk"
        }
        ErrorKind::ReadOnlyFilesystem => "; name a place that can be written to",
        ErrorKind::IsADirectory => "; this is a folder: name a file",
        ErrorKind::NotADirectory => "; a file is in the place of a folder: name another path",
        ErrorKind::AlreadyExists => "; there is something of this name: name another path",
        _ => "",
    }
}

/// The value, or a panic with the error's text at the caller's line: how the short forms of functions end.
#[doc(hidden)]
#[track_caller]
pub fn or_panic<T>(result: Result<T, Error>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}

/// For data sets of one's own, as [`Error::Other`]: such an error names no file, so [`Error::Io`] is better where there is
/// one.
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        Error::Other(error.into())
    }
}
