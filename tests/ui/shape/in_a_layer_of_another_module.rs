// A mistake inside the user's own layer is shown in the layer.
use macrograd::prelude::*;

mod layers {
    use macrograd::prelude::*;

    #[model(part)]
    pub struct Residual<const D: usize> {
        inner: nn::Linear<D, 16>,
    }

    #[model]
    impl<const D: usize> Residual<D> {
        pub fn forward(&self, x: Tensor<_, D>) -> Tensor<_, D> {
            x + self.inner(x)
        }
    }
}

#[model]
struct Net {
    block: layers::Residual<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        self.block(x)
    }
}

fn main() {}
