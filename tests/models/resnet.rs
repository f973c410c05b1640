//! A small residual network with batch normalisation, as in `tests/golden/models.py`.

use macrograd::prelude::*;

#[model(part)]
pub struct Block<const IN: usize, const OUT: usize, const STRIDE: usize> {
    #[with(stride = STRIDE, padding = 1, bias = false)]
    conv1: nn::Conv2d<IN, OUT, 3>,
    norm1: nn::BatchNorm2d<OUT>,
    #[with(padding = 1, bias = false)]
    conv2: nn::Conv2d<OUT, OUT, 3>,
    norm2: nn::BatchNorm2d<OUT>,
    #[default(IN != OUT)]
    #[with(stride = STRIDE, bias = false)]
    shortcut: Option<nn::Conv2d<IN, OUT, 1>>,
    #[default(IN != OUT)]
    shortcut_norm: Option<nn::BatchNorm2d<OUT>>,
}

#[model]
impl<const IN: usize, const OUT: usize, const STRIDE: usize> Block<IN, OUT, STRIDE> {
    pub fn forward<N: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, IN, H, W>) -> Tensor<Inferred> {
        let y = self.norm1(self.conv1(x)).relu();
        let y = self.norm2(self.conv2(y));
        let identity = if let Some(shortcut) = &self.shortcut { self.shortcut_norm(shortcut(x)) } else { x };
        (y + identity).relu()
    }
}

#[model]
pub struct ResNet {
    #[with(padding = 1, bias = false)]
    stem: nn::Conv2d<3, 8, 3>,
    stem_norm: nn::BatchNorm2d<8>,
    block1: Block<8, 8, 1>,
    block2: Block<8, 16, 2>,
    head: nn::Linear<16, 10>,
}

#[model]
impl ResNet {
    /// Class scores.
    pub fn forward<N: Dim>(&self, image: Tensor<N, 3, 16, 16>) -> Tensor<N, 10> {
        let x = self.stem_norm(self.stem(image)).relu();
        let x = self.block2(self.block1(x));
        self.head(x.mean([2, 3]))
    }

    /// Mean cross-entropy.
    pub fn loss<N: Dim>(&self, image: Tensor<N, 3, 16, 16>, label: Tensor<u8, N>) -> Tensor {
        self.forward(image).cross_entropy(label)
    }
}
