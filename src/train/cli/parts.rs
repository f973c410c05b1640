//! What `train!` needs of data sets and batches, whatever their types.

use std::sync::Arc;

use crate::data::{Dataset, ImageDataset, Select, Split};
use crate::metrics::{MetricError, Values};
use crate::{Shape, Tensor};

/// Data that has, or can be cut into, a part to train with and one to validate with: a pair of data sets, a
/// [`Split`], or one data set.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no data to train with",
    note = "`data` is a data set, or a pair of data sets: one to train with and one to validate with"
)]
pub trait IntoParts {
    /// What the model learns from.
    type Train: Dataset;
    /// What it is judged by.
    type Validation: Dataset<Sample = <Self::Train as Dataset>::Sample>;
    /// Whether `validation` says how much of it is kept for validation.
    const IS_CUT: bool;

    /// Both parts. Where there is one data set, `validation` of it, chosen by `seed`, is kept for validation.
    fn into_parts(self, validation: f64, seed: u64) -> (Self::Train, Self::Validation);
}

impl<D: Dataset> IntoParts for D {
    type Train = Select<Arc<D>>;
    type Validation = Select<Arc<D>>;
    const IS_CUT: bool = true;

    fn into_parts(self, validation: f64, seed: u64) -> (Self::Train, Self::Validation) {
        let (validation, train) = self.split(validation, seed);
        (train, validation)
    }
}

impl<A: Dataset, B: Dataset<Sample = A::Sample>> IntoParts for (A, B) {
    type Train = A;
    type Validation = B;
    const IS_CUT: bool = false;

    fn into_parts(self, _: f64, _: u64) -> (A, B) {
        self
    }
}

impl<const H: usize, const W: usize> IntoParts for Split<H, W> {
    type Train = ImageDataset<H, W>;
    type Validation = ImageDataset<H, W>;
    const IS_CUT: bool = false;

    fn into_parts(self, _: f64, _: u64) -> (Self::Train, Self::Validation) {
        (self.train, self.test)
    }
}

/// A data set of the library: its pixels have mean 0 and deviation 1 in the part to train with.
#[cfg(feature = "embedded-data")]
macro_rules! embedded {
    ($($name:ident $size:literal),*) => {$(
        impl IntoParts for crate::data::$name {
            type Train = ImageDataset<$size, $size>;
            type Validation = ImageDataset<$size, $size>;
            const IS_CUT: bool = false;

            fn into_parts(self, _: f64, _: u64) -> (Self::Train, Self::Validation) {
                let data = crate::data::$name::embedded();
                let (mean, std) = data.train.mean_and_std();
                data.normalise(mean, std).into_parts(0.0, 0)
            }
        }
    )*};
}
#[cfg(feature = "embedded-data")]
embedded!(FashionMnist 28, Digits 8);

/// Rounded: metrics and files take `f32`.
impl<S: Shape> From<Tensor<f64, S>> for Output {
    fn from(tensor: Tensor<f64, S>) -> Self {
        let values = tensor.as_slice().iter().map(|&value| value as f32).collect();
        Output { sizes: tensor.shape().sizes().as_ref().to_vec(), values }
    }
}

/// The first tensors of a batch, as the arguments of `forward`.
#[diagnostic::on_unimplemented(
    message = "the arguments of `forward` are not the first tensors of a batch",
    label = "`forward` takes `{P}`, but a batch is `{Self}`",
    note = "the arguments of the loss are those of `forward`, in the same order, and then the targets"
)]
pub trait Leading<'a, P> {
    /// Them.
    fn leading(&'a self) -> P;
}

/// The last tensor of a batch: what outputs are judged by.
pub trait Last {
    /// Its type.
    type Last;
    /// It.
    fn last(&self) -> &Self::Last;
}

/// The first tensor of a batch.
pub trait First {
    /// Its type.
    type First;
    /// It.
    fn first(&self) -> &Self::First;
}

