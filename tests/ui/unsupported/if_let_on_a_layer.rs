// `if let` on a field that is no `Option`.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        if let Some(fc) = &self.fc { fc(x) } else { x }
    }
}

fn main() {}
