//! LeNet, as in `tests/golden/models.py`.

use macrograd::prelude::*;

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
        let x = self.fc2(x).relu();
        self.fc3(x)
    }

    /// Mean cross-entropy of the scores against the labels.
    pub fn loss<N: Dim>(&self, image: Tensor<N, 1, 28, 28>, label: Tensor<u8, N>) -> Tensor {
        self.forward(image).cross_entropy(label)
    }
}
