//! How rows become features and labels, kept for the rows to come.

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::features::{Feature, Fill, Label};
use super::{Column, Number, Table, TableData, number_by_name};
use crate::Error;
use crate::data::idx::bad_file;
use crate::data::json;

/// How the rows of a table became samples of `N` features: which columns are seen, what stands for missing cells, which
/// values are classes and how they are numbered. It makes the same of other tables, and is kept in a file beside the model
/// for the program that predicts; see [`data::table`](crate::data::table).
#[derive(Clone, Debug, PartialEq)]
pub struct Encoding<const N: usize> {
    rules: Rules,
}

/// What makes features and labels: compiled once, for any number of features.
#[derive(Clone, Debug, PartialEq)]
struct Rules {
    columns: Vec<ColumnEncoding>,
    label: Option<LabelEncoding>,
}

#[derive(Clone, Debug, PartialEq)]
struct ColumnEncoding {
    column: String,
    /// What stands for missing numbers; for classes, that they may be missing.
    fill: Option<f32>,
    /// A feature for each.
    classes: Option<Vec<String>>,
}

impl ColumnEncoding {
    fn width(&self) -> usize {
        self.classes.as_ref().map_or(1, Vec::len)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum LabelEncoding {
    /// Classes by name, numbered in this order.
    Names { column: String, names: Vec<String> },
    /// Classes that are numbers from 0 on.
    Numbers { column: String, num_classes: usize },
}

impl<const N: usize> Encoding<N> {
    pub(super) fn learn(
        table: &Table,
        features: &[Feature],
        fill: Option<Fill>,
        label: Option<LabelEncoding>,
    ) -> Result<Self, Error> {
        let rules = Rules::learn(table, features, fill, label)?;
        rules.check_width(N, table.source.path())?;
        Ok(Encoding { rules })
    }

    /// The features of other rows, for prediction: other columns, such as that of the label, may be missing.
    ///
    /// # Errors
    /// [`Error::BadFile`] when a column does not exist, or a cell of it is missing, no number or no class that was known
    /// when the encoding was made.
    pub fn features(&self, table: &Table) -> Result<Vec<([f32; N],)>, Error> {
        Ok(self.encode(table)?.into_iter().map(|features| (features,)).collect())
    }

    /// Other rows with their labels, such as those of a test set.
    ///
    /// # Errors
    /// As for [`features`](Encoding::features), and for labels that are none of the classes that were known.
    ///
    /// # Panics
    /// When the encoding was made by [`Features::target`](super::Features::target) or others without classes.
    #[track_caller]
    pub fn labelled(&self, table: &Table) -> Result<TableData<N, u32>, Error> {
        assert!(
            self.has_classes(),
            "this encoding has no classes; take `features`, and what is to be predicted from `Table::numbers`"
        );
        self.labelled_as(table)
    }

    pub(super) fn has_classes(&self) -> bool {
        self.rules.label.is_some()
    }

    pub(super) fn labelled_as<L: Label>(&self, table: &Table) -> Result<TableData<N, L>, Error> {
        let (features, classes) = (self.encode(table)?, self.rules.classes_of(table)?);
        let label = |(place, class): (usize, u32)| {
            let too_large = |_| self.rules.too_large(table, place, class, std::any::type_name::<L>());
            L::try_from(class).map_err(too_large)
        };
        let labels = classes.into_iter().enumerate().map(label).collect::<Result<_, _>>()?;
        Ok(TableData::new(features, labels, self.clone(), table.clone()))
    }

    /// Names of the classes in the order of their numbers; none where no class is predicted.
    pub fn classes(&self) -> Vec<String> {
        self.rules.classes()
    }

    /// Names of the features in their order: those of columns, with the class where a column has several, `colour=red`.
    pub fn names(&self) -> Vec<String> {
        self.rules.names()
    }

    /// The features that stand for a class: 1 or 0, and better not normalised.
    pub fn one_hot_places(&self) -> impl Iterator<Item = usize> {
        self.rules.one_hot_places().into_iter()
    }

    /// Writes a JSON file, which replaces an earlier one at once or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        json::write(path.as_ref(), &self.rules.to_json())
    }

    /// Reads a file of [`save`](Encoding::save).
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read; [`Error::BadFile`] when it is another file, or has not `N` features.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        Ok(Encoding { rules: Rules::load(path.as_ref(), N)? })
    }

