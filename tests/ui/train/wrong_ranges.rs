//! Settings that a search cannot vary, and ranges that are none.
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
    optimizer: Sgd { lr: 0.1 },
    tune: Ranges {
        lr: 0.1,
        momentum: 0.5..0.9,
        nesterov: false..=true,
        weight_decay: log(-1.0..=0.1),
        batch: [16, 0],
        epoch: 1..=3,
        out: ["a", "b"],
    },
}
