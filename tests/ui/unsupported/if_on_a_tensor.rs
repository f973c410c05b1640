// A condition on the value of a tensor.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        let y = self.fc(x);
        if y.mean() > 0.0 { y } else { -y }
    }
}

fn main() {}
