//! One file per family of kernels.

pub mod matmul;
