//! Dropout.

use crate::isa::{Isa, Loop, dispatch};
use crate::math::select;
use crate::parallel::{for_each_piece, num_parts};
use crate::random::{CHUNK, LANES, RandomKey, halves, philox, philox_lanes};

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
    // One word of the counter numbers the blocks of four elements.
    assert!(output.len() as u64 <= 4 << 32, "dropout of more than 2^34 elements");
    if rate == 0.0 {
        return output.copy_from_slice(input);
    }
    if rate == 1.0 {
        return output.fill(0.0);
    }
    let chunks = output.len() / CHUNK;
    let parts = num_parts(chunks, output.len());
    let (whole, rest) = output.split_at_mut(chunks * CHUNK);
    let (counter, key) = (counter(key, site), halves(key.seed));
    let (scale, threshold) = (1.0 / (1.0 - rate), threshold(rate));
    for_each_piece(whole, CHUNK, chunks, parts, &|part, output| {
        let first_chunk = chunks * part / parts;
        let input = &input[first_chunk * CHUNK..][..output.len()];
        dispatch(Dropout { output, input, first_chunk, counter, key, scale, threshold });
    });
    let input = &input[chunks * CHUNK..];
    dispatch(Dropout { output: rest, input, first_chunk: chunks, counter, key, scale, threshold });
}

/// The counter of element 0. Steps beyond `2^32`, for which there is no word, go into the site's hash.
fn counter(key: RandomKey, site: u64) -> [u32; 4] {
    let ([step0, step1], [site0, site1]) = (halves(key.step), halves(site));
    [0, step0, site0, site1 ^ step1]
}

/// `rate * 2^32`, exact for every `rate < 1`.
fn threshold(rate: f32) -> u32 {
    (f64::from(rate) * 4_294_967_296.0) as u32
}

struct Dropout<'a> {
    output: &'a mut [f32],
    input: &'a [f32],
    first_chunk: usize,
    counter: [u32; 4],
    key: [u32; 2],
    scale: f32,
    threshold: u32,
}

impl Dropout<'_> {
    /// The random words of a chunk, one per element.
    #[inline(always)]
    fn words(&self, chunk: usize) -> [u32; CHUNK] {
        let [_, step, site0, site1] = self.counter;
        let block = ((self.first_chunk + chunk) * LANES) as u32;
        let words = philox_lanes::<LANES>([block, step, site0, site1], self.key);
        let mut flat = [0; CHUNK];
        for (lane, block) in flat.chunks_exact_mut(4).enumerate() {
            for word in 0..4 {
                block[word] = words[word][lane];
            }
        }
        flat
    }
}

impl Loop for Dropout<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(mut self) {
        let (scale, threshold) = (self.scale, self.threshold);
        let output = std::mem::take(&mut self.output);
        for (chunk, (output, input)) in output.chunks_mut(CHUNK).zip(self.input.chunks(CHUNK)).enumerate() {
            let words = self.words(chunk);
            for ((out, &x), &word) in output.iter_mut().zip(input).zip(&words) {
                *out = select::<S>(word >= threshold, x * scale, 0.0);
            }
        }
    }
}

/// The plain form of [`dropout`].
pub fn dropout_ref(output: &mut [f32], input: &[f32], rate: f32, key: RandomKey, site: u64) {
    let [_, step, site0, site1] = counter(key, site);
    for (i, (out, &x)) in output.iter_mut().zip(input).enumerate() {
        let word = philox([(i / 4) as u32, step, site0, site1], halves(key.seed))[i % 4];
        let keep = f64::from(word) >= f64::from(rate) * 4_294_967_296.0;
        *out = if keep { x * (1.0 / (1.0 - rate)) } else { 0.0 };
    }
}
