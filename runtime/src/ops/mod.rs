//! One file per family of kernels.

pub mod adam;
pub mod norm;
pub mod sgd;
