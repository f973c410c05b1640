//! Models that several tests use.

pub mod lenet;
pub mod mlp;
pub mod resnet;
pub mod resnet20;
