// More elements than an axis has.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 5> {
        let (values, places) = self.fc(x).topk(5);
        values * (places as f32)
    }
}

fn main() {}
