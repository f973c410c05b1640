//! Instruction sets, chosen once at run time, so that a build for plain x86-64 runs at full speed on a modern machine.
//!
//! A loop is a struct whose `#[inline(always)]` body is generic over [`Isa`]; [`dispatch`] instantiates it inside a
//! `#[target_feature]` wrapper for each instruction set. A closure would not do: LLVM refuses to inline it into a
//! caller with other target features, and it silently stays SSE2.

use crate::float::Float;
use std::sync::atomic::{AtomicU8, Ordering};

/// The operations whose best form depends on the instruction set.
pub trait Isa: Copy + Send + Sync + 'static {
    /// Name as accepted by `MACROGRAD_ISA`.
    const NAME: &'static str;
    /// Whether [`mul_add`](Isa::mul_add) rounds once.
    const FUSED: bool;
    /// `a * b + c`, fused where the instruction set has it. Never a call into libm.
    fn mul_add<F: Float>(a: F, b: F, c: F) -> F;
}

/// Any machine: separate multiply and add.
#[derive(Clone, Copy, Debug)]
pub struct Portable;
/// x86-64 with AVX2 and FMA.
#[derive(Clone, Copy, Debug)]
pub struct Avx2;
/// x86-64 with AVX-512 F, VL, DQ and BW.
#[derive(Clone, Copy, Debug)]
pub struct Avx512;

impl Isa for Portable {
    const NAME: &'static str = "portable";
    const FUSED: bool = false;
    #[inline(always)]
    fn mul_add<F: Float>(a: F, b: F, c: F) -> F {
        a * b + c
    }
}

impl Isa for Avx2 {
    const NAME: &'static str = "avx2";
    const FUSED: bool = true;
    #[inline(always)]
    fn mul_add<F: Float>(a: F, b: F, c: F) -> F {
        a.fused_mul_add(b, c)
    }
}

impl Isa for Avx512 {
    const NAME: &'static str = "avx512";
    const FUSED: bool = true;
    #[inline(always)]
    fn mul_add<F: Float>(a: F, b: F, c: F) -> F {
        a.fused_mul_add(b, c)
    }
}

/// An instruction set as a run-time value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum IsaLevel {
    /// See [`Portable`].
    Portable = 0,
    /// See [`Avx2`].
    Avx2 = 1,
    /// See [`Avx512`].
    Avx512 = 2,
}

const UNKNOWN: u8 = u8::MAX;
static LEVEL: AtomicU8 = AtomicU8::new(UNKNOWN);

/// The instruction set in use: the best this machine has, or the one named by `MACROGRAD_ISA` (`portable`, `avx2`,
/// `avx512`).
///
/// # Panics
/// When `MACROGRAD_ISA` names an instruction set that does not exist or that this machine lacks.
#[inline(always)]
pub fn isa_level() -> IsaLevel {
    match LEVEL.load(Ordering::Relaxed) {
        0 => IsaLevel::Portable,
        1 => IsaLevel::Avx2,
        2 => IsaLevel::Avx512,
        _ => detect(),
    }
}

/// Forces an instruction set, for tests and benchmarks.
///
/// # Panics
/// When this machine lacks it.
pub fn force_isa(level: IsaLevel) {
    assert!(level <= best_isa(), "this machine has no {level:?}");
    LEVEL.store(level as u8, Ordering::Relaxed);
}

/// The best instruction set of this machine.
pub fn best_isa() -> IsaLevel {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512bw")
        {
            return IsaLevel::Avx512;
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return IsaLevel::Avx2;
        }
    }
    IsaLevel::Portable
}

#[cold]
fn detect() -> IsaLevel {
    let best = best_isa();
    let level = match std::env::var("MACROGRAD_ISA").as_deref() {
        Err(_) | Ok("") => best,
        Ok("portable") => IsaLevel::Portable,
        Ok("avx2") => IsaLevel::Avx2,
        Ok("avx512") => IsaLevel::Avx512,
        Ok(other) => panic!("MACROGRAD_ISA is `{other}`; the known ones are portable, avx2, avx512"),
    };
    assert!(level <= best, "MACROGRAD_ISA asks for {level:?}, but the best this machine has is {best:?}");
    LEVEL.store(level as u8, Ordering::Relaxed);
    level
}

/// A loop body that [`dispatch`] compiles once per instruction set. Mark `run` with `#[inline(always)]`.
pub trait Loop: Sized {
    /// What the loop returns.
    type Output;
    /// Runs the loop.
    fn run<S: Isa>(self) -> Self::Output;
}

/// Runs a loop with the instruction set of [`isa_level`].
#[inline(always)]
pub fn dispatch<L: Loop>(body: L) -> L::Output {
    match isa_level() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `isa_level` returns Avx512 only when this machine has the features that `run_avx512` enables.
        IsaLevel::Avx512 => unsafe { run_avx512(body) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `isa_level` returns Avx2 only when this machine has the features that `run_avx2` enables.
        IsaLevel::Avx2 => unsafe { run_avx2(body) },
        _ => run_portable(body),
    }
}

/// A function of its own, so that the loop is compiled once however often it is dispatched.
#[inline(never)]
fn run_portable<L: Loop>(body: L) -> L::Output {
    body.run::<Portable>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")]
fn run_avx512<L: Loop>(body: L) -> L::Output {
    body.run::<Avx512>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn run_avx2<L: Loop>(body: L) -> L::Output {
    body.run::<Avx2>()
}
