//! CUDA kernels of macrograd and the functions that launch them.
//!
//! Empty so far: the CPU runtime is complete on its own, and `Device::cuda` says that this build has no CUDA kernels.
#![forbid(unsafe_code)]
