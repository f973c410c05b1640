//! One file per family of kernels.

pub mod adam;
pub mod argmax;
pub mod avg_pool2d;
pub mod axis_map;
pub mod concat;
pub mod conv2d;
pub mod dropout;
mod lanes;
pub mod log_softmax;
pub mod matmul;
pub mod max_pool2d;
pub mod nll_loss;
pub mod norm;
pub mod pool2d;
pub mod sgd;
pub mod strided_copy;
pub mod to_f32;
