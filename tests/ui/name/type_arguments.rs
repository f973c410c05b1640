// Another number of type arguments than the layer declares.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        self.fc(x)
    }
}

fn main() {}
