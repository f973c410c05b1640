//! Layers and losses against PyTorch: the same weights and inputs in, the same outputs, gradients and buffers out.
//!
//! Each case compiles a model around one layer and runs it as a user would, so that shape rules, gradients, emission
//! and kernels are tested together. The values are PyTorch's in f64 (`tests/golden/layers_*.py`); the limit is 1e-4 of
//! the largest element of each tensor.
#![allow(missing_docs)]
#![forbid(unsafe_code)]

#[path = "layers/case.rs"]
mod case;
#[macro_use]
#[path = "layers/harness.rs"]
mod harness;

#[path = "layers/activation.rs"]
mod activation;
#[path = "layers/attention.rs"]
mod attention;
#[path = "layers/basic.rs"]
mod basic;

#[path = "layers/embedding.rs"]
mod embedding;

#[path = "layers/conv.rs"]
mod conv;
#[path = "layers/indexing.rs"]
mod indexing;
#[path = "layers/loss.rs"]
mod loss;
#[path = "layers/norm.rs"]
mod norm;
#[path = "layers/pool.rs"]
mod pool;
#[path = "layers/recurrent.rs"]
mod recurrent;
#[path = "layers/shapes.rs"]
mod shapes;
#[path = "layers/transformer.rs"]
mod transformer;
#[path = "layers/unpool.rs"]
mod unpool;
