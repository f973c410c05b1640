//! The runtime of macrograd: tensors, the arena, CPU kernels, threads and random numbers. It knows no graphs.
//!
//! Generated code calls this crate through `macrograd::__private`; users meet [`Tensor`], [`Device`], [`Workspace`]
//! and [`Error`].

pub mod arena;
pub mod compose;
pub mod device;
pub mod element;
pub mod error;
mod gemm;
#[macro_use]
pub mod fused;
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

pub use compose::Compose;
pub use device::Device;
pub use error::Error;
pub use tensor::{Const, Dim, Shape, Tensor, TensorView, TensorViewMut};
pub use workspace::Workspace;
