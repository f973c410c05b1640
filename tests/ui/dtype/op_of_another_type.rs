// An operation over slices of `f32`, in a model that computes in `f64`.
use macrograd::prelude::*;

#[op]
#[no_grad]
fn halve<N: Dim>(x: Tensor<N, 3>) -> Tensor<N, 3> {
    out.iter_mut().zip(x).for_each(|(out, x)| *out = x / 2.0);
}

#[model(dtype = f64)]
struct Net {
    fc: nn::Linear<3, 4>,
}

#[model]
impl Net {
    fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 4> {
        self.fc(halve(x))
    }
}

fn main() {}
