//! Putting structs of tensors together.

use crate::tensor::{Shape, Tensor};

/// A value that is made of tensors: generated code puts structs inside structs together through it, since it may have
/// no path to the inner ones.
pub trait Compose: Sized {
    /// Its tensors, grouped as its fields are.
    type Parts;
    /// The value with these parts.
    fn compose(parts: Self::Parts) -> Self;
}

impl<T, S: Shape> Compose for Tensor<T, S> {
    type Parts = Self;
    fn compose(parts: Self) -> Self {
        parts
    }
}

macro_rules! compose_tuple {
    ($($item:ident $part:ident),*) => {
        impl<$($item: Compose),*> Compose for ($($item,)*) {
            type Parts = ($($item::Parts,)*);
            fn compose(($($part,)*): Self::Parts) -> Self {
                ($($item::compose($part),)*)
            }
        }
    };
}
compose_tuple!(A a);
compose_tuple!(A a, B b);
compose_tuple!(A a, B b, C c);
compose_tuple!(A a, B b, C c, D d);
compose_tuple!(A a, B b, C c, D d, E e);
compose_tuple!(A a, B b, C c, D d, E e, F f);
compose_tuple!(A a, B b, C c, D d, E e, F f, G g);
compose_tuple!(A a, B b, C c, D d, E e, F f, G g, H h);
