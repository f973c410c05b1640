// An activation and a gate that there are not, as settings of a layer of the library.
use macrograd::prelude::*;

#[model]
struct Net {
    #[with(activation = "swish")]
    first: nn::SqueezeExcite<4, 2>,
    #[with(gate = "hard_sigmoid")]
    second: nn::SqueezeExcite<4, 2>,
}

#[model]
impl Net {
    pub fn one<N: Dim>(&self, x: Tensor<N, 4, 3, 3>) -> Tensor<N, 4, 3, 3> {
        self.first(x)
    }

    pub fn other<N: Dim>(&self, x: Tensor<N, 4, 3, 3>) -> Tensor<N, 4, 3, 3> {
        self.second(x)
    }
}

fn main() {}
