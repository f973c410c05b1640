// An attribute that fields do not have.
use macrograd::prelude::*;

#[model]
struct Net {
    #[freeze]
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        self.fc(x)
    }
}

fn main() {}
