//! Tables: CSV, TSV and, with the feature `parquet`, Parquet files.
//!
//! [`Table::open`] reads a file whose first line names the columns. [`Table::features`] says which columns a model sees,
//! [`Features::label`] and [`Features::target`] what it is to predict:
//!
//! ```
//! use macrograd::data::{Dataset, Normaliser, Table};
//!
//! # let path = std::env::temp_dir().join(format!("macrograd-doc-{}-iris.csv", std::process::id()));
//! # std::fs::write(&path, "sepal,petal,species\n5.1,1.4,setosa\n7.0,4.7,versicolor\n6.3,6.0,virginica\n4.9,1.5,setosa\n")
//! #     .unwrap();
//! # let encoding_path = path.with_extension("json");
//! # let normaliser_path = path.with_extension("normaliser.json");
//! let table = Table::open(&path)?;
//! let data = table.features(["sepal", "petal"]).label("species")?; // samples ([f32; 2], u32)
//! assert_eq!(data.classes(), ["setosa", "versicolor", "virginica"]);
//! data.encoding().save(&encoding_path)?;
//!
//! let (validation, train) = data.split(0.25, /* seed */ 7);
//! // Learned from what the model trains on, and applied to everything that it sees.
//! let normaliser = Normaliser::fit(&train)?;
//! normaliser.save(&normaliser_path)?;
//! let (train, validation) = (normaliser.applied_to(train), normaliser.applied_to(validation));
//! assert_eq!((train.len(), validation.len()), (3, 1));
//!
//! // Later, in the program that predicts: a file that needs no label column.
//! use macrograd::data::Encoding;
//! let encoding = Encoding::<2>::load(&encoding_path)?;
//! let rows = Normaliser::load(&normaliser_path)?.applied_to(encoding.features(&Table::open(&path)?)?);
//! let ([sepal, petal],) = rows.sample(0)?;
//! # assert!(sepal.is_finite() && petal.is_finite());
//! # for path in [path, encoding_path, normaliser_path] { std::fs::remove_file(path).unwrap(); }
//! # Ok::<(), macrograd::Error>(())
//! ```
//!
//! | column | how a model sees it |
//! | --- | --- |
//! | numbers | [`Table::features`], a feature each |
//! | texts, or numbers that name classes | [`Feature::one_hot`] in [`Table::features_of`]: a feature for each value |
//! | texts with many values, for `nn::Embedding` | [`Table::categories`]: numbers of classes |
//! | the class to predict | [`Features::label`] |
//! | the number to predict | [`Features::target`], [`Features::targets`] |
//!
//! Samples of any other form are tuples that a program puts together from [`Table::numbers`] and [`Table::categories`]: a
//! `Vec` of them is a data set.
//!
//! A cell that is empty, or that says `NA`, `N/A`, `NaN` or `null`, in whatever case, is missing; among numbers, so is `?`,
//! `-` or `None`. Missing cells are errors unless [`Features::fill_missing`] says what stands for them.

mod closest;
mod column;
mod csv;
mod data;
mod encoding;
mod features;
mod normaliser;
#[cfg(feature = "parquet")]
mod parquet;
mod reader;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Error;
use crate::data::idx::bad_file;
use column::{Column, Number, Values};
pub use data::{TableData, TableLabel};
pub use encoding::Encoding;
pub use features::{Feature, Features, Fill, Label};
pub use normaliser::{Featured, Normalised, Normaliser};
pub use reader::TableReader;

/// Rows of named columns, in memory.
///
/// Parts of a table, such as [`split`](Table::split) gives, share the memory of the whole.
#[derive(Clone)]
pub struct Table {
    source: Arc<Source>,
    /// Which rows of the file.
    rows: Vec<usize>,
}

/// A file as read.
struct Source {
    path: PathBuf,
    columns: Vec<Column>,
    /// In which line each row starts, counted from 1; None for files that are not texts.
    lines: Option<Vec<usize>>,
    has_header: bool,
}

/// A column of classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Categories {
    /// The number of the class of each row.
    pub numbers: Vec<u32>,
    /// The names of the classes, in the order of their numbers: sorted, numbers by their value.
    pub names: Vec<String>,
}

impl Table {
    /// Reads a file: CSV with commas, semicolons, tabs or `|` between fields, which is seen from the first line, or Parquet
    /// with the feature `parquet`. Texts are UTF-8, plain or gzipped, and start with a line of names;
    /// [`Table::reader`] reads others.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be read; [`Error::BadFile`], with the line, when it has no rows, rows of
    /// different lengths, two columns of one name, a quote that is never closed, or another encoding than UTF-8.
    pub fn open(path: impl AsRef<Path>) -> Result<Table, Error> {
        TableReader::default().open(path)
    }