    pub(super) fn encode(&self, table: &Table) -> Result<Vec<[f32; N]>, Error> {
        let mut rows = vec![[0.0; N]; table.len()];
        self.rules.encode(table, N, rows.as_flattened_mut())?;
        Ok(rows)
    }
}

impl Rules {
    fn learn(
        table: &Table,
        features: &[Feature],
        fill: Option<Fill>,
        label: Option<LabelEncoding>,
    ) -> Result<Rules, Error> {
        let learn = |feature: &Feature| -> Result<ColumnEncoding, Error> {
            let column = table.column(&feature.column)?;
            let classes = feature.one_hot.then(|| table.classes_of(column, fill.is_some())).transpose()?;
            let fill = match fill {
                None => None,
                Some(Fill::Mean) if feature.one_hot => Some(0.0),
                Some(Fill::Mean) => Some(mean(table, column)?),
                Some(Fill::Value(value)) => Some(value),
            };
            Ok(ColumnEncoding { column: feature.column.clone(), fill, classes })
        };
        let columns = features.iter().map(learn).collect::<Result<Vec<_>, _>>()?;
        Ok(Rules { columns, label })
    }

    /// The number of the class of each row.
    fn classes_of(&self, table: &Table) -> Result<Vec<u32>, Error> {
        let label = self.label.as_ref().expect("callers have given or checked it");
        let column = table.column(label.column())?;
        let number_by_name = number_by_name(label.names());
        table.rows.iter().map(|&row| label.class(table, column, row, &number_by_name)).collect()
    }

    /// The error of a class that the type of labels cannot hold.
    fn too_large(&self, table: &Table, place: usize, class: u32, label_type: &str) -> Error {
        let problem = format!(
            "class {class} does not fit the type `{label_type}`; take `.label(…)`, whose numbers are `u32`"
        );
        match self.label.as_ref().map(|label| table.column(label.column())) {
            Some(Ok(column)) => table.wrong(column, table.rows[place], &problem),
            _ => bad_file(table.source.path(), problem),
        }
    }

    fn classes(&self) -> Vec<String> {
        match &self.label {
            None => Vec::new(),
            Some(LabelEncoding::Names { names, .. }) => names.clone(),
            Some(LabelEncoding::Numbers { num_classes, .. }) => {
                (0..*num_classes).map(|class| class.to_string()).collect()
            }
        }
    }

    fn names(&self) -> Vec<String> {
        let names = |column: &ColumnEncoding| match &column.classes {
            None => vec![column.column.clone()],
            Some(classes) => classes.iter().map(|class| format!("{}={class}", column.column)).collect(),
        };
        self.columns.iter().flat_map(names).collect()
    }

    fn one_hot_places(&self) -> Vec<usize> {
        let is_one_hot = |column: &ColumnEncoding| vec![column.classes.is_some(); column.width()];
        let all = self.columns.iter().flat_map(is_one_hot).enumerate();
        all.filter_map(|(place, is_one_hot)| is_one_hot.then_some(place)).collect()
    }

    fn to_json(&self) -> Value {
        let features: Vec<Value> = self.columns.iter().map(ColumnEncoding::to_json).collect();
        let mut content = json!({ "features": features });
        match &self.label {
            None => {}
            Some(LabelEncoding::Names { column, names }) => {
                content["label"] = json!({ "column": column, "classes": names });
            }
            Some(LabelEncoding::Numbers { column, num_classes }) => {
                content["label"] = json!({ "column": column, "num_classes": num_classes });
            }
        }
        content
    }

    fn load(path: &Path, num_features: usize) -> Result<Rules, Error> {
        let content = json::read(path)?;
        let rules = from_json(&content).ok_or_else(|| {
            let problem = "it is not an encoding of a table; give a file that `Encoding::save` has written";
            bad_file(path, problem.to_owned())
        })?;
        rules.check_width(num_features, path)?;
        Ok(rules)
    }

    fn check_width(&self, num_features: usize, path: &Path) -> Result<(), Error> {
        let width: usize = self.columns.iter().map(ColumnEncoding::width).sum();
        if width == num_features {
            return Ok(());
        }
        let parts: Vec<String> =
            self.columns.iter().map(|column| format!("`{}` {}", column.column, column.width())).collect();
        let problem = format!(
            "its columns make {width} features ({}), but {num_features} are asked for; say `{width}` in the type, or choose \
             other columns",
            parts.join(", ")
        );
        Err(bad_file(path, problem))
    }

