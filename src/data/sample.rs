//! What a data set has of each sample, and how samples become the tensors of a batch.

#[cfg(feature = "half")]
use macrograd_runtime::element::{bf16, f16};
use macrograd_runtime::{Const, Dim, Error, Shape, Tensor};

/// One sample, as a data set gives it: a tuple with a [`Field`] for each argument of the loss.
///
/// `(Tensor<f32, (Const<1>, Const<28>, Const<28>)>, u8)` becomes the batch
/// `(Tensor<f32, (usize, Const<1>, Const<28>, Const<28>)>, Tensor<u8, (usize,)>)`: what a loss takes that is declared for
/// `image: Tensor<N, 1, 28, 28>, label: Tensor<u8, N>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a sample",
    note = "a sample is a tuple with a number, an array or a `Tensor` for each argument of the loss: `([f32; 4], u8)`",
    note = "for one argument write `(x,)`"
)]
pub trait Sample: Sized + Send + 'static {
    /// The tensors of a batch.
    type Batch: Send + 'static;

    /// Samples, at least one, as a batch, in their order.
    ///
    /// # Errors
    /// [`Error::RaggedBatch`] when shapes differ.
    ///
    /// # Panics
    /// When there are none: tensors of no sample have no shape.
    fn collate(samples: Vec<Self>) -> Result<Self::Batch, Error>;

    /// Bytes of the elements of a batch.
    fn batch_bytes(batch: &Self::Batch) -> usize;
}

/// A part of a sample: a number, an array of one to three axes, a `Vec`, or a tensor of up to seven axes. In a batch it is a
/// tensor with one axis more, in front.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a sample",
    note = "a part of a sample is a number, an array of numbers such as `[f32; 4]`, a `Vec` or a `Tensor`"
)]
pub trait Field: Sized + Send + 'static {
    /// The tensor of a batch.
    type Batched: Send + 'static;

    /// Parts of at least one sample as one tensor, in their order.
    ///
    /// # Errors
    /// [`Error::RaggedBatch`] when shapes differ.
    ///
    /// # Panics
    /// When there are none.
    fn batch(samples: Vec<Self>) -> Result<Self::Batched, Error>;

    /// Bytes of the elements of such a tensor.
    fn bytes(batched: &Self::Batched) -> usize;
}

/// Numbers, and arrays and vectors of them.
macro_rules! number_fields {
    ($($number:ty),*) => {$(
        impl Field for $number {
            type Batched = Tensor<$number, (usize,)>;
            fn batch(samples: Vec<Self>) -> Result<Self::Batched, Error> {
                Ok(Tensor::from_vec((samples.len(),), samples))
            }
            fn bytes(batched: &Self::Batched) -> usize {
                bytes_of(batched)
            }
        }

        impl<const A: usize> Field for [$number; A] {
            type Batched = Tensor<$number, (usize, Const<A>)>;
            fn batch(samples: Vec<Self>) -> Result<Self::Batched, Error> {
                Ok(Tensor::from_vec((samples.len(), Const), samples.into_flattened()))
            }
            fn bytes(batched: &Self::Batched) -> usize {
                bytes_of(batched)
            }
        }

        impl<const A: usize, const B: usize> Field for [[$number; B]; A] {
            type Batched = Tensor<$number, (usize, Const<A>, Const<B>)>;
            fn batch(samples: Vec<Self>) -> Result<Self::Batched, Error> {
                let shape = (samples.len(), Const, Const);
                Ok(Tensor::from_vec(shape, samples.into_flattened().into_flattened()))
            }
            fn bytes(batched: &Self::Batched) -> usize {
                bytes_of(batched)
            }
        }

        impl<const A: usize, const B: usize, const C: usize> Field for [[[$number; C]; B]; A] {
            type Batched = Tensor<$number, (usize, Const<A>, Const<B>, Const<C>)>;
            fn batch(samples: Vec<Self>) -> Result<Self::Batched, Error> {
                let shape = (samples.len(), Const, Const, Const);
                let elements = samples.into_flattened().into_flattened().into_flattened();
                Ok(Tensor::from_vec(shape, elements))
            }
            fn bytes(batched: &Self::Batched) -> usize {
                bytes_of(batched)
            }
        }

        impl Field for Vec<$number> {
            type Batched = Tensor<$number, (usize, usize)>;
            fn batch(samples: Vec<Self>) -> Result<Self::Batched, Error> {
                let len = samples.first().map_or(0, Vec::len);
                check_shapes(&[len], samples.iter().map(|sample| [sample.len()]))?;
                Ok(Tensor::from_vec((samples.len(), len), samples.concat()))
            }
            fn bytes(batched: &Self::Batched) -> usize {
                bytes_of(batched)
            }
        }
    )*};
}
number_fields!(u8, u16, u32, u64, i8, i16, i32, i64, f32, f64);
#[cfg(feature = "half")]
number_fields!(f16, bf16);

