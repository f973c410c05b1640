//! A search without a space.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<4, 3>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor<N, 3> {
        self.fc(x)
    }

    pub fn loss<N: Dim>(&self, x: Tensor<N, 4>, label: Tensor<u8, N>) -> Tensor {
        self.forward(x).cross_entropy(label)
    }
}

fn samples() -> Vec<([f32; 4], u8)> {
    vec![([0.0; 4], 0); 9]
}

macrograd::train! {
    model: Net,
    data: samples(),
    tune: [1e-3, 1e-2],
}
