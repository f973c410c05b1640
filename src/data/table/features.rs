//! Which columns a model sees, and what it is to predict.

use super::data::TableData;
use super::encoding::{Encoding, LabelEncoding};
use super::{Number, Table};
use crate::Error;
use crate::data::Field;
use crate::data::idx::bad_file;

/// How a model sees a column: see [`Table::features_of`].
#[derive(Clone, Debug)]
pub struct Feature {
    pub(super) column: String,
    pub(super) one_hot: bool,
}

impl Feature {
    /// A column of numbers, as it is.
    pub fn number(column: impl Into<String>) -> Feature {
        Feature { column: column.into(), one_hot: false }
    }

    /// A feature for each value of a column: 1 where a row has it, otherwise 0. Values are sorted.
    pub fn one_hot(column: impl Into<String>) -> Feature {
        Feature { column: column.into(), one_hot: true }
    }
}

/// What stands for missing numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fill {
    /// The mean of the column's other cells. The mean is that of the table on which [`Features::fill_missing`] is called:
    /// [`Table::split`] it before where validation is to know nothing of what it is compared with.
    Mean,
    /// A number.
    Value(f32),
}

/// The `N` features that a model sees of each row, before it is said what belongs to them.
#[derive(Clone, Debug)]
#[must_use = "features become samples by `label`, `target`, `targets` or `unlabelled`"]
pub struct Features<'t, const N: usize> {
    table: &'t Table,
    features: Vec<Feature>,
    fill: Option<Fill>,
}

/// A type of numbers of classes: what [`Features::label_as`] gives.
pub trait Label: Field + Copy + Sync + TryFrom<u32> {}

impl<T: Field + Copy + Sync + TryFrom<u32>> Label for T {}

impl Table {
    /// Columns of numbers, as the features `[f32; N]` of each row.
    pub fn features<const N: usize>(&self, columns: [&str; N]) -> Features<'_, N> {
        Features { table: self, features: columns.map(Feature::number).to_vec(), fill: None }
    }

    /// Columns of numbers and of classes as `N` features of each row: as many as there are columns of numbers and values
    /// of the others. That it is so many is checked when the features become samples.
    ///
    /// ```
    /// use macrograd::data::{Dataset, Feature, Table};
    ///
    /// let table = Table::parse("size,colour,price\n1,red,10\n2,blue,15\n3,red,20\n")?;
    /// let columns = [Feature::number("size"), Feature::one_hot("colour")];
    /// let data = table.features_of::<3>(columns).target("price")?; // size, blue, red
    /// assert_eq!(data.sample(1)?, ([2.0, 1.0, 0.0], 15.0));
    /// # Ok::<(), macrograd::Error>(())
    /// ```
    pub fn features_of<const N: usize>(&self, columns: impl IntoIterator<Item = Feature>) -> Features<'_, N> {
        Features { table: self, features: columns.into_iter().collect(), fill: None }
    }
}

