//! Tensors whose first axis is that of the samples.

use macrograd_runtime::{Dim, Tensor};

use super::{Dataset, Field, Sample};
use crate::Error;

/// A tensor that holds a part of each sample along its first axis.
pub trait Rows: Send + Sync + 'static {
    /// The part of one sample: a number, or a tensor without the first axis.
    type Row: Field;

    /// How many there are.
    fn num_rows(&self) -> usize;

    /// That of one sample.
    fn row_at(&self, index: usize) -> Self::Row;
}

impl<T: Field + Copy + Sync> Rows for Tensor<T, (usize,)> {
    type Row = T;

    fn num_rows(&self) -> usize {
        self.shape().0
    }

    fn row_at(&self, index: usize) -> T {
        self.as_slice()[index]
    }
}

macro_rules! rows {
    ($($dim:ident $index:tt),*) => {
        impl<T: Copy + Send + Sync + 'static, $($dim: Dim),*> Rows for Tensor<T, (usize, $($dim),*)> {
            type Row = Tensor<T, ($($dim,)*)>;

            fn num_rows(&self) -> usize {
                self.shape().0
            }

            fn row_at(&self, index: usize) -> Self::Row {
                let shape = self.shape();
                Tensor::from_vec(($(shape.$index,)*), self.row(index).to_vec())
            }
        }
    };
}
rows!(A 1);
rows!(A 1, B 2);
rows!(A 1, B 2, C 3);
rows!(A 1, B 2, C 3, D 4);
rows!(A 1, B 2, C 3, D 4, E 5);
rows!(A 1, B 2, C 3, D 4, E 5, F 6);

/// A data set of tensors that have a row for each sample, such as arrays of NumPy.
///
/// ```
/// use macrograd::data::{Dataset, TensorDataset};
/// use macrograd::{Const, Tensor};
///
/// let points = Tensor::from_vec((3, Const::<2>), vec![0.0_f32, 1.0, 2.0, 3.0, 4.0, 5.0]);
/// let labels = Tensor::from_vec((3,), vec![0_u8, 1, 0]);
/// let data = TensorDataset::new((points, labels))?;
/// let (point, label) = data.sample(1)?;
/// assert_eq!((point.as_slice(), label), (&[2.0, 3.0][..], 1));
/// # Ok::<(), macrograd::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TensorDataset<T>(T);

impl<T: Tensors> TensorDataset<T> {
    /// A data set of these tensors, in a tuple.
    ///
    /// # Errors
    /// [`Error::Other`] when they do not have equally many rows.
    pub fn new(tensors: T) -> Result<Self, Error> {
        let rows = tensors.num_rows();
        if rows.iter().any(|&other| other != rows[0]) {
            let problem = format!(
                "the tensors of a data set have a row for each sample, but these have {rows:?} rows; take tensors of the same \
                 samples"
            );
            return Err(Error::Other(problem.into()));
        }
        Ok(TensorDataset(tensors))
    }

    /// The tensors.
    pub fn into_tensors(self) -> T {
        self.0
    }
}

impl<T: Tensors> Dataset for TensorDataset<T> {
    type Sample = T::Sample;

    fn len(&self) -> usize {
        self.0.num_rows()[0]
    }

    fn sample(&self, index: usize) -> Result<Self::Sample, Error> {
        Ok(self.0.sample_at(index))
    }
}

/// A tuple of tensors with rows: what a [`TensorDataset`] is made of.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of tensors with a row for each sample",
    note = "the first axis has a size known at run time: `Tensor<f32, (usize, Const<4>)>`",
    note = "for a single tensor write `(x,)`"
)]
pub trait Tensors: Send + Sync + 'static {
    /// The rows of one sample.
    type Sample: Sample;

    /// Rows of each tensor.
    fn num_rows(&self) -> Vec<usize>;

    /// The rows at an index.
    fn sample_at(&self, index: usize) -> Self::Sample;
}

macro_rules! tensors {
    ($($part:ident $index:tt),*) => {
        impl<$($part: Rows),*> Tensors for ($($part,)*) {
            type Sample = ($($part::Row,)*);

            fn num_rows(&self) -> Vec<usize> {
                vec![$(self.$index.num_rows()),*]
            }

            fn sample_at(&self, index: usize) -> Self::Sample {
                ($(self.$index.row_at(index),)*)
            }
        }
    };
}
tensors!(A 0);
tensors!(A 0, B 1);
tensors!(A 0, B 1, C 2);
tensors!(A 0, B 1, C 2, D 3);
tensors!(A 0, B 1, C 2, D 3, E 4);
tensors!(A 0, B 1, C 2, D 3, E 4, F 5);
