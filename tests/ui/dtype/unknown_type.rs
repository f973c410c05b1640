// A computing type that there is not.
use macrograd::prelude::*;

#[model(dtype = bf16)]
struct Net {
    fc: nn::Linear<3, 4>,
}

#[model]
impl Net {
    fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 4> {
        self.fc(x)
    }
}

fn main() {}
