// Several mistakes give several errors, each once.
use macrograd::prelude::*;

#[model]
struct Net {
    #[with(pading = 2)]
    conv: nn::Conv2d<1, 6, 5>,
    fc: nn::Linear<100, 10>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 100>) -> Tensor<N, 10> {
        self.fc(x)
    }
}

#[model]
struct Other {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Other {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        let y = x.rleu();
        let z = self.fd(x);
        self.fc(x) + y + z
    }

    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        self.fc(x).men()
    }
}

fn main() {}
