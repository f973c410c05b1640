//! The runtime of models that compute in f64.
//!
//! The files of the modules here are those of the modules at the root, mounted a second time: their `Float` is the one
//! of the module that they are mounted in. What differs by type is written for each, elementary functions and the
//! vectors of matrix products; what knows no computing type is the root's own.

/// The type of what is computed by the modules here.
pub type Float = f64;
/// The integer of its bits.
type Bits = u64;
/// Holds such an integer and, in the lowest 32 bits, a place.
type SortKey = u128;

#[path = "../arena.rs"]
pub mod arena;
#[path = "../fused.rs"]
pub mod fused;
#[path = "../gemm/mod.rs"]
mod gemm;
#[path = "../lanes.rs"]
pub mod lanes;
pub mod math;
pub mod ops;
pub mod state;
pub mod watch;
pub mod workspace;
#[cfg(target_arch = "x86_64")]
mod x86;

/// How work is cut, and how partial results in f64 are combined.
pub mod parallel {
    pub use super::lanes::{combine_parts, sum_parts};
    pub use crate::parallel::*;
}

pub use crate::{
    Const, Device, Dim, Error, Shape, Tensor, TensorView, TensorViewMut, Workspace, device, element, error,
    isa, op, random, tensor,
};
