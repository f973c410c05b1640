// A call of a function without `#[function]`.
use macrograd::prelude::*;

fn swish(x: f32) -> f32 {
    x
}

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        swish(self.fc(x))
    }
}

fn main() {}
