use macrograd::data::FashionMnist;
use macrograd::prelude::*;

/// LeNet: two convolutions and three linear layers.
#[model]
struct Net {
    #[with(padding = 2)]
    conv1: nn::Conv2d<1, 6, 5>,
    conv2: nn::Conv2d<6, 16, 5>,
    fc1: nn::Linear<400, 120>,
    fc2: nn::Linear<120, 84>,
    fc3: nn::Linear<84, 10>,
}

#[model]
impl Net {
    /// Scores of the classes.
    fn forward<N: Dim>(&self, image: Tensor<N, 1, 28, 28>) -> Tensor<N, 10> {
        let x = self.conv1(image).relu().max_pool2d(2);
        let x = self.conv2(x).relu().max_pool2d(2);
        let x = self.fc1(x.flatten(1)).relu();
        self.fc3(self.fc2(x).relu())
    }

    /// What training makes small.
    fn loss<N: Dim>(&self, image: Tensor<N, 1, 28, 28>, label: Tensor<u8, N>) -> Tensor {
        self.forward(image).cross_entropy(label)
    }
}

macrograd::train! {
    model: Net,
    // 2,500 images that come with the library; `data: |path| FashionMnist::open(path)?` reads a folder.
    data: FashionMnist,
    optimizer: AdamW { lr: 1e-3 },
    schedule: Cosine { warmup_steps: 30 },
    batch: 64,
    metrics: [Accuracy],
    classes: FashionMnist::CLASSES,
    monitor: "val_accuracy",
}
