//! Layers: models in the language of this crate, with PyTorch's options, initialisation and names of parameters.
//!
//! A layer is a field of a model: `conv1: nn::Conv2d<1, 6, 5>`, with its settings beside it: `#[with(padding = 2)]`.
//! Calling it, `self.conv1(x)`, runs its `forward`. Layers of your own are written the same way.

mod activation;
mod adaptive_pool;
mod adaptive_softmax;
mod attention;
mod batch_norm;
mod conv;
mod conv_transpose;
mod distance;
mod dropout;
mod embedding;
mod fold;
mod instance_norm;
mod layer_norm;
mod linear;
mod lora;
mod max_unpool;
mod pad;
mod pool;
mod recurrent;
mod softmax;
mod spectral_norm;
mod squeeze_excite;
mod transformer;
mod upsample;
mod weight_norm;

pub use activation::{
    Celu, Elu, Gelu, Glu, Hardshrink, Hardsigmoid, Hardswish, Hardtanh, LeakyRelu, LogSigmoid, Mish, Prelu,
    Relu, Relu6, Rrelu, Selu, Sigmoid, Silu, Softplus, Softshrink, Softsign, Tanh, Tanhshrink, Threshold,
};
pub use adaptive_pool::{
    AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d, AdaptiveMaxPool1d, AdaptiveMaxPool1dWithIndices,
    AdaptiveMaxPool2d, AdaptiveMaxPool2dWithIndices, AdaptiveMaxPool3d, AdaptiveMaxPool3dWithIndices,
    GlobalAvgPool1d, GlobalAvgPool2d, GlobalAvgPool3d, GlobalMaxPool1d, GlobalMaxPool2d, GlobalMaxPool3d,
};
pub use adaptive_softmax::{
    AdaptiveLogSoftmaxWithLoss1, AdaptiveLogSoftmaxWithLoss2, AdaptiveLogSoftmaxWithLoss3,
};
pub use attention::{GroupedQueryAttention, MultiHeadAttention, SinusoidalPositions};
pub use batch_norm::{BatchNorm1d, BatchNorm2d, BatchNorm3d};
pub use conv::{Conv1d, Conv2d, Conv3d};
pub use conv_transpose::{ConvTranspose1d, ConvTranspose2d, ConvTranspose3d};
pub use distance::{CosineSimilarity, PairwiseDistance};
pub use dropout::{AlphaDropout, DropPath, Dropout, Dropout1d, Dropout2d, Dropout3d, FeatureAlphaDropout};
pub use embedding::{Embedding, EmbeddingBag};
pub use fold::{Fold, Unfold};
pub use instance_norm::{InstanceNorm1d, InstanceNorm2d, InstanceNorm3d};
pub use layer_norm::{
    GroupNorm, LayerNorm, LayerNorm2d, LayerNormOver2, LayerNormOver3, LocalResponseNorm, RmsNorm,
    RmsNormOver2, RmsNormOver3,
};
pub use linear::{Bilinear, Flatten, Identity, Linear, Unflatten2, Unflatten3, Unflatten4};
pub use lora::LoraLinear;
pub use max_unpool::{MaxUnpool1d, MaxUnpool2d, MaxUnpool3d};
pub use pad::{
    CircularPad1d, CircularPad2d, CircularPad3d, ConstantPad1d, ConstantPad2d, ConstantPad3d,
    ReflectionPad1d, ReflectionPad2d, ReflectionPad3d, ReplicationPad1d, ReplicationPad2d, ReplicationPad3d,
    ZeroPad1d, ZeroPad2d, ZeroPad3d,
};
pub use pool::{
    AvgPool1d, AvgPool2d, AvgPool3d, LpPool1d, LpPool2d, LpPool3d, MaxPool1d, MaxPool1dWithIndices,
    MaxPool2d, MaxPool2dWithIndices, MaxPool3d, MaxPool3dWithIndices,
};
pub use recurrent::{
    BiGru, BiGruLayer, BiLstm, BiLstmLayer, BiRnn, BiRnnLayer, Gru, GruLayer, Lstm, LstmLayer, Rnn, RnnLayer,
};
pub use softmax::{LogSoftmax, Softmax, Softmax2d, Softmin};
pub use spectral_norm::{
    SpectralNormConv1d, SpectralNormConv2d, SpectralNormConv3d, SpectralNormConvTranspose1d,
    SpectralNormConvTranspose2d, SpectralNormConvTranspose3d, SpectralNormLinear,
};
pub use squeeze_excite::SqueezeExcite;
pub use transformer::{TransformerDecoderLayer, TransformerEncoderLayer};
pub use upsample::{ChannelShuffle, PixelShuffle, PixelUnshuffle, Upsample1d, Upsample2d, Upsample3d};
pub use weight_norm::{
    WeightNormConv1d, WeightNormConv2d, WeightNormConv3d, WeightNormConvTranspose1d,
    WeightNormConvTranspose2d, WeightNormConvTranspose3d, WeightNormLinear,
};
