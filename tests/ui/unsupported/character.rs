// A character in a body: only numbers, truth values and texts have a meaning.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        let name = 'f';
        self.fc(x)
    }
}

fn main() {}
