//! What cannot be reported.

use std::path::PathBuf;

/// Why something was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// There is no file to write to.
    #[error("cannot create {}: {source}; name a folder that this program may write to", path.display())]
    Create {
        /// The folder or file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The file cannot be written.
    #[error(
        "cannot write {}: {source}; make room, or give this program access: a `TensorBoard` keeps what is not written for the next \
         `flush`",
        path.display()
    )]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A histogram of nothing.
    #[error("histogram `{tag}` of {} has 0 values; leave it out", path.display())]
    EmptyHistogram {
        /// The file.
        path: PathBuf,
        /// What was to be written.
        tag: String,
    },
    /// A histogram of values that have no place in it.
    #[error(
        "histogram `{tag}` of {}: {num_bad} of {num_values} values are not finite, the first at position {position}; \
         look for where it arises, or leave such values out",
        path.display()
    )]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// What was to be written.
        tag: String,
        /// How many values are not finite.
        num_bad: usize,
        /// How many there are.
        num_values: usize,
        /// The first that is not finite.
        position: usize,
    },
    /// A tensor that is no image.
    #[error(
        "image `{tag}` of {} has shape {shape:?}, but images are [1, height, width] or [3, height, width] with at least \
         one pixel and at most {MAX_SIDE} on a side; take these channels or parts of it",
        path.display()
    )]
    Image {
        /// The file.
        path: PathBuf,
        /// What was to be written.
        tag: String,
        /// Shape of the tensor.
        shape: [usize; 3],
    },
    /// A function whose graph was asked for.
    #[error("`{model}` has no function `{function}` whose graph could be shown; it has {known}")]
    UnknownFunction {
        /// The model.
        model: &'static str,
        /// The name that was given.
        function: String,
        /// Those that there are.
        known: String,
    },
    /// Two nodes of a graph have one name.
    #[error("the graph for {} has two nodes `{node}`; give each a name of its own", path.display())]
    DuplicateNode {
        /// The file.
        path: PathBuf,
        /// The name.
        node: String,
    },
    /// A node of a graph has an input that is no node.
    #[error("node `{node}` of the graph for {} has the input `{input}`, which is no node; add it", path.display())]
    UnknownInput {
        /// The file.
        path: PathBuf,
        /// The node.
        node: String,
        /// Its input.
        input: String,
    },
}

/// The format of images counts pixels in 31 bits; browsers show far fewer, and this leaves room for all bytes of an image
/// in 32 bits.
pub(super) const MAX_SIDE: usize = 1 << 15;
