//! Linear layers, convolutions, batch normalisation and pooling in two dimensions, cross-entropy.

cases! { "layers_basic";
    linear: nn::Linear<5, 3>, (x: [4, 5]) -> [4, 3];
    #[with(bias = false)] linear_without_bias: nn::Linear<5, 3>, (x: [2, 4, 5]) -> [2, 4, 3];
    #[with(stride = 2, padding = [1, 0], dilation = [2, 1], groups = 2)]
    conv2d: nn::Conv2d<4, 6, 3>, (x: [2, 4, 9, 8]) -> [2, 6, 4, 3];
    batch_norm2d: nn::BatchNorm2d<3>, (x: [4, 3, 2, 5]) -> [4, 3, 2, 5];
    #[with(momentum = 0.3, eps = 0.01, affine = false)]
    batch_norm2d_plain: nn::BatchNorm2d<3>, (x: [4, 3, 2, 5]) -> [4, 3, 2, 5];
    #[with(stride = 1, padding = 1, ceil_mode = true)]
    max_pool2d: nn::MaxPool2d<2>, (x: [1, 2, 5, 4]) -> [1, 2, 6, 5];
    #[with(stride = 2, padding = 1, count_include_pad = false)]
    avg_pool2d: nn::AvgPool2d<3>, (x: [1, 2, 5, 4]) -> [1, 2, 3, 2];
    cross_entropy(x: [4, 3], label: u8[4]) -> [] { x.cross_entropy(label) };
    #[with(alpha = 3.0)] lora_linear: nn::LoraLinear<5, 3, 2>, (x: [2, 4, 5]) -> [2, 4, 3];
}
