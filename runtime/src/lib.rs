//! The runtime of macrograd: tensors, the arena, CPU kernels, threads and random numbers. It knows no graphs.
//!
//! Generated code calls this crate through `macrograd::__private`; users meet [`Tensor`], [`Device`], [`Workspace`]
//! and [`Error`].
#![cfg_attr(
    feature = "f64",
    allow(clippy::duplicate_mod, reason = "kernels are mounted once for each computing type, see `double`")
)]

#[macro_use]
mod macros;

pub mod arena;
pub mod buffer;
pub mod compose;
pub mod device;
#[cfg(feature = "f64")]
#[allow(clippy::useless_conversion, reason = "`f64::from` is one for the other type only")]
pub mod double;
pub mod element;
pub mod error;
pub mod float;
pub mod fused;
mod gemm;
pub mod initialise;
pub mod isa;
pub mod lanes;
pub mod math;
pub mod op;
pub mod ops;
pub mod parallel;
pub mod random;
pub mod state;
pub mod tensor;
pub mod watch;
pub mod workspace;
#[cfg(target_arch = "x86_64")]
mod x86;

/// The type of what is computed by the modules here that are mounted under `double`, too.
pub type Float = f32;
/// The integer of its bits.
type Bits = u32;
/// Holds such an integer and, in the lowest 32 bits, a place.
type SortKey = u64;

pub use compose::Compose;
pub use device::Device;
pub use error::Error;
pub use tensor::{Const, Dim, Shape, Tensor, TensorView, TensorViewMut};
pub use workspace::Workspace;