impl<const N: usize> Features<'_, N> {
    /// What stands for missing numbers. A missing class of [`Feature::one_hot`] is then 0 in all its features.
    pub fn fill_missing(mut self, fill: Fill) -> Self {
        self.fill = Some(fill);
        self
    }

    /// Samples `([f32; N], u32)` with the class that a column names: texts are numbered in sorted order, whole numbers
    /// from 0 on are classes as they are. See [`TableData::classes`].
    ///
    /// # Errors
    /// [`Error::BadFile`] when a column does not exist, a cell of it is missing or not what it should be, the features are
    /// not `N`, or the labels are no classes: reals, or negative or very large numbers.
    pub fn label(self, column: &str) -> Result<TableData<N, u32>, Error> {
        self.label_as(column)
    }

    /// As [`label`](Features::label), in another type of whole numbers, such as `u8`.
    ///
    /// # Errors
    /// As for [`label`](Features::label), and when the number of a class does not fit the type.
    pub fn label_as<L: Label>(self, column: &str) -> Result<TableData<N, L>, Error> {
        let label = class_encoding(self.table, column)?;
        self.encoding(Some(label))?.labelled_as(self.table)
    }

    /// As [`label`](Features::label), with a class for each value that the column has, numbered in their order: for
    /// numbers that do not count from 0.
    ///
    /// # Errors
    /// As for [`label`](Features::label), with any labels.
    pub fn label_by_value(self, column: &str) -> Result<TableData<N, u32>, Error> {
        let names = self.table.classes_of(self.table.column(column)?, false)?;
        let label = LabelEncoding::Names { column: column.to_owned(), names };
        self.encoding(Some(label))?.labelled_as(self.table)
    }

    /// Samples `([f32; N], f32)` with a number to predict.
    ///
    /// # Errors
    /// [`Error::BadFile`] when a column does not exist, a cell of it is missing or no number, or the features are not `N`.
    pub fn target(self, column: &str) -> Result<TableData<N, f32>, Error> {
        let targets = self.table.numbers(column)?;
        let encoding = self.encoding(None)?;
        let features = encoding.encode(self.table)?;
        Ok(TableData::new(features, targets, encoding, self.table.clone()))
    }

    /// Samples `([f32; N], [f32; M])` with several numbers to predict.
    ///
    /// # Errors
    /// As for [`target`](Features::target).
    pub fn targets<const M: usize>(self, columns: [&str; M]) -> Result<TableData<N, [f32; M]>, Error> {
        let columns = columns.map(|column| self.table.numbers(column));
        let mut targets = vec![[0.0; M]; self.table.len()];
        for (place, column) in columns.into_iter().enumerate() {
            for (target, number) in targets.iter_mut().zip(column?) {
                target[place] = number;
            }
        }
        let encoding = self.encoding(None)?;
        let features = encoding.encode(self.table)?;
        Ok(TableData::new(features, targets, encoding, self.table.clone()))
    }

    /// Samples `([f32; N],)`, of which nothing is to be predicted.
    ///
    /// # Errors
    /// As for [`target`](Features::target).
    pub fn unlabelled(self) -> Result<Vec<([f32; N],)>, Error> {
        self.encoding(None)?.features(self.table)
    }

    fn encoding(&self, label: Option<LabelEncoding>) -> Result<Encoding<N>, Error> {
        Encoding::learn(self.table, &self.features, self.fill, label)
    }
}

/// Names, or whole numbers as they are.
fn class_encoding(table: &Table, name: &str) -> Result<LabelEncoding, Error> {
    /// More classes are numbers of something else: years, identities, amounts.
    const MOST: i64 = 1 << 20;
    let column = table.column(name)?;
    let mut most = -1;
    let (mut reals, mut not_from_0) = (None, None);
    for &row in &table.rows {
        match column.values.number(row) {
            Number::Whole(whole) if (0..MOST).contains(&whole) => most = most.max(whole),
            Number::Whole(whole) => not_from_0 = not_from_0.or(Some((row, whole))),
            Number::Real(real) => reals = reals.or(Some((row, real))),
            Number::Missing if column.values.text(row).is_none() => {
                return Err(table.missing_class(column, row));
            }
            Number::Missing | Number::Not(_) => {
                let names = table.classes_of(column, false)?;
                return Ok(LabelEncoding::Names { column: name.to_owned(), names });
            }
        }
    }
    if let Some((row, real)) = reals {
        let problem = format!(
            "{real} is not the number of a class; predict numbers by `.target(\"{name}\")`, or make each value a class by \
             `.label_by_value(\"{name}\")`"
        );
        return Err(table.wrong(column, row, &problem));
    }
    if let Some((row, whole)) = not_from_0 {
        let problem = format!(
            "classes are numbered from 0 up to {}, but this is {whole}; make each value a class by \
             `.label_by_value(\"{name}\")`, or predict numbers by `.target(\"{name}\")`",
            MOST - 1
        );
        return Err(table.wrong(column, row, &problem));
    }
    if table.is_empty() {
        return Err(bad_file(table.source.path(), "there are no rows to learn the classes from".to_owned()));
    }
    Ok(LabelEncoding::Numbers { column: name.to_owned(), num_classes: most as usize + 1 })
}
