//! One file per family of kernels.

pub mod adam;
pub mod argmax;
pub mod avg_pool2d;
pub mod concat;
pub mod conv2d;
pub mod ctc_loss;
pub mod dropout;
mod element_words;
pub mod gather;
pub mod index;
pub mod index_add;
pub mod index_select;
mod lanes;
pub mod log_softmax;
pub mod matmul;
pub mod max_pool2d;
pub mod nll_loss;
pub mod norm;
pub mod pool2d;
pub mod rrelu;
pub mod scatter;
pub mod searchsorted;
pub mod sgd;
pub mod sort;
pub mod strided_copy;
pub mod to_f32;
