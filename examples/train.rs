//! A whole program out of a declaration: `cargo run --release --example train -- --help`.
//!
//! LeNet learns to tell ten kinds of clothing apart. `train --epochs 2 --lr 0.01` overrides what is declared; `eval`,
//! `predict` and the other subcommands use the model that was trained.
#![forbid(unsafe_code)]

use macrograd::data::FashionMnist;
use macrograd::prelude::*;

/// Two convolutions and three linear layers.
#[model]
pub struct LeNet {
    #[with(padding = 2)]
    conv1: nn::Conv2d<1, 6, 5>,
    conv2: nn::Conv2d<6, 16, 5>,
    fc1: nn::Linear<400, 120>,
    fc2: nn::Linear<120, 84>,
    fc3: nn::Linear<84, 10>,
}

#[model]
impl LeNet {
    /// Class scores for each image.
    pub fn forward<N: Dim>(&self, image: Tensor<N, 1, 28, 28>) -> Tensor<N, 10> {
        let x = self.conv1(image).relu().max_pool2d(2);
        let x = self.conv2(x).relu().max_pool2d(2);
        let x = self.fc1(x.flatten(1)).relu();
        self.fc3(self.fc2(x).relu())
    }

    /// Mean cross-entropy of the scores against the labels.
    pub fn loss<N: Dim>(&self, image: Tensor<N, 1, 28, 28>, label: Tensor<u8, N>) -> Tensor {
        self.forward(image).cross_entropy(label)
    }
}

macrograd::train! {
    about: "LeNet tells ten kinds of clothing apart.",
    model: LeNet,
    data: FashionMnist,
    loss: LeNet::loss,
    optimizer: AdamW { lr: 1e-3, weight_decay: 0.01 },
    schedule: Cosine { warmup_steps: 30 },
    batch: 64,
    epochs: 10,
    metrics: [Accuracy, TopK::new(2)],
    classes: FashionMnist::CLASSES,
    monitor: "val_accuracy",
    tune: Space { lr: log(1e-4..=1e-2), weight_decay: [0.0, 0.01, 0.1], batch: [32, 64, 128] },
}
