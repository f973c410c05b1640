//! One file per family of kernels.

pub mod avg_pool2d;
mod lanes;
pub mod log_softmax;
pub mod max_pool2d;
pub mod pool2d;
