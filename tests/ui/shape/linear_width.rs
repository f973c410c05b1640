// The width of a layer: names the layer, both numbers, how the input came about and the edit.
use macrograd::prelude::*;

#[model]
pub struct LeNet {
    conv1: nn::Conv2d<1, 6, 5>,
    conv2: nn::Conv2d<6, 16, 5>,
    fc1: nn::Linear<400, 120>,
    fc2: nn::Linear<120, 10>,
}

#[model]
impl LeNet {
    pub fn forward<N: Dim>(&self, image: Tensor<N, 1, 28, 28>) -> Tensor<N, 10> {
        let x = self.conv1(image).relu().max_pool2d(2);
        let x = self.conv2(x).relu().max_pool2d(2);
        let x = self.fc1(x.flatten(1)).relu();
        self.fc2(x)
    }
}

fn main() {}
