//! How text files become tables.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;

use super::column::{Column, Texts, Values};
use super::csv::{Broken, Rows, separator_of};
use super::{Source, Table};
use crate::Error;
use crate::data::idx::bad_file;

/// Reads tables that are not as [`Table::open`] expects: see [`Table::reader`].
#[derive(Clone, Debug, Default)]
pub struct TableReader {
    separator: Option<u8>,
    names: Option<Vec<String>>,
    decimal_comma: bool,
    latin1: bool,
}

impl TableReader {
    /// What separates fields. Otherwise that is seen from the first line: comma, semicolon, tab or `|`.
    ///
    /// # Panics
    /// When it is not an ASCII character, or a quote or a line break.
    #[must_use]
    #[track_caller]
    pub fn separator(mut self, separator: char) -> Self {
        assert!(
            separator.is_ascii() && !"\"\n\r".contains(separator),
            "{separator:?} cannot separate fields: take an ASCII character that is neither a quote nor a line break"
        );
        self.separator = Some(separator as u8);
        self
    }

    /// Names of the columns of a file without a header line.
    #[must_use]
    pub fn names<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.names = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Numbers have a comma where others have a point: `3,14`.
    #[must_use]
    pub fn decimal_comma(mut self) -> Self {
        self.decimal_comma = true;
        self
    }

    /// The file is in Latin-1 (ISO 8859-1), not in UTF-8.
    #[must_use]
    pub fn latin1(mut self) -> Self {
        self.latin1 = true;
        self
    }

    /// Reads a file, plain or gzipped.
    ///
    /// # Errors
    /// As for [`Table::open`].
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Table, Error> {
        self.open_path(path.as_ref())
    }

    fn open_path(&self, path: &Path) -> Result<Table, Error> {
        let bytes = read(path)?;
        if bytes.starts_with(b"PAR1") {
            return super::open_parquet(bytes, path);
        }
        let text = self.decode(bytes, path)?;
        self.table(&text, path)
    }

    /// Reads a text.
    ///
    /// # Errors
    /// As for [`Table::parse`].
    pub fn parse(&self, text: &str) -> Result<Table, Error> {
        self.table(text, Path::new("table"))
    }

