//! One file per family of kernels.

pub mod adam;
pub mod arange;
pub mod argmax;
pub mod avg_pool2d;
pub mod concat;
pub mod conv2d;
pub mod dropout;
pub mod element;
mod lanes;
pub mod log_softmax;
pub mod matmul;
pub mod max_pool2d;
pub mod median;
pub mod nll_loss;
pub mod norm;
pub mod one_hot;
pub mod pool2d;
pub mod roll;
pub mod scan;
pub mod sgd;
pub mod strided_copy;
pub mod to_f32;
