// An item in a body.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        const SCALE: f32 = 2.0;
        self.fc(x) * SCALE
    }
}

fn main() {}