    /// Reads a text in the form that [`Table::open`] expects of a file.
    ///
    /// ```
    /// use macrograd::data::Table;
    ///
    /// let table = Table::parse("width,colour\n1.5,red\n2.5,blue\n")?;
    /// assert_eq!(table.numbers("width")?, [1.5, 2.5]);
    /// # Ok::<(), macrograd::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::BadFile`], as for [`Table::open`].
    pub fn parse(text: &str) -> Result<Table, Error> {
        TableReader::default().parse(text)
    }

    /// For files with another separator, without a line of names, with decimal commas or in Latin-1.
    ///
    /// ```
    /// use macrograd::data::Table;
    ///
    /// let table = Table::reader().separator(';').decimal_comma().names(["x", "y"]).parse("1,5;2\n2,5;3\n")?;
    /// assert_eq!(table.numbers("x")?, [1.5, 2.5]);
    /// # Ok::<(), macrograd::Error>(())
    /// ```
    pub fn reader() -> TableReader {
        TableReader::default()
    }

    /// The file that it was read from; for texts, a name that says so.
    pub(super) fn path(&self) -> &Path {
        self.source.path()
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Names of the columns, as in the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.source.columns.iter().map(|column| column.name.as_str())
    }

    /// The rows at these places, in this order.
    ///
    /// # Panics
    /// When a place is not below [`len`](Table::len).
    #[must_use]
    #[track_caller]
    pub fn select(&self, rows: impl IntoIterator<Item = usize>) -> Table {
        let len = self.len();
        let row = |place: usize| {
            assert!(place < len, "row {place} of a table with {len} rows");
            self.rows[place]
        };
        Table { source: self.source.clone(), rows: rows.into_iter().map(row).collect() }
    }

