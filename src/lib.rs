//! Deep learning for Rust: models that the compiler knows.
//!
//! A model is a struct of layers and its functions. [`#[model]`](macro@model) on both compiles them, while rustc compiles the
//! crate, into statically typed functions for values and gradients:
//!
//! ```
//! use macrograd::optim::Adam;
//! use macrograd::prelude::*;
//!
//! #[model]
//! pub struct Mlp {
//!     hidden: nn::Linear<2, 8>,
//!     output: nn::Linear<8, 1>,
//! }
//!
//! #[model]
//! impl Mlp {
//!     /// A number for each point.
//!     pub fn forward<N: Dim>(&self, point: Tensor<N, 2>) -> Tensor<N, 1> {
//!         self.output(self.hidden(point).tanh())
//!     }
//!
//!     /// Mean square of the difference to the target.
//!     pub fn loss<N: Dim>(&self, point: Tensor<N, 2>, target: Tensor<N, 1>) -> Tensor {
//!         let difference = self.forward(point) - target;
//!         (difference * difference).mean()
//!     }
//! }
//!
//! // Exclusive or.
//! let points = Tensor::from_vec((4, Const::<2>), vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]);
//! let targets = Tensor::from_vec((4, Const::<1>), vec![0.0, 1.0, 1.0, 0.0]);
//!
//! let mut net = Mlp::new(Device::cpu(), /* seed */ 0);
//! let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
//! let mut optimizer = Adam::new(0.05);
//! for _ in 0..500 {
//!     net.loss_grad_into(&mut workspace, &points, &targets, &mut grads);
//!     optimizer.step(&mut net, &mut grads);
//! }
//! assert!(net.loss(&points, &targets) < 0.01);
//! ```
//!
//! Inside the functions `Tensor<N, 2>` is the notation of the language: a dimension is a number, or a parameter such as
//! `N` that is known at run time. A shape that does not fit is a compile error with both numbers and the edit that mends
//! it. Outside, `point` is a `Tensor<f32, (N, Const<2>)>` with `N = usize` or a constant: see [`Tensor`] and [`shape!`].
//!
//! # Where to look
//!
//! - [`guide`]: ten chapters to learn from, from the first model to how the compiler works
//! - [`language`]: loops, decisions and gradients in the functions of a model
//! - [`nn`]: layers, which are models in the same language; [`ops`]: the operations that functions can use
//! - [`equivalents`]: all of them by their names in PyTorch and Keras; [`init`]: how
//!   parameters start
//! - [`optim`]: optimizers, schedules of the learning rate, averages, gradient clipping
//! - [`data`]: data sets and their batches, two of them inside the library
//! - [`metrics`]: accuracy, areas under curves, perplexity and others, over any number of batches
//! - [`train`](mod@train): a trainer with validation, callbacks, files, and runs that continue bit for bit
//! - [`checkpoint`]: saving and loading models and optimizers
//! - [`report`]: a page with curves and mistakes; curves, histograms, images, texts and graphs for TensorBoard
//! - [`Model`], [`ModelGrads`]: what generic code can do with any compiled model
//!
//! The items that `#[model]` adds to a struct carry their own documentation, with shapes and costs: `cargo doc` on the
//! crate that holds the model, or hovering in an editor, shows them.
//!
//! # Features
//!
//! - `cli` (default): `train!` programs with flags
//! - `progress` (default): a bar while a trainer runs on a terminal
//! - `dashboard`: curves and metrics on the whole terminal while a trainer runs
//! - `half`: elements of 16 bits, `bf16` and `f16`
//! - `f64`: models that compute in `f64`, under `#[model(dtype = f64)]`
//! - `embedded-data` (default): small data sets inside the library, 1.2 MB of a program that uses them
//! - `images`: folders of PNG, JPEG, WebP and BMP files
//! - `npz`: NumPy's archives of arrays
//! - `parquet`: tables in Parquet files
//! - `tensorboard`: writers of TensorBoard's event files
//! - `tokenizers`: texts as tokens, by the `tokenizer.json` of a published model
//! - `wav`: sounds in WAV files
#![forbid(unsafe_code)]

// Layers in this crate name it as every other crate does.
extern crate self as macrograd;

pub mod checkpoint;
pub mod data;
#[doc = include_str!("equivalents.md")]
pub mod equivalents {}
pub mod guide;
pub mod init;
pub mod language;
pub mod metrics;
pub mod model;
pub mod nn;
pub mod ops;
pub mod optim;
mod replace;
pub mod report;
pub mod train;
pub mod views;

#[cfg(feature = "cli")]
pub use macrograd_macros::train;
pub use macrograd_macros::{differentiable, dim, function, model, op, tensors};
#[cfg(feature = "half")]
pub use macrograd_runtime::element::{bf16, f16};
pub use macrograd_runtime::float::Float;
pub use macrograd_runtime::parallel::set_num_threads;
pub use macrograd_runtime::random::Philox as Random;
pub use macrograd_runtime::{
    Const, Device, Dim, Error, Shape, Tensor, TensorView, TensorViewMut, Workspace, shape,
};
pub use model::{Model, ModelGrads};

/// What a program with models needs: `use macrograd::prelude::*;`. Layers are named `nn::Linear`, never by glob.
pub mod prelude {
    pub use crate::optim::Optimizer;
    pub use crate::{Const, Device, Dim, Model, ModelGrads, Tensor, TensorView, Workspace, shape};
    pub use crate::{differentiable, dim, function, model, nn, op, tensors};
}

#[doc(hidden)]
pub mod __private {
    pub use macrograd_macros::{__combine, __link};
    pub use macrograd_runtime::*;
}

/// The code of the README is tested with that of this documentation.
#[cfg(all(doctest, feature = "embedded-data"))]
#[doc = include_str!("../README.md")]
mod readme {}
