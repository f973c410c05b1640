// Sizes that do not make up the axis, one that cannot follow, and two that would.
use macrograd::prelude::*;

#[model]
struct Net {
    #[init(ones)]
    scale: Param,
}

#[model]
impl Net {
    pub fn other<N: Dim>(&self, x: Tensor<N, 12>) -> Tensor<N, 5, 2> {
        x.unflatten(1, [5, 2]) * self.scale
    }

    pub fn no_divisor<N: Dim>(&self, x: Tensor<N, 12>) -> Tensor<N, 5, 2> {
        x.unflatten(1, [5, -1]) * self.scale
    }

    pub fn two<N: Dim>(&self, x: Tensor<N, 12>) -> Tensor<N, 5, 2> {
        x.unflatten(1, [-1, -1]) * self.scale
    }

    pub fn empty<N: Dim>(&self, x: Tensor<N, 12>) -> Tensor<N, 5, 2> {
        x.unflatten(1, [0, -1]) * self.scale
    }

    pub fn number<N: Dim>(&self, x: Tensor<N, 12>) -> Tensor<N, 5, 2> {
        x.unflatten(1, 12) * self.scale
    }
}

#[model]
struct Layer {
    split: nn::Unflatten2<5, 2>,
}

#[model]
impl Layer {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 12>) -> Tensor<N, 5, 2> {
        self.split(x)
    }
}

fn main() {}
