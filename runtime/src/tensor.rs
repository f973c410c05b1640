//! Statically typed tensors: a shape is a tuple of `usize` (known at run time) and [`Const`] (known to the compiler).

use crate::Error;
use std::fmt;

/// A dimension whose size is part of the type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Const<const N: usize>;

/// The size of one dimension: `usize`, or [`Const`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tensor dimension",
    note = "use `usize` for a size known at run time, or `Const<K>`"
)]
pub trait Dim: Copy + fmt::Debug + Send + Sync + 'static {
    /// The size.
    fn size(self) -> usize;
    /// The dimension of this size, if the type has one.
    fn from_size(size: usize) -> Option<Self>;
}

impl Dim for usize {
    fn size(self) -> usize {
        self
    }
    fn from_size(size: usize) -> Option<Self> {
        Some(size)
    }
}

impl<const N: usize> Dim for Const<N> {
    fn size(self) -> usize {
        N
    }
    fn from_size(size: usize) -> Option<Self> {
        (size == N).then_some(Const)
    }
}

/// The shape of a tensor: a tuple of up to eight [`Dim`]s. `()` is the shape of a scalar.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tensor shape",
    note = "a shape is a tuple of `usize` and `Const<K>`; `shape![N, 1, 28, 28]` writes one"
)]
pub trait Shape: Copy + fmt::Debug + Send + Sync + 'static {
    /// Number of dimensions.
    const RANK: usize;
    /// Sizes, in an array of [`RANK`](Shape::RANK) elements.
    type Sizes: AsRef<[usize]> + Copy;
    /// Sizes of all dimensions.
    fn sizes(&self) -> Self::Sizes;
    /// The shape with these sizes, if the type has one.
    fn from_sizes(sizes: &[usize]) -> Option<Self>;
    /// Product of the sizes.
    fn numel(&self) -> usize {
        self.sizes().as_ref().iter().product()
    }
}

