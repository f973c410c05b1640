// Two tangents for one argument.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let (_, tangent) = jvp(self.hidden, x, tangent = [x, x]);
        tangent
    }

    pub fn hidden<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        self.fc(x)
    }
}

fn main() {}
