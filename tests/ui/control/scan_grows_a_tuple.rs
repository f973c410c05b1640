// A loop that changes the number of tensors that it carries.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 8>) -> Tensor<N, 8> {
        let mut state = zeros([N, 8]);
        for t in 0..T {
            state = (self.fc(x.at(1, t)), x.at(1, t));
        }
        let (h, c) = state;
        h + c
    }
}

fn main() {}
