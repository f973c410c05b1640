//! Layers: models in the language of this crate, with PyTorch's options, initialisation and names of parameters.
//!
//! A layer is a field of a model: `conv1: nn::Conv2d<1, 6, 5>`, with its settings beside it: `#[with(padding = 2)]`.
//! Calling it, `self.conv1(x)`, runs its `forward`. Layers of your own are written the same way.

mod activation;
mod batch_norm;
mod conv;
mod dropout;
mod embedding;
mod linear;
mod pool;

pub use activation::{
    Celu, Elu, Gelu, Glu, Hardshrink, Hardsigmoid, Hardswish, Hardtanh, LeakyRelu, LogSigmoid, Mish, Prelu,
    Relu, Relu6, Rrelu, Selu, Sigmoid, Silu, Softplus, Softshrink, Softsign, Tanh, Tanhshrink, Threshold,
};
pub use batch_norm::BatchNorm2d;
pub use conv::Conv2d;
pub use dropout::Dropout;
pub use embedding::{Embedding, EmbeddingBag};
pub use linear::{Flatten, Linear};
pub use pool::{AvgPool2d, MaxPool2d};
