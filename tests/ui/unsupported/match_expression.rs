// `match`.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        match N {
            1 => self.fc(x),
            _ => self.fc(x),
        }
    }
}

fn main() {}