macro_rules! tuple_shape {
    ($rank:literal; $($dim:ident $index:tt),*) => {
        impl<$($dim: Dim),*> Shape for ($($dim,)*) {
            const RANK: usize = $rank;
            type Sizes = [usize; $rank];
            fn sizes(&self) -> [usize; $rank] {
                [$(self.$index.size()),*]
            }
            fn from_sizes(sizes: &[usize]) -> Option<Self> {
                if sizes.len() != $rank {
                    return None;
                }
                Some(($($dim::from_size(sizes[$index])?,)*))
            }
        }
    };
}
tuple_shape!(0;);
tuple_shape!(1; A 0);
tuple_shape!(2; A 0, B 1);
tuple_shape!(3; A 0, B 1, C 2);
tuple_shape!(4; A 0, B 1, C 2, D 3);
tuple_shape!(5; A 0, B 1, C 2, D 3, E 4);
tuple_shape!(6; A 0, B 1, C 2, D 3, E 4, F 5);
tuple_shape!(7; A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple_shape!(8; A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

/// An owned tensor: row-major, contiguous.
#[derive(Clone, PartialEq)]
pub struct Tensor<T, S: Shape> {
    data: Vec<T>,
    shape: S,
}

impl<T: Copy, S: Shape> Tensor<T, S> {
    /// A tensor of these elements, in row-major order.
    ///
    /// # Errors
    /// [`Error::ElementCount`] when their number is not the product of the shape.
    pub fn try_from_vec(shape: S, data: Vec<T>) -> Result<Self, Error> {
        if data.len() != shape.numel() {
            return Err(Error::ElementCount {
                shape: shape.sizes().as_ref().to_vec(),
                expected: shape.numel(),
                found: data.len(),
            });
        }
        Ok(Tensor { data, shape })
    }

    /// A tensor of these elements, in row-major order.
    ///
    /// # Panics
    /// When their number is not the product of the shape.
    #[track_caller]
    pub fn from_vec(shape: S, data: Vec<T>) -> Self {
        match Tensor::try_from_vec(shape, data) {
            Ok(tensor) => tensor,
            Err(error) => panic!("{error}"),
        }
    }

    /// A tensor with every element equal to `value`.
    pub fn full(shape: S, value: T) -> Self {
        Tensor { data: vec![value; shape.numel()], shape }
    }

    /// A tensor whose element at `indices` is `value(indices)`.
    pub fn from_fn(shape: S, mut value: impl FnMut(&[usize]) -> T) -> Self {
        let sizes = shape.sizes();
        let sizes = sizes.as_ref();
        let mut indices = vec![0; sizes.len()];
        let data = (0..shape.numel())
            .map(|flat| {
                let mut rest = flat;
                for (index, &size) in indices.iter_mut().zip(sizes).rev() {
                    *index = rest % size;
                    rest /= size;
                }
                value(&indices)
            })
            .collect();
        Tensor { data, shape }
    }

    /// The shape.
    pub fn shape(&self) -> S {
        self.shape
    }

    /// Number of elements.
    pub fn numel(&self) -> usize {
        self.data.len()
    }

    /// Elements in row-major order.
    #[inline]
    pub fn as_slice(&self) -> &[T] {
        &self.data
    }

    /// Elements in row-major order, to be changed.
    #[inline]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.data
    }

    /// Elements in row-major order.
    pub fn into_vec(self) -> Vec<T> {
        self.data
    }

    /// The same elements in another shape.
    ///
    /// # Panics
    /// When the number of elements differs.
    #[track_caller]
    pub fn reshape<R: Shape>(self, shape: R) -> Tensor<T, R> {
        Tensor::from_vec(shape, self.data)
    }

    /// A borrowed view.
    pub fn view(&self) -> TensorView<'_, T, S> {
        TensorView { data: &self.data, shape: self.shape }
    }

    /// Elements of row `index` of the first dimension.
    ///
    /// # Panics
    /// When the tensor is a scalar or `index` is not below the size of its first dimension.
    #[track_caller]
    pub fn row(&self, index: usize) -> &[T] {
        self.view().row(index)
    }
}

impl<T: Copy + Default, S: Shape> Tensor<T, S> {
    /// A tensor of zeros.
    pub fn zeros(shape: S) -> Self {
        Tensor::full(shape, T::default())
    }
}

impl<T: Copy> Tensor<T, ()> {
    /// A scalar.
    pub fn scalar(value: T) -> Self {
        Tensor { data: vec![value], shape: () }
    }

    /// The value of a scalar.
    pub fn item(&self) -> T {
        self.data[0]
    }
}

impl<T: fmt::Debug + Copy, S: Shape> fmt::Debug for Tensor<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

/// A borrowed tensor: row-major, contiguous.
#[derive(Clone, Copy, PartialEq)]
pub struct TensorView<'a, T, S: Shape> {
    data: &'a [T],
    shape: S,
}

impl<'a, T: Copy, S: Shape> TensorView<'a, T, S> {
    /// A view of these elements, in row-major order.
    ///
    /// # Errors
    /// [`Error::ElementCount`] when their number is not the product of the shape.
    pub fn new(shape: S, data: &'a [T]) -> Result<Self, Error> {
        if data.len() != shape.numel() {
            return Err(Error::ElementCount {
                shape: shape.sizes().as_ref().to_vec(),
                expected: shape.numel(),
                found: data.len(),
            });
        }
        Ok(TensorView { data, shape })
    }

    /// The shape.
    pub fn shape(&self) -> S {
        self.shape
    }

    /// Number of elements.
    pub fn numel(&self) -> usize {
        self.data.len()
    }

