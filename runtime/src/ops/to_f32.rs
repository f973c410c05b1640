//! Whole numbers as `f32`.

use crate::parallel::{for_each_piece, num_parts};

/// A whole number that converts to the nearest `f32`.
pub trait Whole: Copy + Send + Sync {
    /// The nearest `f32`; ties go to the even one.
    fn to_f32(self) -> f32;
}

macro_rules! whole {
    ($($integer:ty),*) => {
        $(impl Whole for $integer {
            #[inline(always)]
            fn to_f32(self) -> f32 {
                self as f32
            }
        })*
    };
}
whole!(u8, u32, i64);

/// `output[i] = input[i]`, rounded to the nearest `f32`.
///
/// # Panics
/// When the lengths differ.
pub fn to_f32<T: Whole>(output: &mut [f32], input: &[T]) {
    assert_eq!(output.len(), input.len(), "elements of the output of to_f32");
    let len = input.len();
    let parts = num_parts(len, len);
    for_each_piece(output, 1, len, parts, &|part, output| {
        let input = &input[len * part / parts..][..output.len()];
        for (out, value) in output.iter_mut().zip(input) {
            *out = value.to_f32();
        }
    });
}
