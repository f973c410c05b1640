//! The types in which models compute: `f32`, and with the feature `f64` that one, too.
//!
//! Kernels are no generic functions over this trait: each is compiled once for each type, in this crate, from one text
//! that is mounted at the root and under `double`. The trait is for what is written once for both, the state of a model
//! above all, and for instruction sets.

use crate::element::{Cast, Element};
use crate::state::{Init, Layout};
use std::fmt;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// A type in which models compute: `f32` or `f64`.
#[diagnostic::on_unimplemented(
    message = "models do not compute in `{Self}`",
    note = "the computing type of a model is `f32`, or `f64` under `#[model(dtype = f64)]`"
)]
pub trait Float:
    sealed::Sealed
    + Element
    + Cast<f32>
    + Cast<f64>
    + Into<f64>
    + fmt::Debug
    + fmt::Display
    + PartialOrd
    + std::ops::Add<Output = Self>
    + std::ops::Mul<Output = Self>
{
    /// Name of the type.
    const NAME: &'static str;

    /// The nearest number of this type.
    fn from_f64(value: f64) -> Self;

    /// `self * factor + term`, rounded once. A call into libm unless the instruction set in use has it: see
    /// [`Isa::mul_add`](crate::isa::Isa::mul_add).
    #[doc(hidden)]
    fn fused_mul_add(self, factor: Self, term: Self) -> Self;

    /// A value that is made of the type, as the one of [`Either`] that it is.
    #[doc(hidden)]
    fn either<T: Family>(value: T::Of<Self>) -> Either<T>;

    /// What is made of this type, if it is that one.
    #[doc(hidden)]
    fn of_either<T: Family>(either: &Either<T>) -> Option<&T::Of<Self>>;

    /// The same, to be changed.
    #[doc(hidden)]
    fn of_either_mut<T: Family>(either: &mut Either<T>) -> Option<&mut T::Of<Self>>;

    /// Fills a tensor of the state as declared: see [`initialise`](crate::initialise::initialise).
    #[doc(hidden)]
    fn initialise(values: &mut [Self], shape: &[usize], init: Init, seed: u64, stream: u64);

    /// Fills a state as its tensors declare: see [`State::new`](crate::state::State::new).
    #[doc(hidden)]
    fn fill_state(layout: &Layout, values: &mut [Self], seed: u64);
}

/// Types that are made of a computing type, such as slices of it.
#[doc(hidden)]
pub trait Family {
    /// The one of a computing type.
    type Of<F: Float>;
}

/// One of the types of a family: by which functions that are no generic ones serve both computing types, and what is
/// chosen when a program runs can be of either.
#[doc(hidden)]
pub enum Either<T: Family> {
    /// That of `f32`.
    F32(T::Of<f32>),
    /// That of `f64`.
    F64(T::Of<f64>),
}

impl<T: Family<Of<f32>: Clone, Of<f64>: Clone>> Clone for Either<T> {
    fn clone(&self) -> Self {
        match self {
            Either::F32(value) => Either::F32(value.clone()),
            Either::F64(value) => Either::F64(value.clone()),
        }
    }
}

impl<T: Family<Of<f32>: fmt::Debug, Of<f64>: fmt::Debug>> fmt::Debug for Either<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Either::F32(value) => value.fmt(f),
            Either::F64(value) => value.fmt(f),
        }
    }
}

macro_rules! float {
    ($ty:ty, $name:literal, $variant:ident, $initialise:path) => {
        impl Float for $ty {
            const NAME: &'static str = $name;

            #[inline]
            fn from_f64(value: f64) -> $ty {
                value as $ty
            }

            #[inline(always)]
            fn fused_mul_add(self, factor: $ty, term: $ty) -> $ty {
                self.mul_add(factor, term)
            }

            fn either<T: Family>(value: T::Of<$ty>) -> Either<T> {
                Either::$variant(value)
            }

            fn of_either<T: Family>(either: &Either<T>) -> Option<&T::Of<$ty>> {
                if let Either::$variant(value) = either { Some(value) } else { None }
            }

            fn of_either_mut<T: Family>(either: &mut Either<T>) -> Option<&mut T::Of<$ty>> {
                if let Either::$variant(value) = either { Some(value) } else { None }
            }

            fn initialise(values: &mut [$ty], shape: &[usize], init: Init, seed: u64, stream: u64) {
                $initialise(values, shape, init, seed, stream);
            }

            // Not generic, so that it is compiled here and not in the crate of each model.
            fn fill_state(layout: &Layout, values: &mut [$ty], seed: u64) {
                crate::state::fill(layout, values, seed);
            }
        }
    };
}
float!(f32, "f32", F32, crate::initialise::initialise);
float!(f64, "f64", F64, crate::initialise::initialise_wide);