/// A tensor of which a picture can perhaps be made: reals, `[N, C, H, W]` with one or three channels.
pub trait Pictured {
    /// Its elements, if it has such a shape.
    fn pictured(&self) -> Option<Output>;
}

impl<S: Shape> Pictured for Tensor<f32, S> {
    fn pictured(&self) -> Option<Output> {
        let sizes = self.shape().sizes().as_ref().to_vec();
        let is_image = matches!(sizes[..], [_, 1 | 3, _, _]);
        is_image.then(|| Output { sizes, values: self.as_slice().to_vec() })
    }
}

macro_rules! not_pictured {
    ($($element:ty),*) => {$(
        impl<S: Shape> Pictured for Tensor<$element, S> {
            fn pictured(&self) -> Option<Output> {
                None
            }
        }
    )*};
}
not_pictured!(u8, u16, u32, u64, i8, i16, i32, i64, f64);
#[cfg(feature = "half")]
not_pictured!(crate::f16, crate::bf16);

macro_rules! batch {
    ($last:ident $last_index:tt; $($all:ident),*) => {
        impl<$($all),*> First for ($($all,)*) {
            type First = A;
            fn first(&self) -> &A {
                &self.0
            }
        }
        impl<$($all),*> Last for ($($all,)*) {
            type Last = $last;
            fn last(&self) -> &$last {
                &self.$last_index
            }
        }
    };
}
batch!(A 0; A);
batch!(B 1; A, B);
batch!(C 2; A, B, C);
batch!(D 3; A, B, C, D);
batch!(E 4; A, B, C, D, E);
batch!(F 5; A, B, C, D, E, F);

macro_rules! leading {
    ($($first:ident $index:tt),*; $($rest:ident),*) => {
        impl<'a, $($first: 'a,)* $($rest),*> Leading<'a, ($(&'a $first,)*)> for ($($first,)* $($rest,)*) {
            fn leading(&'a self) -> ($(&'a $first,)*) {
                ($(&self.$index,)*)
            }
        }
    };
}
leading!(A 0;);
leading!(A 0; B);
leading!(A 0, B 1;);
leading!(A 0; B, C);
leading!(A 0, B 1; C);
leading!(A 0, B 1, C 2;);
leading!(A 0; B, C, D);
leading!(A 0, B 1; C, D);
leading!(A 0, B 1, C 2; D);
leading!(A 0, B 1, C 2, D 3;);
leading!(A 0; B, C, D, E);
leading!(A 0, B 1; C, D, E);
leading!(A 0, B 1, C 2; D, E);
leading!(A 0, B 1, C 2, D 3; E);
leading!(A 0, B 1, C 2, D 3, E 4;);
leading!(A 0; B, C, D, E, F);
leading!(A 0, B 1; C, D, E, F);
leading!(A 0, B 1, C 2; D, E, F);
leading!(A 0, B 1, C 2, D 3; E, F);
leading!(A 0, B 1, C 2, D 3, E 4; F);
leading!(A 0, B 1, C 2, D 3, E 4, F 5;);

/// What a model returns for a batch.
#[derive(Clone, Debug)]
pub struct Output {
    /// Sizes of all axes; the first one is the number of samples.
    pub sizes: Vec<usize>,
    /// Elements in row-major order.
    pub values: Vec<f32>,
}

impl Output {
    /// As metrics take it.
    ///
    /// # Errors
    /// When there are more axes than metrics can have.
    pub fn view(&self) -> Result<Values<'_>, MetricError> {
        Values::new(&self.sizes, &self.values)
    }

    /// The elements of each sample.
    pub fn rows(&self) -> impl Iterator<Item = &[f32]> {
        let samples = self.sizes.first().copied().unwrap_or(1);
        let len = self.values.len().checked_div(samples).unwrap_or(0).max(1);
        self.values.chunks(len)
    }
}

impl<S: Shape> From<Tensor<f32, S>> for Output {
    fn from(tensor: Tensor<f32, S>) -> Self {
        Output { sizes: tensor.shape().sizes().as_ref().to_vec(), values: tensor.into_vec() }
    }
}
