//! Labels of another type than the loss takes.
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

fn samples() -> Vec<([f32; 4], f32)> {
    vec![([0.0; 4], 0.0); 9]
}

macrograd::train! { model: Net, data: samples() }
