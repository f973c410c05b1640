//! What a training run says of itself: event files that [TensorBoard](https://www.tensorflow.org/tensorboard) shows
//! (feature `tensorboard`).

mod error;
mod tensorboard;

pub use error::ReportError;
pub use tensorboard::{GraphNode, TensorBoard};
