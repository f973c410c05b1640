//! One file per family of kernels.

pub mod adadelta;
pub mod adafactor;
pub mod adagrad;
pub mod adam;
pub mod adamax;
pub mod argmax;
pub mod avg_pool2d;
pub mod concat;
pub mod conv2d;
pub mod dropout;
pub mod lamb;
mod lanes;
pub mod lion;
pub mod log_softmax;
pub mod matmul;
pub mod max_pool2d;
pub mod muon;
pub mod nll_loss;
pub mod pool2d;
pub mod rmsprop;
pub mod schedule_free;
pub mod sgd;
pub mod strided_copy;
pub mod sum;
pub mod to_f32;
pub mod update;
pub mod vector;
