//! What metrics look at: borrowed tensors whose shapes are known at run time.

use macrograd_runtime::{Shape, Tensor, TensorView};

use super::MetricError;

/// As many axes as a [`Tensor`] can have.
const MAX_RANK: usize = 8;

/// A borrowed tensor of any shape: row-major, contiguous. References to tensors, views, slices, arrays and vectors turn
/// into it; the last three have one axis.
#[derive(Clone, Copy, Debug)]
pub struct AnyShape<'a, T> {
    data: &'a [T],
    /// Kept here and not borrowed: the shape of a tensor is a tuple, which has no slice of sizes.
    sizes: [usize; MAX_RANK],
    rank: usize,
}

/// Outputs of a model, or targets that are reals.
pub type Values<'a> = AnyShape<'a, f32>;

impl<'a, T> AnyShape<'a, T> {
    /// These elements in this shape.
    ///
    /// # Errors
    /// When their number is not the product of `shape`, or there are more than 8 axes.
    pub fn new(shape: &[usize], data: &'a [T]) -> Result<Self, MetricError> {
        if shape.len() > MAX_RANK {
            return Err(MetricError::TooManyAxes { most: MAX_RANK, found: shape.len() });
        }
        let expected = if shape.contains(&0) { 0 } else { product(shape) };
        if expected != data.len() {
            return Err(MetricError::ElementCount { shape: shape.to_vec(), expected, found: data.len() });
        }
        Ok(Self::of(shape, data))
    }

    fn of(shape: &[usize], data: &'a [T]) -> Self {
        let mut sizes = [1; MAX_RANK];
        sizes[..shape.len()].copy_from_slice(shape);
        AnyShape { data, sizes, rank: shape.len() }
    }

    /// Sizes of all axes.
    pub fn shape(&self) -> &[usize] {
        &self.sizes[..self.rank]
    }

    /// Elements in row-major order.
    pub fn as_slice(&self) -> &'a [T] {
        self.data
    }
}

/// Product of sizes, the largest number when it is larger than that.
pub(super) fn product(sizes: &[usize]) -> usize {
    sizes.iter().fold(1, |product: usize, &size| product.saturating_mul(size))
}

impl<'a, T: Copy, S: Shape> From<&'a Tensor<T, S>> for AnyShape<'a, T> {
    fn from(tensor: &'a Tensor<T, S>) -> Self {
        AnyShape::of(tensor.shape().sizes().as_ref(), tensor.as_slice())
    }
}

impl<'a, T: Copy, S: Shape> From<TensorView<'a, T, S>> for AnyShape<'a, T> {
    fn from(view: TensorView<'a, T, S>) -> Self {
        AnyShape::of(view.shape().sizes().as_ref(), view.as_slice())
    }
}

impl<'a, T> From<&'a [T]> for AnyShape<'a, T> {
    fn from(data: &'a [T]) -> Self {
        AnyShape::of(&[data.len()], data)
    }
}

impl<'a, T> From<&'a Vec<T>> for AnyShape<'a, T> {
    fn from(data: &'a Vec<T>) -> Self {
        AnyShape::from(&data[..])
    }
}

impl<'a, T, const N: usize> From<&'a [T; N]> for AnyShape<'a, T> {
    fn from(data: &'a [T; N]) -> Self {
        AnyShape::from(&data[..])
    }
}

/// What outputs are judged by: labels or reals. Made from references to tensors, views, slices, arrays and vectors.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Targets<'a> {
    /// Labels below 256.
    U8(AnyShape<'a, u8>),
    /// Labels.
    U32(AnyShape<'a, u32>),
    /// Labels, possibly negative ones that are ignored.
    I64(AnyShape<'a, i64>),
    /// Reals. Where classes are needed, whole numbers stand for them.
    F32(Values<'a>),
}

impl Targets<'_> {
    /// Sizes of all axes.
    pub fn shape(&self) -> &[usize] {
        match self {
            Targets::U8(labels) => labels.shape(),
            Targets::U32(labels) => labels.shape(),
            Targets::I64(labels) => labels.shape(),
            Targets::F32(values) => values.shape(),
        }
    }

    /// The class at a position.
    pub(super) fn label(&self, position: usize) -> Result<i64, MetricError> {
        Ok(match self {
            Targets::U8(labels) => labels.data[position].into(),
            Targets::U32(labels) => labels.data[position].into(),
            Targets::I64(labels) => labels.data[position],
            Targets::F32(values) => {
                let value = values.data[position];
                if value != value.trunc() || !value.is_finite() {
                    return Err(MetricError::NotAClass { position, value });
                }
                value as i64
            }
        })
    }

    /// The real at a position.
    pub(super) fn value(&self, position: usize) -> f64 {
        match self {
            Targets::U8(labels) => labels.data[position].into(),
            Targets::U32(labels) => labels.data[position].into(),
            Targets::I64(labels) => labels.data[position] as f64,
            Targets::F32(values) => values.data[position].into(),
        }
    }
}

macro_rules! targets {
    ($($variant:ident $element:ty;)*) => {$(
        impl<'a> From<AnyShape<'a, $element>> for Targets<'a> {
            fn from(targets: AnyShape<'a, $element>) -> Self {
                Targets::$variant(targets)
            }
        }
        impl<'a, S: Shape> From<&'a Tensor<$element, S>> for Targets<'a> {
            fn from(tensor: &'a Tensor<$element, S>) -> Self {
                Targets::$variant(tensor.into())
            }
        }
        impl<'a, S: Shape> From<TensorView<'a, $element, S>> for Targets<'a> {
            fn from(view: TensorView<'a, $element, S>) -> Self {
                Targets::$variant(view.into())
            }
        }
        impl<'a> From<&'a [$element]> for Targets<'a> {
            fn from(data: &'a [$element]) -> Self {
                Targets::$variant(data.into())
            }
        }
        impl<'a> From<&'a Vec<$element>> for Targets<'a> {
            fn from(data: &'a Vec<$element>) -> Self {
                Targets::$variant(data.into())
            }
        }
        impl<'a, const N: usize> From<&'a [$element; N]> for Targets<'a> {
            fn from(data: &'a [$element; N]) -> Self {
                Targets::$variant(data.into())
            }
        }
    )*};
}
targets! {
    U8 u8;
    U32 u32;
    I64 i64;
    F32 f32;
}
