//! Types of elements: what moves them, and how one becomes another.
//!
//! Models compute in `f32` or `f64`. Elements of other types are read, moved, cast and returned: labels and indices, and
//! numbers that are kept in fewer or more bits than they are computed in.

#[cfg(feature = "half")]
pub use half::{bf16, f16};

/// A type of the elements of tensors.
///
/// # Safety
/// `Bits` has the size and the alignment of the type, neither has padding, and every pattern of bits is a value of
/// both. The alignment is at most 64.
pub unsafe trait Element: Copy + Default + PartialEq + Send + Sync + 'static {
    /// The unsigned integer of the same size: kernels that only move elements are compiled for these.
    type Bits: Movable;
}

/// As the integers of the same size.
#[inline]
pub fn as_bits<T: Element>(elements: &[T]) -> &[T::Bits] {
    // SAFETY: `Element` vouches for size, alignment and validity; the result borrows what `elements` does for as long.
    unsafe { std::slice::from_raw_parts(elements.as_ptr().cast(), elements.len()) }
}

/// As the integers of the same size, to be written.
#[inline]
pub fn as_bits_mut<T: Element>(elements: &mut [T]) -> &mut [T::Bits] {
    // SAFETY: as in `as_bits`; the unique borrow passes on to the result.
    unsafe { std::slice::from_raw_parts_mut(elements.as_mut_ptr().cast(), elements.len()) }
}

/// [`as_bits`] of each of several slices.
#[inline]
pub fn each_as_bits<'a, 'b, T: Element>(slices: &'b [&'a [T]]) -> &'b [&'a [T::Bits]] {
    // SAFETY: references to slices of both types are laid out alike, a pointer and a number of elements, and each is
    // valid as in `as_bits`.
    unsafe { std::slice::from_raw_parts(slices.as_ptr().cast(), slices.len()) }
}

/// What kernels that only move elements need of them.
pub trait Movable: Copy + Default + PartialEq + Send + Sync + 'static {}
impl<T: Copy + Default + PartialEq + Send + Sync + 'static> Movable for T {}

macro_rules! elements {
    ($($ty:ty: $bits:ty),*) => {
        $(
            // SAFETY: numbers without padding or invalid patterns, of the size and the alignment of the integer.
            unsafe impl Element for $ty {
                type Bits = $bits;
            }
            const _: () = assert!(
                size_of::<$ty>() == size_of::<$bits>() && align_of::<$ty>() == align_of::<$bits>()
            );
        )*
    };
}
elements!(u8: u8, i8: u8, u16: u16, i16: u16, u32: u32, i32: u32, u64: u64, i64: u64, f32: u32, f64: u64);
#[cfg(feature = "half")]
elements!(f16: u16, bf16: u16);

/// A value as another type of elements, as Rust's `as`: reals become the nearest real (ties go to the even one), and
/// whole numbers by dropping what is after the point, NaN being 0 and what is out of range the nearest in it; whole
/// numbers become the nearest real, and whole numbers of fewer bits by keeping the lowest ones.
pub trait Cast<T>: Copy + Send + Sync {
    /// The value as the other type.
    fn cast(self) -> T;
}

macro_rules! casts {
    ($($from:ty),* => $to:tt) => {
        $(casts!(@ $from => $to);)*
    };
    (@ $from:ty => ($($to:ty),*)) => {
        $(impl Cast<$to> for $from {
            #[inline(always)]
            fn cast(self) -> $to {
                self as $to
            }
        })*
    };
}
casts!(u8, i8, u16, i16, u32, i32, u64, i64, f32, f64 => (u8, i8, u16, i16, u32, i32, u64, i64, f32, f64));

/// A number as an `f32` next to it whose last bit is 1, or itself if it is an `f32`. Rounding that to fewer bits gives
/// what rounding the number gives: the last bit says that there was more, so that it is not taken for halfway between
/// neighbours, as it may be after rounding to the nearest (and is in `half`'s own `from_f64`).
///
/// # Source
/// S. Boldo, G. Melquiond, "Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to odd",
/// 2008.
#[cfg(feature = "half")]
#[inline(always)]
fn rounded_to_odd(value: f64) -> f32 {
    let nearest = value as f32;
    if f64::from(nearest) == value || value.is_nan() {
        return nearest;
    }
    let is_farther_from_zero = f64::from(nearest).abs() > value.abs();
    f32::from_bits((nearest.to_bits() - u32::from(is_farther_from_zero)) | 1)
}

/// Casts of a type of 16 bits: by way of `f32`, which holds every value of it.
#[cfg(feature = "half")]
macro_rules! half_casts {
    ($half:ty; $($other:ty),*) => {
        $(
            impl Cast<$other> for $half {
                #[inline(always)]
                fn cast(self) -> $other {
                    self.to_f32() as $other
                }
            }
            impl Cast<$half> for $other {
                #[inline(always)]
                fn cast(self) -> $half {
                    <$half>::from_f32(rounded_to_odd(self as f64))
                }
            }
        )*
        impl Cast<$half> for f32 {
            #[inline(always)]
            fn cast(self) -> $half {
                <$half>::from_f32(self)
            }
        }
        impl Cast<f32> for $half {
            #[inline(always)]
            fn cast(self) -> f32 {
                self.to_f32()
            }
        }
        impl Cast<$half> for $half {
            #[inline(always)]
            fn cast(self) -> $half {
                self
            }
        }
    };
}
#[cfg(feature = "half")]
half_casts!(f16; u8, i8, u16, i16, u32, i32, u64, i64, f64);
#[cfg(feature = "half")]
half_casts!(bf16; u8, i8, u16, i16, u32, i32, u64, i64, f64);
#[cfg(feature = "half")]
impl Cast<bf16> for f16 {
    #[inline(always)]
    fn cast(self) -> bf16 {
        bf16::from_f32(self.to_f32())
    }
}
#[cfg(feature = "half")]
impl Cast<f16> for bf16 {
    #[inline(always)]
    fn cast(self) -> f16 {
        f16::from_f32(self.to_f32())
    }
}
