//! ResNet-20 for images of 32 by 32 pixels.
//!
//! Source: He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", 2015, section 4.2; projections
//! (option B) where the number of channels changes.

use macrograd::prelude::*;

#[model(part)]
pub struct Plain<const CHANNELS: usize> {
    #[with(padding = 1, bias = false)]
    conv1: nn::Conv2d<CHANNELS, CHANNELS, 3>,
    norm1: nn::BatchNorm2d<CHANNELS>,
    #[with(padding = 1, bias = false)]
    conv2: nn::Conv2d<CHANNELS, CHANNELS, 3>,
    norm2: nn::BatchNorm2d<CHANNELS>,
}

#[model]
impl<const CHANNELS: usize> Plain<CHANNELS> {
    pub fn forward<N: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, CHANNELS, H, W>) -> Tensor<N, CHANNELS, H, W> {
        let y = self.norm1(self.conv1(x)).relu();
        (self.norm2(self.conv2(y)) + x).relu()
    }
}

#[model(part)]
pub struct Narrowing<const IN: usize, const OUT: usize> {
    #[with(stride = 2, padding = 1, bias = false)]
    conv1: nn::Conv2d<IN, OUT, 3>,
    norm1: nn::BatchNorm2d<OUT>,
    #[with(padding = 1, bias = false)]
    conv2: nn::Conv2d<OUT, OUT, 3>,
    norm2: nn::BatchNorm2d<OUT>,
    #[with(stride = 2, bias = false)]
    shortcut: nn::Conv2d<IN, OUT, 1>,
    shortcut_norm: nn::BatchNorm2d<OUT>,
}

#[model]
impl<const IN: usize, const OUT: usize> Narrowing<IN, OUT> {
    pub fn forward<N: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, IN, H, W>) -> Tensor<Inferred> {
        let y = self.norm1(self.conv1(x)).relu();
        (self.norm2(self.conv2(y)) + self.shortcut_norm(self.shortcut(x))).relu()
    }
}

#[model]
pub struct ResNet20 {
    #[with(padding = 1, bias = false)]
    stem: nn::Conv2d<3, 16, 3>,
    stem_norm: nn::BatchNorm2d<16>,
    stage1: [Plain<16>; 3],
    narrow2: Narrowing<16, 32>,
    stage2: [Plain<32>; 2],
    narrow3: Narrowing<32, 64>,
    stage3: [Plain<64>; 2],
    head: nn::Linear<64, 10>,
}

#[model]
impl ResNet20 {
    /// Class scores.
    pub fn forward<N: Dim>(&self, image: Tensor<N, 3, 32, 32>) -> Tensor<N, 10> {
        let mut x = self.stem_norm(self.stem(image)).relu();
        for block in &self.stage1 {
            x = block(x);
        }
        let mut x = self.narrow2(x);
        for block in &self.stage2 {
            x = block(x);
        }
        let mut x = self.narrow3(x);
        for block in &self.stage3 {
            x = block(x);
        }
        self.head(x.mean([2, 3]))
    }

    /// Mean cross-entropy.
    pub fn loss<N: Dim>(&self, image: Tensor<N, 3, 32, 32>, label: Tensor<u8, N>) -> Tensor {
        self.forward(image).cross_entropy(label)
    }
}
