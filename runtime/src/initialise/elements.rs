//! Values drawn element by element.

use crate::isa::{Isa, Loop, Portable, dispatch};
use crate::math;
use crate::parallel::{for_each_piece, num_parts};
use crate::random::{CHUNK, LANES, halves, normal_pair, philox, philox_lanes, uniform_f32};

/// Uniform in `[low, high)`.
pub(super) fn uniform(values: &mut [f32], low: f32, high: f32, seed: u64, stream: u64) {
    draw(values, Distribution::Uniform { low, high }, seed, stream);
}

/// Normal.
pub(super) fn normal(values: &mut [f32], mean: f32, std: f32, seed: u64, stream: u64) {
    draw(values, Distribution::Normal { mean, std }, seed, stream);
}

#[derive(Clone, Copy)]
enum Distribution {
    Uniform { low: f32, high: f32 },
    Normal { mean: f32, std: f32 },
}

fn draw(values: &mut [f32], distribution: Distribution, seed: u64, stream: u64) {
    let chunks = values.len() / CHUNK;
    let parts = num_parts(chunks, values.len());
    let (whole, rest) = values.split_at_mut(chunks * CHUNK);
    for_each_piece(whole, CHUNK, chunks, parts, &|part, values| {
        let first_block = (chunks * part / parts * LANES) as u64;
        dispatch(Draw { values, first_block, distribution, seed, stream });
    });
    dispatch(Draw { values: rest, first_block: (chunks * LANES) as u64, distribution, seed, stream });
}

struct Draw<'a> {
    values: &'a mut [f32],
    first_block: u64,
    distribution: Distribution,
    seed: u64,
    stream: u64,
}

impl Loop for Draw<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let key = halves(self.seed);
        let [stream0, stream1] = halves(self.stream);
        for (index, values) in self.values.chunks_mut(CHUNK).enumerate() {
            let [block0, block1] = halves(self.first_block + (index * LANES) as u64);
            let words = philox_lanes::<LANES>([block0, block1, stream0, stream1], key);
            let mut chunk = [0.0; CHUNK];
            match self.distribution {
                Distribution::Uniform { low, high } => {
                    for (lane, block) in chunk.chunks_exact_mut(4).enumerate() {
                        for word in 0..4 {
                            let value = low + uniform_f32(words[word][lane]) * (high - low);
                            // Rounding may reach the upper end, which does not belong to the interval.
                            block[word] = math::select::<S>(value < high, value, low);
                        }
                    }
                }
                Distribution::Normal { mean, std } => {
                    let mut normal = [[0.0; LANES]; 4];
                    for lane in 0..LANES {
                        [normal[0][lane], normal[1][lane]] = normal_pair(words[0][lane], words[1][lane]);
                        [normal[2][lane], normal[3][lane]] = normal_pair(words[2][lane], words[3][lane]);
                    }
                    for (lane, block) in chunk.chunks_exact_mut(4).enumerate() {
                        for word in 0..4 {
                            block[word] = mean + std * normal[word][lane];
                        }
                    }
                }
            }
            values.copy_from_slice(&chunk[..values.len()]);
        }
    }
}

/// Least probability of the interval from which on candidates are normal; below it, nearly all of them would be refused.
const LEAST_PROBABILITY: f32 = 0.3;

/// Normal, but only what lies in `[low, high]`.
///
/// Candidates are drawn until one is accepted: for element `i` of `n` from the blocks `i`, `i + n`, `i + 2 n`, … of the
/// stream. They are normal, or where the interval has little of the distribution uniform, accepted in proportion to the
/// density.
pub(super) fn trunc_normal(
    values: &mut [f32],
    mean: f32,
    std: f32,
    [low, high]: [f32; 2],
    seed: u64,
    stream: u64,
) {
    let below =
        |x: f32| 0.5 + 0.5 * math::erf::<Portable>((x - mean) / std * std::f32::consts::FRAC_1_SQRT_2);
    let is_likely = below(high) - below(low) > LEAST_PROBABILITY;
    // The most likely place of the interval.
    let peak = (mean.clamp(low, high) - mean) / std;
    let accept = |words: [u32; 2]| -> [Option<f32>; 2] {
        if is_likely {
            let values = normal_pair(words[0], words[1]).map(|normal| mean + std * normal);
            return values.map(|value| Some(value).filter(|value| (low..=high).contains(value)));
        }
        let value = low + uniform_f32(words[0]) * (high - low);
        let distance = (value - mean) / std;
        let density = math::exp::<Portable>(0.5 * (peak * peak - distance * distance));
        [Some(value).filter(|_| uniform_f32(words[1]) < density), None]
    };
    let (n, key, [stream0, stream1]) = (values.len(), halves(seed), halves(stream));
    let parts = num_parts(n, n);
    for_each_piece(values, 1, n, parts, &|part, values| {
        let first = n * part / parts;
        for (index, value) in values.iter_mut().enumerate() {
            *value = (0..)
                .find_map(|attempt: u64| {
                    let [block0, block1] = halves(attempt.wrapping_mul(n as u64) + (first + index) as u64);
                    let words = philox([block0, block1, stream0, stream1], key);
                    let candidates = [[words[0], words[1]], [words[2], words[3]]].map(accept);
                    candidates.into_iter().flatten().flatten().next()
                })
                .expect("attempts do not end");
        }
    });
}
