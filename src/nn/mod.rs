//! Layers: models in the language of this crate, with PyTorch's options, initialisation and names of parameters.
//!
//! A layer is a field of a model: `conv1: nn::Conv2d<1, 6, 5>`, with its settings beside it: `#[with(padding = 2)]`.
//! Calling it, `self.conv1(x)`, runs its `forward`. Layers of your own are written the same way.

mod activation;
mod batch_norm;
mod conv;
mod distance;
mod dropout;
mod embedding;
mod instance_norm;
mod layer_norm;
mod linear;
mod pool;
mod softmax;
mod squeeze_excite;

pub use activation::{
    Celu, Elu, Gelu, Glu, Hardshrink, Hardsigmoid, Hardswish, Hardtanh, LeakyRelu, LogSigmoid, Mish, Prelu,
    Relu, Relu6, Rrelu, Selu, Sigmoid, Silu, Softplus, Softshrink, Softsign, Tanh, Tanhshrink, Threshold,
};
pub use batch_norm::{BatchNorm1d, BatchNorm2d, BatchNorm3d};
pub use conv::Conv2d;
pub use distance::{CosineSimilarity, PairwiseDistance};
pub use dropout::{AlphaDropout, DropPath, Dropout, Dropout1d, Dropout2d, Dropout3d, FeatureAlphaDropout};
pub use embedding::{Embedding, EmbeddingBag};
pub use instance_norm::{InstanceNorm1d, InstanceNorm2d, InstanceNorm3d};
pub use layer_norm::{
    GroupNorm, LayerNorm, LayerNorm2d, LayerNormOver2, LayerNormOver3, LocalResponseNorm, RmsNorm,
};
pub use linear::{Bilinear, Flatten, Identity, Linear, Unflatten2, Unflatten3};
pub use pool::{AvgPool2d, MaxPool2d};
pub use softmax::{LogSoftmax, Softmax, Softmax2d, Softmin};
pub use squeeze_excite::SqueezeExcite;
