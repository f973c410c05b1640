// The result is called `out` in the body. The mistake is reported once, where it stands.
use macrograd::prelude::*;

#[op]
fn doubled<N: Dim>(out: Tensor<N, 4>) -> Tensor<N, 4> {
    let _ = N;
}

#[model]
struct Net {
    fc: nn::Linear<4, 4>,
}

#[model]
impl Net {
    #[no_grad]
    pub fn forward<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor<N, 4> {
        doubled(self.fc(x))
    }
}

fn main() {}
