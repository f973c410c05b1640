//! Texts as numbers: letters or tokens, windows of long texts, and lines with labels.
//!
//! A language model reads a text and is to say at each place what comes next. [`Windows`] are its samples:
//!
//! ```
//! use macrograd::data::text::{Letters, Windows};
//! use macrograd::data::{Dataset, Loader};
//!
//! let text = "to be, or not to be";
//! let letters = Letters::of(text);
//! let data = Windows::<4, u32>::new(letters.encode(text)?);
//! let (read, next) = data.sample(0)?;
//! assert_eq!((letters.decode(&read), letters.decode(&next)), ("to b".into(), "o be".into()));
//! for batch in Loader::new(data, 8).shuffle(/* seed */ 7).epoch(0) {
//!     let (read, next) = batch?;
//!     assert_eq!(read.shape(), next.shape());
//! }
//! # Ok::<(), macrograd::Error>(())
//! ```
//!
//! [`LabelledLines`] reads texts that are to be told apart. `Tokenizer`, with the feature `tokenizers`, makes numbers of
//! texts as published language models expect them.

mod letters;
mod lines;
#[cfg(feature = "tokenizers")]
mod tokenizer;
mod windows;

use std::path::Path;

use crate::Error;
use crate::data::idx::bad_file;
pub use letters::Letters;
pub use lines::LabelledLines;
#[cfg(feature = "tokenizers")]
pub use tokenizer::Tokenizer;
pub use windows::{Windows, padded};

/// Reads a text in UTF-8, without a byte order mark.
///
/// # Errors
/// [`Error::Io`] when the file cannot be read; [`Error::BadFile`] when it is empty or not in UTF-8, with the line.
pub fn read(path: impl AsRef<Path>) -> Result<String, Error> {
    let path = path.as_ref();
    let bytes = std::fs::read(path).map_err(|source| Error::Io {
        action: "read",
        path: path.to_path_buf(),
        source,
    })?;
    if bytes.is_empty() {
        return Err(bad_file(path, "the file is empty; give a text".to_owned()));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let problem = "the text is UTF-16, but UTF-8 is read; convert it: `iconv -f utf-16 -t utf-8`";
        return Err(bad_file(path, problem.to_owned()));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let (valid, bytes) = (error.utf8_error().valid_up_to(), error.as_bytes());
        let line = 1 + bytes[..valid].iter().filter(|&&byte| byte == b'\n').count();
        let problem = format!(
            "line {line}: byte 0x{:02x} is not UTF-8; convert the text, if it is in Latin-1 by `iconv -f latin1 -t utf-8`",
            bytes[valid]
        );
        bad_file(path, problem)
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
