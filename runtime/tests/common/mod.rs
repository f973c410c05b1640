//! Running a kernel on every instruction set and on several thread counts, into fenced memory.
#![allow(dead_code)] // each test binary uses a part

use macrograd_runtime::isa::{IsaLevel, best_isa, force_isa};
use macrograd_runtime::random::Philox;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The instruction set is a setting of the process: tests that force one take turns.
static ISA: Mutex<()> = Mutex::new(());

/// What lies around outputs: a NaN that no kernel computes.
const CANARY: u32 = 0x7fc1_2345;
const FENCE: usize = 16;

/// Pools of 1 and 3 threads.
fn thread_pools() -> &'static [rayon::ThreadPool; 2] {
    static POOLS: OnceLock<[rayon::ThreadPool; 2]> = OnceLock::new();
    POOLS.get_or_init(|| {
        [1, 3].map(|threads| {
            rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool starts")
        })
    })
}

/// Runs `kernel` on an output of `len` NaNs for every instruction set of this machine; returns the outputs.
///
/// # Panics
/// When the kernel writes outside its output, or when bits depend on the number of threads.
pub(crate) fn run_everywhere(len: usize, kernel: impl Fn(&mut [f32]) + Sync) -> Vec<(IsaLevel, Vec<f32>)> {
    let _guard = ISA.lock().unwrap_or_else(PoisonError::into_inner);
    let mut outputs = Vec::new();
    for level in levels() {
        force_isa(level);
        let [serial, parallel] = thread_pools().each_ref().map(|pool| {
            let mut memory = vec![f32::from_bits(CANARY); len + 2 * FENCE];
            pool.install(|| kernel(&mut memory[FENCE..FENCE + len]));
            let fences = memory[..FENCE].iter().chain(&memory[FENCE + len..]);
            assert!(
                fences.into_iter().all(|value| value.to_bits() == CANARY),
                "{level:?}: wrote outside the output"
            );
            memory[FENCE..FENCE + len].to_vec()
        });
        assert!(same_bits(&serial, &parallel), "{level:?}: bits depend on the number of threads");
        outputs.push((level, serial));
    }
    outputs
}

/// Checks `kernel` against expected values, as [`run_everywhere`] runs it.
///
/// # Panics
/// When a value is off by more than `tolerance * (1 + |expected|)`, or NaN where it should not be or the reverse.
#[track_caller]
pub(crate) fn check(name: &str, expected: &[f32], tolerance: f32, kernel: impl Fn(&mut [f32]) + Sync) {
    for (level, output) in run_everywhere(expected.len(), kernel) {
        for (i, (&found, &expected)) in output.iter().zip(expected).enumerate() {
            let close = found == expected
                || found.is_nan() && expected.is_nan()
                || (found - expected).abs() <= tolerance * (1.0 + expected.abs());
            assert!(close, "{name}, {level:?}: element {i} is {found:e}, expected {expected:e}");
        }
    }
}

/// Whether all elements agree in every bit.
pub(crate) fn same_bits(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}

/// `len` numbers in `[-2, 2)`, determined by `seed`.
pub(crate) fn random_values(len: usize, seed: u64) -> Vec<f32> {
    let mut generator = Philox::new(seed, 0);
    (0..len).map(|_| generator.next_f32() * 4.0 - 2.0).collect()
}

/// `len` small integers, so that equal values are common.
pub(crate) fn random_integers(len: usize, seed: u64) -> Vec<f32> {
    let mut generator = Philox::new(seed, 1);
    (0..len).map(|_| generator.below(7) as f32 - 3.0).collect()
}

/// The result of a naive kernel on an output of NaNs.
pub(crate) fn reference(len: usize, kernel: impl FnOnce(&mut [f32])) -> Vec<f32> {
    let mut output = vec![f32::NAN; len];
    kernel(&mut output);
    output
}

/// Distance in units of the last place of the exact result, whose place is that of the smallest normal at least.
pub(crate) fn ulp(found: f32, exact: f64) -> f64 {
    let magnitude = (exact.abs() as f32).clamp(f32::MIN_POSITIVE, f32::MAX);
    let binade = f32::from_bits(magnitude.to_bits() & 0x7f80_0000);
    let place = f64::from(binade) * f64::from(f32::EPSILON);
    (f64::from(found) - exact).abs() / place
}

/// The instruction sets of this machine.
pub(crate) fn levels() -> impl Iterator<Item = IsaLevel> {
    [IsaLevel::Portable, IsaLevel::Avx2, IsaLevel::Avx512].into_iter().filter(|&level| level <= best_isa())
}
