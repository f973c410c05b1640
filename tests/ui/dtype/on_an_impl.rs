// The computing type is said on the struct.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<3, 4>,
}

#[model(dtype = f64)]
impl Net {
    fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 4> {
        self.fc(x)
    }
}

fn main() {}
