//! Layers: models in the language of this crate, with PyTorch's options, initialisation and names of parameters.
//!
//! A layer is a field of a model: `conv1: nn::Conv2d<1, 6, 5>`, with its settings beside it: `#[with(padding = 2)]`.
//! Calling it, `self.conv1(x)`, runs its `forward`. Layers of your own are written the same way.

mod activation;
mod adaptive_pool;
mod batch_norm;
mod conv;
mod conv_transpose;
mod dropout;
mod fold;
mod linear;
mod pad;
mod pool;
mod upsample;

pub use activation::{Gelu, Relu, Sigmoid, Tanh};
pub use adaptive_pool::{
    AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d, AdaptiveMaxPool1d, AdaptiveMaxPool2d,
    AdaptiveMaxPool3d, GlobalAvgPool1d, GlobalAvgPool2d, GlobalAvgPool3d, GlobalMaxPool1d, GlobalMaxPool2d,
    GlobalMaxPool3d,
};
pub use batch_norm::BatchNorm2d;
pub use conv::{Conv1d, Conv2d, Conv3d};
pub use conv_transpose::{ConvTranspose1d, ConvTranspose2d, ConvTranspose3d};
pub use dropout::Dropout;
pub use fold::{Fold, Unfold};
pub use linear::{Flatten, Linear};
pub use pad::{
    CircularPad1d, CircularPad2d, CircularPad3d, ConstantPad1d, ConstantPad2d, ConstantPad3d,
    ReflectionPad1d, ReflectionPad2d, ReflectionPad3d, ReplicationPad1d, ReplicationPad2d, ReplicationPad3d,
    ZeroPad1d, ZeroPad2d, ZeroPad3d,
};
pub use pool::{AvgPool1d, AvgPool2d, AvgPool3d, MaxPool1d, MaxPool2d, MaxPool3d};
pub use upsample::{ChannelShuffle, PixelShuffle, PixelUnshuffle, Upsample1d, Upsample2d, Upsample3d};
