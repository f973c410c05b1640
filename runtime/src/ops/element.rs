//! Types of elements that kernels move without looking at them.
//!
//! Each kernel is compiled for each type here, once: generic functions would be compiled again in every crate that
//! holds a model.

use super::{concat, roll, strided_copy};

/// A type of elements that can be moved.
pub trait Element: Copy + Default + PartialEq + Send + Sync + 'static {
    /// See [`strided_copy::strided_copy`].
    fn strided_copy(output: &mut [Self], input: &[Self], sizes: &[usize], strides: &[isize], offset: usize);
    /// See [`strided_copy::strided_scatter`].
    fn strided_scatter(
        output: &mut [Self],
        input: &[Self],
        sizes: &[usize],
        strides: &[isize],
        offset: usize,
    );
    /// See [`concat::concat`].
    fn concat(output: &mut [Self], inputs: &[&[Self]], lens: &[usize], outer: usize);
    /// See [`roll::roll`].
    fn roll(output: &mut [Self], input: &[Self], outer: usize, len: usize, inner: usize, shift: isize);
}

macro_rules! element {
    ($($ty:ty),*) => {
        $(impl Element for $ty {
            fn strided_copy(
                output: &mut [$ty],
                input: &[$ty],
                sizes: &[usize],
                strides: &[isize],
                offset: usize,
            ) {
                strided_copy::copy_elements(output, input, sizes, strides, offset);
            }
            fn strided_scatter(
                output: &mut [$ty],
                input: &[$ty],
                sizes: &[usize],
                strides: &[isize],
                offset: usize,
            ) {
                strided_copy::scatter_elements(output, input, sizes, strides, offset);
            }
            fn concat(output: &mut [$ty], inputs: &[&[$ty]], lens: &[usize], outer: usize) {
                concat::concat_elements(output, inputs, lens, outer);
            }
            fn roll(
                output: &mut [$ty],
                input: &[$ty],
                outer: usize,
                len: usize,
                inner: usize,
                shift: isize,
            ) {
                roll::roll_elements(output, input, outer, len, inner, shift);
            }
        })*
    };
}
element!(f32, u8, u32, i64);
