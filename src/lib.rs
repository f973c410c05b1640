//! Deep learning for Rust.
#![forbid(unsafe_code)]

// Layers in this crate name it as every other crate does.
extern crate self as macrograd;

pub mod checkpoint;
pub mod data;
pub mod model;
pub mod nn;
pub mod ops;
pub mod optim;
pub mod views;

pub use macrograd_macros::{dim, function, model};
pub use macrograd_runtime::{
    Const, Device, Dim, Error, Shape, Tensor, TensorView, TensorViewMut, Workspace, shape,
};
pub use model::{Model, ModelGrads};

/// What a program with models needs: `use macrograd::prelude::*;`. Layers are named `nn::Linear`, never by glob.
pub mod prelude {
    pub use crate::optim::Optimizer;
    pub use crate::{Const, Device, Dim, Model, ModelGrads, Tensor, TensorView, Workspace, shape};
    pub use crate::{dim, function, model, nn};
}

#[doc(hidden)]
pub mod __private {
    pub use macrograd_macros::{__combine, __link};
    pub use macrograd_runtime::*;
}
