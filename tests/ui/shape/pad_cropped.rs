// Negative padding that leaves nothing, and a setting of a list of signed numbers that is none.
use macrograd::prelude::*;

#[model]
struct Net {
    #[with(padding = [-3, -2])]
    crop: nn::ZeroPad1d<0>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 2, 4>) -> Tensor<N, 2, 1> {
        self.crop(x)
    }
}

#[model]
struct Fractional {
    #[with(padding = [-1, 0.5])]
    crop: nn::ZeroPad1d<0>,
}

#[model]
impl Fractional {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 2, 4>) -> Tensor<N, 2, 4> {
        self.crop(x)
    }
}

#[model]
struct TooFew {
    #[with(padding = [-1, 1])]
    crop: nn::ZeroPad2d<0>,
}

#[model]
impl TooFew {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 2, 4, 4>) -> Tensor<N, 2, 4, 4> {
        self.crop(x)
    }
}

fn main() {}
