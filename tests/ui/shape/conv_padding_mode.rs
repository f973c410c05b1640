// A mode of padding that there is not, and one that reaches too far, in layers of the library.
use macrograd::prelude::*;

#[model]
struct Net {
    #[with(padding = 1, padding_mode = "reflct")]
    conv1: nn::Conv2d<1, 6, 3>,
    #[with(padding = 4, padding_mode = "reflect")]
    conv2: nn::Conv1d<1, 6, 3>,
}

#[model]
impl Net {
    pub fn image<N: Dim>(&self, x: Tensor<N, 1, 8, 8>) -> Tensor<N, 6, 8, 8> {
        self.conv1(x)
    }

    pub fn row<N: Dim>(&self, x: Tensor<N, 1, 4>) -> Tensor<N, 6, 10> {
        self.conv2(x)
    }
}

fn main() {}
