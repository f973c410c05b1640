//! Elements as another type.

use crate::element::Cast;
use crate::isa::{Isa, Loop, dispatch};
use crate::parallel::{for_each_piece, num_parts};
use std::marker::PhantomData;

/// `output[i] = input[i] as T`, see [`Cast`].
///
/// # Shapes
/// - `output`, `input`: `[n]`; `output` is overwritten
///
/// # Panics
/// When the lengths differ.
///
/// # Numerics
/// One rounding to the nearest, ties to even; two where a whole number of 64 bits becomes a real of 16.
pub fn cast<F: Cast<T>, T: Copy + Send>(output: &mut [T], input: &[F]) {
    assert_eq!(output.len(), input.len(), "elements of the output of cast");
    let len = input.len();
    let parts = num_parts(len, len);
    for_each_piece(output, 1, len, parts, &|part, output| {
        let input = &input[len * part / parts..][..output.len()];
        dispatch(CastLoop { output, input, types: PhantomData });
    });
}

struct CastLoop<'a, F, T> {
    output: &'a mut [T],
    input: &'a [F],
    types: PhantomData<(F, T)>,
}

impl<F: Cast<T>, T> Loop for CastLoop<'_, F, T> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        for (out, value) in self.output.iter_mut().zip(self.input) {
            *out = value.cast();
        }
    }
}
