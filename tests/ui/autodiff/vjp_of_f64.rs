// The gradient of a result that is not `f32`.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let (_, grad) = vjp(self.kept, x, grad_output = x);
        self.fc(grad)
    }

    fn kept<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<f64, N, 8> {
        x as f64
    }
}

fn main() {}
