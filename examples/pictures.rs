//! A program for pictures in the folders of their classes, such as `pets/cat/7.jpg`:
//! `cargo run --release --features images --example pictures -- --data pets`, then `… -- predict --data new.jpg`.
#![forbid(unsafe_code)]

use macrograd::data::ImageFolder;
use macrograd::prelude::*;

/// Three convolutions, and the mean over all places.
#[model]
struct Net {
    #[with(padding = 1)]
    conv1: nn::Conv2d<3, 16, 3>,
    #[with(padding = 1)]
    conv2: nn::Conv2d<16, 32, 3>,
    #[with(padding = 1)]
    conv3: nn::Conv2d<32, 64, 3>,
    output: nn::Linear<64, 2>,
}

#[model]
impl Net {
    /// Scores of the two classes.
    fn forward<N: Dim>(&self, image: Tensor<N, 3, 32, 32>) -> Tensor<N, 2> {
        let x = self.conv1(image - 0.5).relu().max_pool2d(2);
        let x = self.conv2(x).relu().max_pool2d(2);
        let x = self.conv3(x).relu();
        self.output(x.mean([2, 3]))
    }

    /// What training makes small.
    fn loss<N: Dim>(&self, image: Tensor<N, 3, 32, 32>, class: Tensor<u32, N>) -> Tensor {
        self.forward(image).cross_entropy(class)
    }
}

macrograd::train! {
    about: "A network tells pictures of two classes apart.",
    model: Net,
    // Pictures of 32 x 32 pixels; `.fit(Fit::Crop)` behind it takes those of any size.
    data: |path| ImageFolder::<3, 32, 32>::open(path)?,
    optimizer: AdamW { lr: 2e-3 },
    schedule: Cosine,
    batch: 16,
    epochs: 10,
    metrics: [Accuracy],
}
