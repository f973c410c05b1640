// A default on a field that is neither a hyper-parameter nor an `Option`.
use macrograd::prelude::*;

#[model]
struct Net {
    #[default(true)]
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        self.fc(x)
    }
}

fn main() {}
