//! What a training run says of itself: pages that browsers show, and event files that
//! [TensorBoard](https://www.tensorflow.org/tensorboard) shows (feature `tensorboard`).

#[cfg(feature = "tensorboard")]
mod error;
mod html;
#[cfg(feature = "tensorboard")]
mod tensorboard;

#[cfg(feature = "tensorboard")]
pub use error::ReportError;
pub use html::{HtmlReport, Mistake, Picture};
#[cfg(feature = "tensorboard")]
pub use tensorboard::{GraphNode, TensorBoard};
