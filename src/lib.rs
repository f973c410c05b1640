//! Deep learning for Rust.
pub mod checkpoint;
pub mod data;
pub mod model;
pub mod optim;
pub use macrograd_runtime::{Const, Device, Dim, Error, Shape, Tensor, TensorView, Workspace, shape};
pub use model::{Model, ModelGrads};
#[doc(hidden)]
pub mod __private {
    pub use macrograd_runtime::*;
}
