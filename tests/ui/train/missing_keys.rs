//! Neither a model nor data.
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


macrograd::train! { epochs: 3 }
