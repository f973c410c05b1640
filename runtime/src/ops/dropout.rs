//! Dropout.

use super::super::Float;
use super::super::math::select;
use super::super::ops::element_words::{ElementWords, for_each_chunks};
use crate::isa::{Isa, Loop, dispatch};
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
pub fn dropout(output: &mut [Float], input: &[Float], rate: Float, key: RandomKey, site: u64) {
    assert_eq!(output.len(), input.len(), "elements of the input of dropout");
    let keep = Keep::new(rate, key, site);
    if rate == 0.0 {
        return output.copy_from_slice(input);
    }
    if rate == 1.0 {
        return output.fill(0.0);
    }
    for_each_chunks(output, &|first_chunk, output| {
        let input = &input[first_chunk * CHUNK..][..output.len()];
        dispatch(Dropout { output, input, first_chunk, keep });
    });
}

/// Which elements are kept, and what they are multiplied by.
#[derive(Clone, Copy)]
pub(super) struct Keep {
    words: ElementWords,
    scale: Float,
    /// `rate * 2^32`, exact for every `rate < 1`.
    threshold: u32,
}

impl Keep {
    /// Each element with probability `1 - rate`.
    ///
    /// # Panics
    /// When `rate` is not in `[0, 1]`.
    pub(super) fn new(rate: Float, key: RandomKey, site: u64) -> Keep {
        assert!((0.0..=1.0).contains(&rate), "the rate of dropout is a probability, not {rate}");
        Keep {
            words: ElementWords::new(key, site),
            // No 32-bit threshold is above all words: those that pass it at rate 1 are scaled to 0.
            scale: if rate == 1.0 { 0.0 } else { 1.0 / (1.0 - rate) },
            threshold: (f64::from(rate) * 4_294_967_296.0) as u32,
        }
    }

    /// The words of a chunk, one per element.
    #[inline(always)]
    pub(super) fn words(&self, chunk: usize) -> [u32; CHUNK] {
        self.words.chunk(chunk)
    }

    /// What becomes of an element with this word.
    #[inline(always)]
    pub(super) fn apply<S: Isa>(&self, word: u32, x: Float) -> Float {
        select::<S>(word >= self.threshold, x * self.scale, 0.0)
    }
}

struct Dropout<'a> {
    output: &'a mut [Float],
    input: &'a [Float],
    first_chunk: usize,
    keep: Keep,
}

impl Loop for Dropout<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(mut self) {
        let keep = self.keep;
        let output = std::mem::take(&mut self.output);
        for (chunk, (output, input)) in output.chunks_mut(CHUNK).zip(self.input.chunks(CHUNK)).enumerate() {
            let words = keep.words(self.first_chunk + chunk);
            for ((out, &x), &word) in output.iter_mut().zip(input).zip(&words) {
                *out = keep.apply::<S>(word, x);
            }
        }
    }
}

/// The plain form of [`dropout`].
pub fn dropout_ref(output: &mut [Float], input: &[Float], rate: Float, key: RandomKey, site: u64) {
    let words = ElementWords::new(key, site);
    for (i, (out, &x)) in output.iter_mut().zip(input).enumerate() {
        *out = if is_kept_ref(&words, rate, i) { x * (1.0 / (1.0 - rate)) } else { 0.0 };
    }
}

/// Whether an element is kept.
pub(super) fn is_kept_ref(words: &ElementWords, rate: Float, element: usize) -> bool {
    f64::from(words.word(element)) >= f64::from(rate) * 4_294_967_296.0
}
