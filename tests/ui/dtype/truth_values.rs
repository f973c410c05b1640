// Truth values and single precision where numbers of the computing type are needed.
use macrograd::prelude::*;

#[model(dtype = f64)]
struct Net {
    fc: nn::Linear<3, 4>,
}

#[model]
impl Net {
    fn truth<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 4> {
        self.fc(x > 0.0)
    }

    fn single<N: Dim>(&self, x: Tensor<f32, N, 3>) -> Tensor<N, 4> {
        self.fc(x)
    }

    fn declared<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<f32, N, 3> {
        x * 2.0
    }
}

fn main() {}
