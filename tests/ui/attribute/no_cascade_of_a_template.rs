// A mistake in a generic model is reported once, however often the model is compiled.
use macrograd::prelude::*;

#[model]
pub struct Mlp<const HIDDEN: usize> {
    fc1: nn::Linear<784, HIDDEN>,
    fc2: nn::Linear<HIDDEN, 10>,
}

#[model]
impl<const HIDDEN: usize> Mlp<HIDDEN> {
    pub fn forward<N: Dim>(&self, image: Tensor<N, 784>) -> Tensor<N, 10> {
        self.fc2(self.fc1(image).rleu())
    }
}

#[model]
type Small = Mlp<32>;

#[model]
type Large = Mlp<512>;

fn main() {
    let image = Tensor::zeros((4, Const::<784>));
    println!("{:?}", Small::new(Device::cpu(), 0).forward(&image).shape());
    println!("{:?}", Large::new(Device::cpu(), 0).forward(&image).shape());
}
