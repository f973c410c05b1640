//! One file per family of kernels.

pub mod avg_pool2d;
pub mod concat;
pub mod dropout;
mod lanes;
pub mod log_softmax;
pub mod max_pool2d;
pub mod nll_loss;
pub mod pool2d;
pub mod strided_copy;
pub mod conv2d;
pub mod matmul;
pub mod adam;
pub mod norm;
pub mod sgd;
