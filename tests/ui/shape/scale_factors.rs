// Factors of resampling that are none, or not one for each axis.
use macrograd::prelude::*;

#[model]
struct Negative {
    #[with(scale_factor = [2.0, -1.0])]
    up: nn::Upsample2d,
}

#[model]
impl Negative {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 2, 4, 4>) -> Tensor<N, 2, 8, 4> {
        self.up(x)
    }
}

#[model]
struct TooMany {
    #[with(scale_factor = [2.0, 2.0, 2.0])]
    up: nn::Upsample2d,
}

#[model]
impl TooMany {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 2, 4, 4>) -> Tensor<N, 2, 8, 8> {
        self.up(x)
    }
}

fn main() {}
