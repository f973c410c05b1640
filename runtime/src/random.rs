//! Counter-based random numbers: Philox 4x32-10.
//!
//! A number depends on a key and a counter and on nothing drawn before it, so any thread can compute any part of a
//! sequence, and initial values and dropout masks come out the same for any number of threads. Values are computed
//! without fused multiplication, so they are the same on all instruction sets too.
//!
//! # Source
//! Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011,
//! <https://doi.org/10.1145/2063384.2063405>.

use crate::isa::Portable;
use crate::math;

/// Where in the random sequence a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RandomKey {
    /// Seed of the run.
    pub seed: u64,
    /// Training step.
    pub step: u64,
}

/// The stream of random numbers that belongs to a name: its 64-bit FNV-1a hash.
pub fn stream_of(name: &str) -> u64 {
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

const ROUNDS: usize = 10;
const MULTIPLIERS: [u32; 2] = [0xd251_1f53, 0xcd9e_8d57];
/// Added to the key after each round: golden ratio and `sqrt(3) - 1` as binary fractions.
const KEY_STEPS: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];

/// Four random words for a counter and a key.
#[inline(always)]
pub fn philox(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    philox_lanes::<1>(counter, key).map(|word| word[0])
}

/// Blocks that kernels compute at once: one vector of AVX-512 per word.
pub(crate) const LANES: usize = 16;
/// Elements that come from [`LANES`] blocks of four words.
pub(crate) const CHUNK: usize = 4 * LANES;

/// [`philox`] for `N` counters whose first words are `counter[0] + lane`. Word `w` of lane `l` is at `[w][l]`.
#[inline(always)]
pub(crate) fn philox_lanes<const N: usize>(counter: [u32; 4], key: [u32; 2]) -> [[u32; N]; 4] {
    // In 64-bit lanes, of which the multiplication reads the lower halves: the upper ones may hold anything.
    let [mut x0, mut x1, mut x2, mut x3] = counter.map(|word| [u64::from(word); N]);
    for lane in 0..N {
        x0[lane] = u64::from(counter[0].wrapping_add(lane as u32));
    }
    let [mut key0, mut key1] = key;
    for _ in 0..ROUNDS {
        for lane in 0..N {
            let product0 = u64::from(x0[lane] as u32) * u64::from(MULTIPLIERS[0]);
            let product1 = u64::from(x2[lane] as u32) * u64::from(MULTIPLIERS[1]);
            x0[lane] = (product1 >> 32) ^ x1[lane] ^ u64::from(key0);
            x1[lane] = product1;
            x2[lane] = (product0 >> 32) ^ x3[lane] ^ u64::from(key1);
            x3[lane] = product0;
        }
        key0 = key0.wrapping_add(KEY_STEPS[0]);
        key1 = key1.wrapping_add(KEY_STEPS[1]);
    }
    [x0, x1, x2, x3].map(|word| word.map(|lane| lane as u32))
}

/// The two halves of a 64-bit number, low half first.
#[inline(always)]
pub(crate) fn halves(x: u64) -> [u32; 2] {
    [x as u32, (x >> 32) as u32]
}

/// A number in `[0, 1)`: the upper 24 bits, so that all values are equally far apart.
#[inline(always)]
pub fn uniform_f32(bits: u32) -> f32 {
    // Through i32, whose conversion every instruction set has as a vector.
    (bits >> 8) as i32 as f32 * (1.0 / 16_777_216.0)
}

/// Two independent numbers of the standard normal distribution from two random words (Box-Muller).
///
/// # Numerics
/// Exact distribution up to rounding; the largest magnitude is 6.7.
#[inline(always)]
pub(crate) fn normal_pair(radius_bits: u32, angle_bits: u32) -> [f32; 2] {
    // In (0, 1]: never 0, whose logarithm is infinite.
    let uniform = ((radius_bits >> 1) as i32 as f32 + 0.5) * (1.0 / 2_147_483_648.0);
    let radius = (-2.0 * math::ln::<Portable>(uniform)).sqrt();
    // Two bits choose the quadrant, the others the angle t * pi / 4, -1 <= t < 1, from its middle.
    let quadrant = angle_bits >> 30;
    let t = ((angle_bits << 2) as i32 >> 7) as f32 * (1.0 / 16_777_216.0);
    let s = t * t;
    let sin =
        t * (std::f32::consts::FRAC_PI_4 + s * (-0.080_745_84 + s * (0.002_491_043_9 + s * -3.663_039_8e-5)));
    let cos = 1.0 + s * (-0.308_425_13 + s * (0.015_854_282 + s * (-3.258_631_3e-4 + s * 3.490_146_8e-6)));
    let odd = quadrant & 1 != 0;
    let (x, y) = (math::select::<Portable>(odd, sin, cos), math::select::<Portable>(odd, cos, sin));
    let x_sign = (quadrant ^ (quadrant >> 1)) << 31;
    let y_sign = (quadrant >> 1) << 31;
    [radius * f32::from_bits(x.to_bits() ^ x_sign), radius * f32::from_bits(y.to_bits() ^ y_sign)]
}

/// A sequence of random numbers, for shuffling and sampling data.
///
/// ```
/// use macrograd_runtime::random::Philox;
///
/// let mut order: Vec<usize> = (0..10).collect();
/// Philox::new(42, 0).shuffle(&mut order);
/// assert!((0..10).all(|i| order.contains(&i)));
/// ```
#[derive(Clone, Debug)]
pub struct Philox {
    seed: u64,
    stream: u64,
    next_block: u64,
    words: [u32; 4],
    used: usize,
}

impl Philox {
    /// The sequence number `stream` of a seed. Sequences that differ in either are independent.
    pub fn new(seed: u64, stream: u64) -> Philox {
        Philox { seed, stream, next_block: 0, words: [0; 4], used: 4 }
    }

    /// 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.used == 4 {
            let ([block0, block1], [stream0, stream1]) = (halves(self.next_block), halves(self.stream));
            self.words = philox([block0, block1, stream0, stream1], halves(self.seed));
            self.next_block = self.next_block.wrapping_add(1);
            self.used = 0;
        }
        self.used += 1;
        self.words[self.used - 1]
    }

    /// A number in `[0, 1)`, a multiple of `2^-24`.
    pub fn next_f32(&mut self) -> f32 {
        uniform_f32(self.next_u32())
    }

    /// A number below `n`, each equally likely.
    ///
    /// # Panics
    /// When `n` is 0.
    ///
    /// # Source
    /// Lemire, "Fast Random Integer Generation in an Interval", 2019, <https://arxiv.org/abs/1805.10941>.
    #[track_caller]
    pub fn below(&mut self, n: usize) -> usize {
        assert!(n > 0, "there is no number below 0");
        let n = n as u64;
        // The lower halves of the products below this occur once too often.
        let surplus = n.wrapping_neg() % n;
        loop {
            let bits = u64::from(self.next_u32()) | u64::from(self.next_u32()) << 32;
            let product = u128::from(bits) * u128::from(n);
            if product as u64 >= surplus {
                return (product >> 64) as usize;
            }
        }
    }

    /// Puts `items` in random order, each order equally likely as far as 64-bit seeds allow (Fisher-Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
