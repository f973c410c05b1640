// A size that the signature does not have.
use macrograd::prelude::*;

#[op]
fn doubled<N: Dim>(x: Tensor<N, 4>) -> Tensor<N, 4> {
    out.iter_mut().zip(x).for_each(|(out, x)| *out = 2.0 * x);
    let _ = N;
}

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        doubled(self.fc(x))
    }
}

fn main() {}
