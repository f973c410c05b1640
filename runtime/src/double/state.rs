//! The state of a model in f64.

pub use crate::state::{Init, Kind, Layout, TensorInfo, double_tensor as tensor};

/// Parameters and buffers.
pub type State = crate::state::State<f64>;

/// Gradients and proposed buffers.
pub type Gradients = crate::state::Gradients<f64>;
