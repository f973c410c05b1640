//! Kernels and elementary functions of models that compute in f64.

#[path = "double/exact.rs"]
mod exact;
#[path = "double/kernels.rs"]
mod kernels;
#[path = "double/math.rs"]
mod math;

use macrograd_runtime::isa::{IsaLevel, best_isa, force_isa};
use std::sync::{Mutex, PoisonError};

/// The instruction set is a setting of the process: tests that force one take turns.
static ISA: Mutex<()> = Mutex::new(());

/// Runs a test on every instruction set of this machine.
fn on_each_isa(mut test: impl FnMut(IsaLevel)) {
    let _guard = ISA.lock().unwrap_or_else(PoisonError::into_inner);
    for level in [IsaLevel::Portable, IsaLevel::Avx2, IsaLevel::Avx512] {
        if level <= best_isa() {
            force_isa(level);
            test(level);
        }
    }
    force_isa(best_isa());
}