    fn decode(&self, bytes: Vec<u8>, path: &Path) -> Result<String, Error> {
        let fail = |problem: &str| Err(bad_file(path, problem.to_owned()));
        match bytes[..] {
            [] => {
                return fail(
                    "the file is empty; give one with a line of column names and a line for each row",
                );
            }
            [b'P', b'K', 3, 4, ..] => {
                return fail(
                    "this is an Excel workbook or another zip archive; save the sheet as CSV (UTF-8), or unpack the archive",
                );
            }
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
                return fail(
                    "the text is UTF-16, but UTF-8 is read; save it as CSV (UTF-8), or convert it: `iconv -f utf-16 -t utf-8`",
                );
            }
            _ => {}
        }
        if bytes.contains(&0) {
            return fail(
                "it holds zero bytes, so it is not a text in UTF-8; give a CSV file, or convert UTF-16: `iconv -f utf-16 -t \
                 utf-8`",
            );
        }
        if self.latin1 {
            return Ok(bytes.iter().map(|&byte| char::from(byte)).collect());
        }
        String::from_utf8(bytes).map_err(|error| {
            let (valid, bytes) = (error.utf8_error().valid_up_to(), error.as_bytes());
            let line = 1 + bytes[..valid].iter().filter(|&&byte| byte == b'\n').count();
            let problem = format!(
                "line {line}: byte 0x{:02x} is not UTF-8; if the file is in Latin-1, as older programs write it, read it by \
                 `Table::reader().latin1().open(path)`",
                bytes[valid]
            );
            bad_file(path, problem)
        })
    }

    fn table(&self, text: &str, path: &Path) -> Result<Table, Error> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let failed = |line: usize, problem: String| bad_file(path, format!("line {line}: {problem}"));
        let broken = |Broken { line, problem }: Broken| failed(line, problem);
        let separator = self.separator.unwrap_or_else(|| separator_of(text));
        let mut rows = Rows::new(text, separator);
        let mut fields: Vec<Cow<'_, str>> = Vec::new();
        let mut header = None;
        let names = match &self.names {
            Some(names) => names.clone(),
            None => {
                header = rows.next(&mut fields).map_err(broken)?;
                if header.is_none() {
                    let problem =
                        "the file is blank; give one with a line of column names and a line for each row"
                            .to_owned();
                    return Err(bad_file(path, problem));
                }
                names_of(&fields)
            }
        };
        check_names(&names, path)?;
        let mut columns: Vec<Texts> = names.iter().map(|_| Texts::default()).collect();
        let mut lines = Vec::new();
        while let Some(line) = rows.next(&mut fields).map_err(broken)? {
            if fields.len() != names.len() {
                return Err(failed(line, self.wrong_length(fields.len(), &names, header, separator)));
            }
            for (column, field) in columns.iter_mut().zip(&fields) {
                column.push(field);
            }
            lines.push(line);
        }
        if lines.is_empty() {
            let problem = if header.is_some() {
                "it has a line of column names, but no rows; add rows, or name the columns by \
                 `Table::reader().names([…])` if that line is a row"
            } else {
                "it has no rows; add a line for each"
            };
            return Err(bad_file(path, problem.to_owned()));
        }
        let columns = names
            .into_iter()
            .zip(columns)
            .map(|(name, texts)| Column {
                name,
                values: Values::Texts { texts, decimal_comma: self.decimal_comma },
            })
            .collect();
        let source =
            Source { path: path.to_owned(), columns, lines: Some(lines), has_header: header.is_some() };
        let rows = (0..source.num_rows()).collect();
        Ok(Table { source: Arc::new(source), rows })
    }

    fn wrong_length(&self, found: usize, names: &[String], header: Option<usize>, separator: u8) -> String {
        let origin = match header {
            Some(line) => format!("line {line} names {} columns", names.len()),
            None => format!("{} columns are named", names.len()),
        };
        let separator = char::from(separator);
        let remedy = if found > names.len() {
            format!(
                "put fields that hold {separator:?} in quotes, or choose the separator by `Table::reader()`"
            )
        } else if found == 1 {
            format!("the separator was taken to be {separator:?}; choose another one by `Table::reader()`")
        } else {
            "add the missing fields, if need be empty ones".to_owned()
        };
        format!("the row has {found} {}, but {origin}; {remedy}", if found == 1 { "field" } else { "fields" })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::Io { action: "read", path: path.to_path_buf(), source };
    let mut file = File::open(path).map_err(failed)?;
    // Opening a folder succeeds on Unix, and the first read would fail with a message that names neither.
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(bad_file(path, "this is a folder; give the path of one file".to_owned()));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(failed)?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(&bytes[..]).read_to_end(&mut unpacked).map_err(|error| {
        bad_file(path, format!("the gzip stream is damaged ({error}); fetch or pack the file again"))
    })?;
    Ok(unpacked)
}

/// Columns without a name, such as the index that pandas writes, are called by their numbers.
fn names_of(fields: &[Cow<'_, str>]) -> Vec<String> {
    let name = |(place, field): (usize, &Cow<'_, str>)| match field.trim() {
        "" => format!("column {}", place + 1),
        name => name.to_owned(),
    };
    fields.iter().enumerate().map(name).collect()
}

pub(super) fn check_names(names: &[String], path: &Path) -> Result<(), Error> {
    for (place, name) in names.iter().enumerate() {
        if let Some(first) = names[..place].iter().position(|other| other == name) {
            let problem = format!(
                "columns {} and {} are both called `{name}`; rename one of them",
                first + 1,
                place + 1
            );
            return Err(bad_file(path, problem));
        }
    }
    Ok(())
}

impl Source {
    pub(super) fn num_rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.values.len())
    }

    /// Where an editor, or whoever counts from 1, finds a row.
    pub(super) fn place(&self, row: usize) -> String {
        match &self.lines {
            Some(lines) => format!("line {}", lines[row]),
            None => format!("row {}", row + 1),
        }
    }

    pub(super) fn path(&self) -> &PathBuf {
        &self.path
    }
}
