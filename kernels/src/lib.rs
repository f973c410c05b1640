//! CUDA kernels of macrograd and the functions that launch them.
//!
//! None are written by hand yet, and nothing is launched: the CPU runtime is complete on its own, and `Device::cuda` says
//! that this build has no CUDA kernels. What is here are the headers of the kernels that the compiler prints from fused
//! loops (`macrograd_compiler::emit::cuda`): to it they are names, as the functions of the CPU runtime are.
#![forbid(unsafe_code)]

/// Headers that kernels include, by name.
pub const HEADERS: [(&str, &str); 2] =
    [("loops.cuh", include_str!("../cuda/loops.cuh")), ("math.cuh", include_str!("../cuda/math.cuh"))];
