//! Rows of a table as samples.

use super::{Encoding, Table};
use crate::Error;
use crate::data::{Dataset, Field};

/// Rows of a table with what is to be predicted: samples `([f32; N], L)`.
#[derive(Clone, Debug)]
pub struct TableData<const N: usize, L> {
    features: Vec<[f32; N]>,
    labels: Vec<L>,
    encoding: Encoding<N>,
    /// Where the rows are from.
    table: Table,
}

impl<const N: usize, L> TableData<N, L> {
    pub(super) fn new(features: Vec<[f32; N]>, labels: Vec<L>, encoding: Encoding<N>, table: Table) -> Self {
        TableData { features, labels, encoding, table }
    }

    /// The features of all rows.
    pub fn features(&self) -> &[[f32; N]] {
        &self.features
    }

    /// What is to be predicted, of all rows: what [`split`](crate::data::split) divides by.
    pub fn labels(&self) -> &[L] {
        &self.labels
    }

    /// Names of the classes in the order of their numbers; none for numbers that are to be predicted.
    pub fn classes(&self) -> Vec<String> {
        self.encoding.classes()
    }

    /// How rows became samples, for other tables of the same columns.
    pub fn encoding(&self) -> &Encoding<N> {
        &self.encoding
    }
}

/// What a row of a table can be labelled with: the number of a class, or reals that are to be predicted.
pub trait TableLabel: Field + Clone + Sync {
    /// What stands for a label that nobody knows.
    const UNKNOWN: Self;
    /// The label with the number of its class among other classes, if it is among them; reals stay what they are.
    fn renumbered(self, known: &[String], classes: &[String]) -> Option<Self>;
    /// Rows with their labels, where an encoding knows these: those of classes.
    #[doc(hidden)]
    fn labelled<const N: usize>(
        table: &Table,
        encoding: &Encoding<N>,
    ) -> Option<Result<TableData<N, Self>, Error>> {
        let _ = (table, encoding);
        None
    }
}

macro_rules! class_labels {
    ($($number:ty),*) => {$(
        impl TableLabel for $number {
            const UNKNOWN: Self = 0;
            fn renumbered(self, known: &[String], classes: &[String]) -> Option<Self> {
                let name = classes.get(usize::try_from(self).ok()?)?;
                let place = known.iter().position(|one| one == name)?;
                place.try_into().ok()
            }
            fn labelled<const N: usize>(
                table: &Table,
                encoding: &Encoding<N>,
            ) -> Option<Result<TableData<N, Self>, Error>> {
                encoding.has_classes().then(|| encoding.labelled_as(table))
            }
        }
    )*};
}
class_labels!(u8, u16, u32, u64, i8, i16, i32, i64);

impl TableLabel for f32 {
    const UNKNOWN: Self = 0.0;
    fn renumbered(self, _: &[String], _: &[String]) -> Option<Self> {
        Some(self)
    }
}

impl<const M: usize> TableLabel for [f32; M] {
    const UNKNOWN: Self = [0.0; M];
    fn renumbered(self, _: &[String], _: &[String]) -> Option<Self> {
        Some(self)
    }
}

/// Rows for a model that was trained with another table.
impl<const N: usize, L: TableLabel> TableData<N, L> {
    /// The same rows as an earlier encoding has them: columns by their names, classes by their numbers there.
    ///
    /// # Errors
    /// [`Error::BadFile`] when a column is missing, or a value or a class is none that the encoding knows.
    pub fn encoded_as(&self, encoding: &Encoding<N>) -> Result<Self, Error> {
        let features = encoding.encode(&self.table)?;
        let (known, classes) = (encoding.classes(), self.classes());
        let renumbered = |label: &L| label.clone().renumbered(&known, &classes);
        let labels: Option<Vec<L>> = self.labels.iter().map(renumbered).collect();
        let labels = labels.ok_or_else(|| {
            let new: Vec<&String> = classes.iter().filter(|class| !known.contains(class)).collect();
            let problem = format!(
                "its classes {new:?} are none of those that the model was trained with: {known:?}; leave such rows out, or \
                 train with them"
            );
            Error::BadFile { path: self.table.path().to_path_buf(), problem }
        })?;
        Ok(TableData::new(features, labels, encoding.clone(), self.table.clone()))
    }

    /// The same rows for prediction: their labels are [`TableLabel::UNKNOWN`].
    ///
    /// # Errors
    /// As for [`Encoding::features`].
    pub fn encoded_without_labels(&self, encoding: &Encoding<N>) -> Result<Self, Error> {
        TableData::without_labels(&self.table, encoding)
    }

    /// The rows of a table for prediction: their labels are [`TableLabel::UNKNOWN`].
    ///
    /// # Errors
    /// As for [`Encoding::features`].
    pub fn without_labels(table: &Table, encoding: &Encoding<N>) -> Result<Self, Error> {
        let features = encoding.encode(table)?;
        let labels = vec![L::UNKNOWN; features.len()];
        Ok(TableData::new(features, labels, encoding.clone(), table.clone()))
    }
}

impl<const N: usize, L: Field + Clone + Sync> Dataset for TableData<N, L> {
    type Sample = ([f32; N], L);

    fn len(&self) -> usize {
        self.labels.len()
    }

    fn sample(&self, index: usize) -> Result<Self::Sample, Error> {
        Ok((self.features[index], self.labels[index].clone()))
    }
}
