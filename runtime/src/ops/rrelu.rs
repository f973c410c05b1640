//! Randomised rectifier.

use super::super::Float;
use super::super::math::select;
use super::super::ops::element_words::{ElementWords, for_each_chunks};
use crate::isa::{Isa, Loop, dispatch};
use crate::random::{CHUNK, RandomKey, uniform_f32};

/// `output[i] = value[i]` where `x[i] > 0`, else `slope[i] * value[i]` with a slope from `slopes[0]` to `slopes[1]`.
///
/// The slope depends on `key`, `site` and `i` only, as for [`dropout`](super::dropout::dropout). So with `x` as `value`
/// this is the forward pass, and with the gradient of the output the backward pass.
///
/// # Shapes
/// - `output`, `x`, `value`: any, of equal length; `output` is overwritten
///
/// # Panics
/// When the lengths differ or exceed `2^34`, or the first slope is above the second.
///
/// # Source
/// Xu et al., "Empirical Evaluation of Rectified Activations in Convolution Network", 2015,
/// <https://arxiv.org/abs/1505.00853>.
pub fn rrelu(
    output: &mut [Float],
    x: &[Float],
    value: &[Float],
    slopes: [Float; 2],
    key: RandomKey,
    site: u64,
) {
    let lens = [x.len(), value.len()];
    assert_eq!(lens, [output.len(); 2], "elements of the operands of rrelu");
    let [lower, upper] = slopes;
    assert!(lower <= upper, "the slopes of rrelu go up, not from {lower} to {upper}");
    let words = ElementWords::new(key, site);
    for_each_chunks(output, &|first_chunk, output| {
        let range = first_chunk * CHUNK..first_chunk * CHUNK + output.len();
        let (x, value) = (&x[range.clone()], &value[range]);
        dispatch(Rrelu { output, x, value, first_chunk, words, slopes });
    });
}

struct Rrelu<'a> {
    output: &'a mut [Float],
    x: &'a [Float],
    value: &'a [Float],
    first_chunk: usize,
    words: ElementWords,
    slopes: [Float; 2],
}

impl Loop for Rrelu<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let [lower, upper] = self.slopes;
        let inputs = self.x.chunks(CHUNK).zip(self.value.chunks(CHUNK));
        for (chunk, (output, (x, value))) in self.output.chunks_mut(CHUNK).zip(inputs).enumerate() {
            let words = self.words.chunk(self.first_chunk + chunk);
            for ((out, (&x, &value)), &word) in output.iter_mut().zip(x.iter().zip(value)).zip(&words) {
                let slope = lower + Float::from(uniform_f32(word)) * (upper - lower);
                *out = select::<S>(x > 0.0, value, slope * value);
            }
        }
    }
}

/// The plain form of [`rrelu`].
pub fn rrelu_ref(
    output: &mut [Float],
    x: &[Float],
    value: &[Float],
    slopes: [Float; 2],
    key: RandomKey,
    site: u64,
) {
    let words = ElementWords::new(key, site);
    for (i, out) in output.iter_mut().enumerate() {
        let slope = slopes[0] + Float::from(uniform_f32(words.word(i))) * (slopes[1] - slopes[0]);
        *out = if x[i] > 0.0 { value[i] } else { slope * value[i] };
    }
}
