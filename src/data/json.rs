//! Small JSON files of what was learned from data.

use std::io::Write;
use std::path::Path;

use serde_json::Value;

use super::idx::bad_file;
use crate::Error;
use crate::replace::replace;

pub(super) fn write(path: &Path, content: &Value) -> Result<(), Error> {
    replace(path, |out| writeln!(out, "{content:#}"))
}

pub(super) fn read(path: &Path) -> Result<Value, Error> {
    let text = std::fs::read(path).map_err(|source| Error::Io {
        action: "read",
        path: path.to_path_buf(),
        source,
    })?;
    serde_json::from_slice(&text)
        .map_err(|error| bad_file(path, format!("it is not JSON ({error}); save it again")))
}

/// An array of texts.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
}

/// An array of finite numbers.
pub(super) fn numbers(value: &Value) -> Option<Vec<f32>> {
    let number =
        |value: &Value| value.as_f64().map(|number| number as f32).filter(|number| number.is_finite());
    value.as_array()?.iter().map(number).collect()
}
