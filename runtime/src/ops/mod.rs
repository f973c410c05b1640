//! One file per family of kernels.

pub mod conv2d;
pub mod matmul;
