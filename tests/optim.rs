//! Optimizers, schedules, averages and clipping, on models written by hand; steps against PyTorch's.
#![allow(missing_docs)]
#![allow(unsafe_code)] // a global allocator cannot be written without

#[path = "optim/average.rs"]
mod average;
#[path = "optim/clip.rs"]
mod clip;
#[path = "optim/golden.rs"]
mod golden;
#[path = "optim/lbfgs.rs"]
mod lbfgs;
#[path = "optim/memory.rs"]
mod memory;
#[path = "optim/schedules.rs"]
mod schedules;
#[path = "optim/steps.rs"]
mod steps;
#[path = "optim/support.rs"]
mod support;
