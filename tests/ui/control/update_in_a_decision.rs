// A buffer that is updated by a decision at run time.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
        #[init(zeros)]
        total: Buffer<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let y = self.fc(x);
        if y.mean() > 0.0 {
            self.total.update(y.mean(0));
        }
        y
    }
}

fn main() {}
