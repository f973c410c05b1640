// A buffer that is updated in a loop over a range.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
        #[init(zeros)]
        total: Buffer<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 8>) -> Tensor<N, 8> {
        let mut h = zeros([N, 8]);
        for t in 0..T {
            h = h + self.fc(x.at(1, t));
            self.total.update(h.mean(0));
        }
        h
    }
}

fn main() {}
