//! What metrics look at: borrowed tensors whose shapes are known at run time.

use macrograd_runtime::ops::nll_loss::Label;
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

/// What metrics need of an element of the targets.
trait Target: Copy {
    /// The class that it names: what exceeds `i64` becomes its largest number, which no class has. `None` for a real that
    /// is not whole.
    fn class(self) -> Option<i64>;
    /// As a real.
    fn real(self) -> f64;
}

macro_rules! whole_target {
    ($($element:ty),*) => {
        $(impl Target for $element {
            fn class(self) -> Option<i64> {
                Some(Label::to_i64(self))
            }
            fn real(self) -> f64 {
                self as f64
            }
        })*
    };
}
whole_target!(u8, u16, u32, u64, i8, i16, i32, i64);

macro_rules! real_target {
    ($($element:ty),*) => {
        $(impl Target for $element {
            fn class(self) -> Option<i64> {
                (self.is_finite() && self == self.trunc()).then_some(self as i64)
            }
            fn real(self) -> f64 {
                self as f64
            }
        })*
    };
}
real_target!(f32, f64);

macro_rules! targets {
    ($($variant:ident($element:ty);)*) => {
        /// What outputs are judged by: labels of any type of whole numbers, possibly negative ones that are ignored, or
        /// reals, of which whole numbers stand for classes where those are needed. Made from references to tensors,
        /// views, slices, arrays and vectors.
        #[derive(Clone, Copy, Debug)]
        #[non_exhaustive]
        pub enum Targets<'a> {
            $(
                #[doc = concat!("Elements of type `", stringify!($element), "`.")]
                $variant(AnyShape<'a, $element>),
            )*
        }

        impl Targets<'_> {
            /// Sizes of all axes.
            pub fn shape(&self) -> &[usize] {
                match self {
                    $(Targets::$variant(targets) => targets.shape(),)*
                }
            }

            /// The class at a position.
            pub(crate) fn label(&self, position: usize) -> Result<i64, MetricError> {
                let class = match self {
                    $(Targets::$variant(targets) => targets.data[position].class(),)*
                };
                class.ok_or_else(|| MetricError::NotAClass { position, value: self.value(position) as f32 })
            }

            /// The real at a position.
            pub(super) fn value(&self, position: usize) -> f64 {
                match self {
                    $(Targets::$variant(targets) => targets.data[position].real(),)*
                }
            }
        }

        $(
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
        )*
    };
}
targets! {
    U8(u8);
    U16(u16);
    U32(u32);
    U64(u64);
    I8(i8);
    I16(i16);
    I32(i32);
    I64(i64);
    F32(f32);
    F64(f64);
}