    /// Writes the features of each row, which are 0 before.
    fn encode(&self, table: &Table, num_features: usize, values: &mut [f32]) -> Result<(), Error> {
        let mut start = 0;
        for encoding in &self.columns {
            let column = table.column(&encoding.column)?;
            let number_by_name = number_by_name(encoding.classes.as_deref().unwrap_or_default());
            for (place, &row) in table.rows.iter().enumerate() {
                let first = place * num_features + start;
                match &encoding.classes {
                    None => values[first] = table.number(column, row, encoding.fill)?,
                    Some(_) if encoding.fill.is_some() && column.values.text(row).is_none() => {}
                    Some(classes) => {
                        let class = table.class(column, row, classes, &number_by_name)?;
                        values[first + class as usize] = 1.0;
                    }
                }
            }
            start += encoding.width();
        }
        Ok(())
    }
}

impl LabelEncoding {
    fn column(&self) -> &str {
        let (LabelEncoding::Names { column, .. } | LabelEncoding::Numbers { column, .. }) = self;
        column
    }

    /// None for classes that are numbers.
    fn names(&self) -> &[String] {
        match self {
            LabelEncoding::Names { names, .. } => names,
            LabelEncoding::Numbers { .. } => &[],
        }
    }

    fn class(
        &self,
        table: &Table,
        column: &Column,
        row: usize,
        number_by_name: &HashMap<&str, u32>,
    ) -> Result<u32, Error> {
        match self {
            LabelEncoding::Names { names, .. } => table.class(column, row, names, number_by_name),
            LabelEncoding::Numbers { num_classes, .. } => match column.values.number(row) {
                Number::Whole(class) if (0..*num_classes as i64).contains(&class) => Ok(class as u32),
                Number::Missing => Err(table.missing_class(column, row)),
                _ => {
                    let text = column.values.text(row).unwrap_or_default();
                    let problem = format!(
                        "`{}` is not one of the {num_classes} known classes, 0 to {}; correct the cell, or train with \
                         samples of that class",
                        super::shortened(&text),
                        num_classes - 1
                    );
                    Err(table.wrong(column, row, &problem))
                }
            },
        }
    }
}

impl ColumnEncoding {
    fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("column".to_owned(), json!(self.column));
        if let Some(fill) = self.fill {
            object.insert("fill".to_owned(), json!(fill));
        }
        if let Some(classes) = &self.classes {
            object.insert("classes".to_owned(), json!(classes));
        }
        Value::Object(object)
    }
}

fn from_json(content: &Value) -> Option<Rules> {
    let column = |value: &Value| -> Option<ColumnEncoding> {
        Some(ColumnEncoding {
            column: value.get("column")?.as_str()?.to_owned(),
            fill: optional(value.get("fill"), |fill| Some(fill.as_f64()? as f32))?,
            classes: optional(value.get("classes"), json::texts)?,
        })
    };
    let columns = content.get("features")?.as_array()?.iter().map(column).collect::<Option<_>>()?;
    let label = optional(content.get("label"), |label| {
        let column = label.get("column")?.as_str()?.to_owned();
        if let Some(names) = label.get("classes") {
            return Some(LabelEncoding::Names { column, names: json::texts(names)? });
        }
        let num_classes = label.get("num_classes")?.as_u64().filter(|&classes| classes > 0)?;
        Some(LabelEncoding::Numbers { column, num_classes: usize::try_from(num_classes).ok()? })
    })?;
    Some(Rules { columns, label })
}

/// What may be absent, but must be right where it is there.
fn optional<T>(value: Option<&Value>, read: impl FnOnce(&Value) -> Option<T>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(value) => read(value).map(Some),
    }
}

/// The mean of the numbers that are there.
fn mean(table: &Table, column: &Column) -> Result<f32, Error> {
    let (mut sum, mut count) = (0.0, 0_usize);
    for &row in &table.rows {
        if column.values.number(row) != Number::Missing {
            sum += f64::from(table.number(column, row, None)?);
            count += 1;
        }
    }
    if count > 0 {
        return Ok((sum / count as f64) as f32);
    }
    let problem = format!(
        "all numbers of column `{}` are missing, so they have no mean; leave the column out, or fill it with a value",
        column.name
    );
    Err(bad_file(table.source.path(), problem))
}
