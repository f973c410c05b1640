//! A random word for each element of a tensor, for kernels that draw the same again in the backward pass.

use super::super::Float;
use crate::parallel::{for_each_piece, num_parts};
use crate::random::{CHUNK, LANES, RandomKey, halves, philox, philox_lanes};

/// Word `i % 4` of `philox([i / 4, step, site], seed)` for element `i`.
#[derive(Clone, Copy)]
pub(super) struct ElementWords {
    counter: [u32; 4],
    key: [u32; 2],
}

impl ElementWords {
    /// Those of a step at a place in the program.
    pub(super) fn new(key: RandomKey, site: u64) -> ElementWords {
        // Steps beyond `2^32`, for which there is no word, go into the site's hash.
        let ([step0, step1], [site0, site1]) = (halves(key.step), halves(site));
        ElementWords { counter: [0, step0, site0, site1 ^ step1], key: halves(key.seed) }
    }

    /// The words of a chunk, one per element.
    #[inline(always)]
    pub(super) fn chunk(&self, chunk: usize) -> [u32; CHUNK] {
        let [_, step, site0, site1] = self.counter;
        let words = philox_lanes::<LANES>([(chunk * LANES) as u32, step, site0, site1], self.key);
        let mut flat = [0; CHUNK];
        for (lane, block) in flat.chunks_exact_mut(4).enumerate() {
            for word in 0..4 {
                block[word] = words[word][lane];
            }
        }
        flat
    }

    /// The word of an element.
    pub(super) fn word(&self, element: usize) -> u32 {
        let [_, step, site0, site1] = self.counter;
        philox([(element / 4) as u32, step, site0, site1], self.key)[element % 4]
    }
}

/// Runs a kernel on parts of its output that begin with whole chunks: it is given the number of the first one.
///
/// # Panics
/// When the output has more than `2^34` elements: one word of the counter numbers their blocks of four.
pub(super) fn for_each_chunks(output: &mut [Float], run: &(dyn Fn(usize, &mut [Float]) + Sync)) {
    assert!(output.len() as u64 <= 4 << 32, "random words for more than 2^34 elements");
    let chunks = output.len() / CHUNK;
    let parts = num_parts(chunks, output.len());
    let (whole, rest) = output.split_at_mut(chunks * CHUNK);
    for_each_piece(whole, CHUNK, chunks, parts, &|part, output| run(chunks * part / parts, output));
    run(chunks, rest);
}
