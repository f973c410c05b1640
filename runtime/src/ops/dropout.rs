//! Dropout.

use crate::isa::{Isa, Loop, dispatch};
use crate::math::select;
use crate::ops::element_words::{ElementWords, for_each_chunks};
use crate::random::{CHUNK, RandomKey};

/// `output[i] = input[i] / (1 - rate)` with probability `1 - rate`, else 0.
///
/// Whether element `i` is kept depends on `key`, `site` and `i` only: word `i % 4` of
/// `philox([i / 4, step, site], seed)` must be at least `rate * 2^32`. So the same call applied to the gradient of
/// the output is the backward pass. A dropped element is 0 even where the input is infinite or NaN.
///
/// # Shapes
/// - `output`, `input`: any, of equal length; `output` is overwritten
///
/// # Panics
/// When the lengths differ or exceed `2^34`, or `rate` is not in `[0, 1]`.
///
/// # Source
/// Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", 2014, section 10,
/// <https://jmlr.org/papers/v15/srivastava14a.html>.
pub fn dropout(output: &mut [f32], input: &[f32], rate: f32, key: RandomKey, site: u64) {
    assert_eq!(output.len(), input.len(), "elements of the input of dropout");
    assert!((0.0..=1.0).contains(&rate), "the rate of dropout is a probability, not {rate}");
    if rate == 0.0 {
        return output.copy_from_slice(input);
    }
    if rate == 1.0 {
        return output.fill(0.0);
    }
    let (scale, threshold) = (1.0 / (1.0 - rate), threshold(rate));
    let words = ElementWords::new(key, site);
    for_each_chunks(output, &|first_chunk, output| {
        let input = &input[first_chunk * CHUNK..][..output.len()];
        dispatch(Dropout { output, input, first_chunk, words, scale, threshold });
    });
}

/// `rate * 2^32`, exact for every `rate < 1`.
fn threshold(rate: f32) -> u32 {
    (f64::from(rate) * 4_294_967_296.0) as u32
}

struct Dropout<'a> {
    output: &'a mut [f32],
    input: &'a [f32],
    first_chunk: usize,
    words: ElementWords,
    scale: f32,
    threshold: u32,
}

impl Loop for Dropout<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(mut self) {
        let (scale, threshold) = (self.scale, self.threshold);
        let output = std::mem::take(&mut self.output);
        for (chunk, (output, input)) in output.chunks_mut(CHUNK).zip(self.input.chunks(CHUNK)).enumerate() {
            let words = self.words.chunk(self.first_chunk + chunk);
            for ((out, &x), &word) in output.iter_mut().zip(input).zip(&words) {
                *out = select::<S>(word >= threshold, x * scale, 0.0);
            }
        }
    }
}

/// The plain form of [`dropout`].
pub fn dropout_ref(output: &mut [f32], input: &[f32], rate: f32, key: RandomKey, site: u64) {
    let words = ElementWords::new(key, site);
    for (i, (out, &x)) in output.iter_mut().zip(input).enumerate() {
        let keep = f64::from(words.word(i)) >= f64::from(rate) * 4_294_967_296.0;
        *out = if keep { x * (1.0 / (1.0 - rate)) } else { 0.0 };
    }
}