macro_rules! tensor_field {
    ($($dim:ident $index:tt),*) => {
        impl<T: Copy + Send + 'static, $($dim: Dim),*> Field for Tensor<T, ($($dim,)*)> {
            type Batched = Tensor<T, (usize, $($dim,)*)>;
            fn batch(samples: Vec<Self>) -> Result<Self::Batched, Error> {
                let first = samples.first().expect("a batch has at least one sample");
                let shape = first.shape();
                check_shapes(shape.sizes().as_ref(), samples.iter().map(|sample| sample.shape().sizes()))?;
                let mut elements = Vec::with_capacity(samples.len() * first.numel());
                for sample in &samples {
                    elements.extend_from_slice(sample.as_slice());
                }
                Ok(Tensor::from_vec((samples.len(), $(shape.$index,)*), elements))
            }
            fn bytes(batched: &Self::Batched) -> usize {
                bytes_of(batched)
            }
        }
    };
}
tensor_field!();
tensor_field!(A 0);
tensor_field!(A 0, B 1);
tensor_field!(A 0, B 1, C 2);
tensor_field!(A 0, B 1, C 2, D 3);
tensor_field!(A 0, B 1, C 2, D 3, E 4);
tensor_field!(A 0, B 1, C 2, D 3, E 4, F 5);
tensor_field!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);

fn bytes_of<T: Copy, S: Shape>(tensor: &Tensor<T, S>) -> usize {
    size_of_val(tensor.as_slice())
}

/// An error for the first shape that is not the expected one.
fn check_shapes<S: AsRef<[usize]>>(first: &[usize], shapes: impl Iterator<Item = S>) -> Result<(), Error> {
    for (position, found) in shapes.enumerate() {
        if found.as_ref() != first {
            return Err(Error::RaggedBatch {
                sample: position,
                found: found.as_ref().to_vec(),
                first_sample: 0,
                first: first.to_vec(),
            });
        }
    }
    Ok(())
}

macro_rules! tuple_sample {
    ($($field:ident $column:ident $index:tt),*) => {
        impl<$($field: Field),*> Sample for ($($field,)*) {
            type Batch = ($($field::Batched,)*);
            fn collate(samples: Vec<Self>) -> Result<Self::Batch, Error> {
                $(let mut $column = Vec::with_capacity(samples.len());)*
                for sample in samples {
                    $($column.push(sample.$index);)*
                }
                Ok(($($field::batch($column)?,)*))
            }
            fn batch_bytes(batch: &Self::Batch) -> usize {
                0 $(+ $field::bytes(&batch.$index))*
            }
        }
    };
}
tuple_sample!(A a 0);
tuple_sample!(A a 0, B b 1);
tuple_sample!(A a 0, B b 1, C c 2);
tuple_sample!(A a 0, B b 1, C c 2, D d 3);
tuple_sample!(A a 0, B b 1, C c 2, D d 3, E e 4);
tuple_sample!(A a 0, B b 1, C c 2, D d 3, E e 4, F f 5);
tuple_sample!(A a 0, B b 1, C c 2, D d 3, E e 4, F f 5, G g 6);
tuple_sample!(A a 0, B b 1, C c 2, D d 3, E e 4, F f 5, G g 6, H h 7);