    /// Two tables: a random part of the rows, from 0 to 1, and the others. What is learned from the second, such as means
    /// that stand for missing cells, has then seen nothing of the first.
    ///
    /// # Panics
    /// When `part` is not from 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn split(&self, part: f64, seed: u64) -> (Table, Table) {
        use crate::data::Dataset;
        let places: Vec<(u64,)> = vec![(0,); self.len()];
        let (first, second) = places.split(part, seed);
        (self.select(first.indices().iter().copied()), self.select(second.indices().iter().copied()))
    }

    /// A column of numbers.
    ///
    /// # Errors
    /// [`Error::BadFile`] when there is no such column, or a cell of it is missing or no number.
    pub fn numbers(&self, column: &str) -> Result<Vec<f32>, Error> {
        let column = self.column(column)?;
        self.rows.iter().map(|&row| self.number(column, row, None)).collect()
    }

    /// A column of texts, without white space around them; None for cells that are missing.
    ///
    /// # Errors
    /// [`Error::BadFile`] when there is no such column.
    pub fn texts(&self, column: &str) -> Result<Vec<Option<String>>, Error> {
        let values = &self.column(column)?.values;
        Ok(self.rows.iter().map(|&row| values.text(row)).collect())
    }

    /// A column whose values are classes, each with a number: what `nn::Embedding` takes.
    ///
    /// ```
    /// use macrograd::data::{Loader, Table};
    ///
    /// let table = Table::parse("city,rooms,rent\nRome,2,900\nOslo,3,1400\nRome,1,600\n")?;
    /// let city = table.categories("city")?;
    /// assert_eq!((&city.numbers[..], &city.names[..]), (&[1, 0, 1][..], &["Oslo".into(), "Rome".into()][..]));
    /// // Samples of three parts, for a loss with three arguments.
    /// let (rooms, rent) = (table.numbers("rooms")?, table.numbers("rent")?);
    /// let samples: Vec<(u32, [f32; 1], f32)> = (0..table.len()).map(|i| (city.numbers[i], [rooms[i]], rent[i])).collect();
    /// assert_eq!(Loader::new(samples, 2).num_batches(), 2);
    /// # Ok::<(), macrograd::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::BadFile`] when there is no such column, or a cell of it is missing.
    pub fn categories(&self, column: &str) -> Result<Categories, Error> {
        let column = self.column(column)?;
        let names = self.classes_of(column, false)?;
        let number_by_name = number_by_name(&names);
        let number = |&row: &usize| self.class(column, row, &names, &number_by_name);
        let numbers = self.rows.iter().map(number).collect::<Result<_, _>>()?;
        Ok(Categories { numbers, names })
    }

    fn column(&self, name: &str) -> Result<&Column, Error> {
        if let Some(column) = self.source.columns.iter().find(|column| column.name == name) {
            let Values::Other { type_name, .. } = &column.values else { return Ok(column) };
            let problem = format!(
                "column `{name}` holds {type_name}, but numbers, texts and truth values are read; convert it, or leave it out"
            );
            return Err(bad_file(self.source.path(), problem));
        }
        let looks_like_data = self.source.has_header && self.names().all(|name| name.parse::<f64>().is_ok());
        let remedy = if looks_like_data {
            "its first line looks like a row, so name the columns by `Table::reader().names([…])`".to_owned()
        } else {
            closest::remedy(name, self.names(), "columns")
        };
        Err(bad_file(self.source.path(), format!("there is no column `{name}`; {remedy}")))
    }

    /// An error at a cell.
    fn wrong(&self, column: &Column, row: usize, problem: &str) -> Error {
        let place = self.source.place(row);
        bad_file(self.source.path(), format!("{place}, column `{}`: {problem}", column.name))
    }

    /// The number in a row of the file.
    fn number(&self, column: &Column, row: usize, fill: Option<f32>) -> Result<f32, Error> {
        let value = match (column.values.number(row), fill) {
            (Number::Whole(whole), _) => whole as f32,
            (Number::Real(real), _) => real as f32,
            (Number::Missing, Some(fill)) => fill,
            (Number::Missing, None) => {
                let problem = "the number is missing; fill it in, leave the row out, or say what stands for it by \
                               `.fill_missing(…)`";
                return Err(self.wrong(column, row, problem));
            }
            (Number::Not(text), _) => return Err(self.wrong(column, row, &not_a_number(text))),
        };
        if value.is_finite() {
            return Ok(value);
        }
        Err(self.wrong(column, row, "the number is too large for `f32`; scale the column"))
    }

    /// The distinct values of a column, in their order.
    fn classes_of(&self, column: &Column, may_be_missing: bool) -> Result<Vec<String>, Error> {
        let mut names = BTreeSet::new();
        for &row in &self.rows {
            match column.values.text(row) {
                Some(text) => {
                    names.insert(text);
                }
                None if may_be_missing => {}
                None => return Err(self.missing_class(column, row)),
            }
        }
        let mut names: Vec<String> = names.into_iter().collect();
        let numbers: Option<Vec<f64>> = names.iter().map(|name| name.parse().ok()).collect();
        if let Some(numbers) = numbers {
            let mut sorted: Vec<(f64, String)> = numbers.into_iter().zip(names).collect();
            sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
            names = sorted.into_iter().map(|(_, name)| name).collect();
        }
        Ok(names)
    }

    fn missing_class(&self, column: &Column, row: usize) -> Error {
        self.wrong(column, row, "the class is missing; fill it in, or leave the row out")
    }

    /// The number of the class in a row of the file.
    fn class(
        &self,
        column: &Column,
        row: usize,
        names: &[String],
        number_by_name: &HashMap<&str, u32>,
    ) -> Result<u32, Error> {
        let Some(text) = column.values.text(row) else { return Err(self.missing_class(column, row)) };
        match number_by_name.get(text.as_str()) {
            Some(&class) => Ok(class),
            None => {
                let remedy = closest::remedy(&text, names.iter().map(String::as_str), "classes");
                let text = shortened(&text);
                Err(self.wrong(column, row, &format!("`{text}` is not one of the known classes; {remedy}")))
            }
        }
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.names().collect();
        write!(f, "Table({} rows of {})", self.len(), names.join(", "))
    }
}

fn number_by_name(names: &[String]) -> HashMap<&str, u32> {
    names.iter().zip(0..).map(|(name, number)| (name.as_str(), number)).collect()
}

fn not_a_number(text: &str) -> String {
    let with_point = text.replace(',', ".");
    let remedy = if text.to_lowercase().contains("inf") {
        "leave the row out, or put the largest sensible number"
    } else if text.contains(',') && with_point.parse::<f64>().is_ok() {
        "for decimal commas read the file by `Table::reader().decimal_comma()`"
    } else {
        "correct the cell, or take the column as classes: by `Feature::one_hot` among features, by `.label` to be predicted"
    };
    let problem = if remedy.starts_with("leave") { "is not finite" } else { "is not a number" };
    format!("`{}` {problem}; {remedy}", shortened(text))
}

/// The start of a text, for a message.
fn shortened(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(feature = "parquet")]
use parquet::open as open_parquet;

#[cfg(not(feature = "parquet"))]
fn open_parquet(_: Vec<u8>, path: &Path) -> Result<Table, Error> {
    let problem = "this is a Parquet file, which is read with the feature `parquet` of macrograd; switch it on in \
                   Cargo.toml, or save the table as CSV";
    Err(bad_file(path, problem.to_owned()))
}
