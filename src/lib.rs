//! Deep learning for Rust.
pub mod model;
pub use model::{Model, ModelGrads};
pub use macrograd_runtime::{Const, Device, Dim, Error, Shape, Tensor, TensorView, Workspace, shape};
#[doc(hidden)]
pub mod __private {
    pub use macrograd_runtime::*;
}