    /// Elements in row-major order.
    pub fn as_slice(&self) -> &'a [T] {
        self.data
    }

    /// An owned copy.
    pub fn to_tensor(&self) -> Tensor<T, S> {
        Tensor { data: self.data.to_vec(), shape: self.shape }
    }

    /// Elements of row `index` of the first dimension.
    ///
    /// # Panics
    /// When the tensor is a scalar or `index` is not below the size of its first dimension.
    #[track_caller]
    pub fn row(&self, index: usize) -> &'a [T] {
        let sizes = self.shape.sizes();
        let Some((&rows, rest)) = sizes.as_ref().split_first() else { panic!("a scalar has no rows") };
        assert!(index < rows, "row {index} of a tensor with {rows} rows");
        let len: usize = rest.iter().product();
        &self.data[index * len..][..len]
    }
}

impl<T: fmt::Debug + Copy, S: Shape> fmt::Debug for TensorView<'_, T, S> {
    /// Shape and the first elements.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 12;
        write!(f, "Tensor{:?} [", self.shape.sizes().as_ref())?;
        for (index, value) in self.data.iter().take(SHOWN).enumerate() {
            write!(f, "{}{value:?}", if index > 0 { ", " } else { "" })?;
        }
        write!(f, "{}]", if self.data.len() > SHOWN { ", …" } else { "" })
    }
}

/// A mutably borrowed tensor: row-major, contiguous.
pub struct TensorViewMut<'a, T, S: Shape> {
    data: &'a mut [T],
    shape: S,
}

impl<'a, T: Copy, S: Shape> TensorViewMut<'a, T, S> {
    /// A view of these elements, in row-major order.
    ///
    /// # Errors
    /// [`Error::ElementCount`] when their number is not the product of the shape.
    pub fn new(shape: S, data: &'a mut [T]) -> Result<Self, Error> {
        TensorView::new(shape, &*data)?;
        Ok(TensorViewMut { data, shape })
    }

    /// The shape.
    pub fn shape(&self) -> S {
        self.shape
    }

    /// Elements in row-major order.
    pub fn as_slice(&self) -> &[T] {
        self.data
    }

    /// Elements in row-major order, to be changed.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        self.data
    }

    /// Elements in row-major order, for as long as the view was borrowed.
    pub fn into_slice(self) -> &'a mut [T] {
        self.data
    }

    /// Overwrites all elements.
    ///
    /// # Panics
    /// When the number of elements differs.
    #[track_caller]
    pub fn copy_from_slice(&mut self, values: &[T]) {
        assert_eq!(values.len(), self.data.len(), "the tensor has another number of elements");
        self.data.copy_from_slice(values);
    }

    /// Sets every element to `value`.
    pub fn fill(&mut self, value: T) {
        self.data.fill(value);
    }
}

/// A tensor with these sizes, which the caller has worked out to be those of its type.
#[doc(hidden)]
pub fn from_sizes<T: Copy, S: Shape>(sizes: &[usize], data: Vec<T>) -> Tensor<T, S> {
    let shape = S::from_sizes(sizes).expect("the sizes were checked when the result was made");
    Tensor::from_vec(shape, data)
}

/// The type of a shape: `shape![N, 1, 28, 28]` is `(N, Const<1>, Const<28>, Const<28>)`. Write a name for a dimension
/// that is a type (`usize`, or a parameter `N: Dim`), a literal or a block for a constant one.
#[macro_export]
macro_rules! shape {
    (@dims [$($done:ty,)*]) => { ($($done,)*) };
    (@dims [$($done:ty,)*] $size:literal $(, $($rest:tt)*)?) => { $crate::shape!(@dims [$($done,)* $crate::Const<$size>,] $($($rest)*)?) };
    (@dims [$($done:ty,)*] $size:block $(, $($rest:tt)*)?) => { $crate::shape!(@dims [$($done,)* $crate::Const<$size>,] $($($rest)*)?) };
    (@dims [$($done:ty,)*] $dim:ty $(, $($rest:tt)*)?) => { $crate::shape!(@dims [$($done,)* $dim,] $($($rest)*)?) };
    ($($dims:tt)*) => { $crate::shape!(@dims [] $($dims)*) };
}
