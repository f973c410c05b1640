//! Rows of a table as samples.

use super::Encoding;
use crate::Error;
use crate::data::{Dataset, Field};

/// Rows of a table with what is to be predicted: samples `([f32; N], L)`.
#[derive(Clone, Debug)]
pub struct TableData<const N: usize, L> {
    features: Vec<[f32; N]>,
    labels: Vec<L>,
    encoding: Encoding<N>,
}

impl<const N: usize, L> TableData<N, L> {
    pub(super) fn new(features: Vec<[f32; N]>, labels: Vec<L>, encoding: Encoding<N>) -> Self {
        TableData { features, labels, encoding }
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

impl<const N: usize, L: Field + Clone + Sync> Dataset for TableData<N, L> {
    type Sample = ([f32; N], L);

    fn len(&self) -> usize {
        self.labels.len()
    }

    fn sample(&self, index: usize) -> Result<Self::Sample, Error> {
        Ok((self.features[index], self.labels[index].clone()))
    }
}
