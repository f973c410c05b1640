// Lints that are allowed by name: only the one that is not is left.
#![deny(warnings)]
use macrograd::prelude::*;

#[function(allow(log_of_sigmoid))]
fn log_gate(x: Tensor<_, 4>) -> Tensor<_, 4> {
    x.sigmoid().ln()
}

#[model(allow(softmax_of_probabilities))]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model(allow(log_of_softmax))]
impl Net {
    #[model(allow(sqrt_at_zero))]
    pub fn length<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        log_gate(self.fc(x)).square().sum().sqrt()
    }

    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        let entropy = self.fc(x).softmax().softmax().ln().sum();
        entropy + self.length(x) + self.fc(x).abs().sqrt().sum()
    }
}

fn main() {}
