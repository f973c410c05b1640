// A field with a mistake: the functions are not checked without it, and callers stay without errors.
use macrograd::prelude::*;

#[model]
pub struct Net {
    #[with(bais = false)]
    fc1: nn::Linear<784, 256>,
    #[frozn]
    fc2: nn::Linear<256, 10>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, image: Tensor<N, 784>) -> Tensor<N, 10> {
        self.fc2(self.fc1(image).relu())
    }

    pub fn loss<N: Dim>(&self, image: Tensor<N, 784>, label: Tensor<u8, N>) -> Tensor {
        self.forward(image).cross_entropy(label)
    }
}

#[model]
struct Outer {
    inner: Net,
}

#[model]
impl Outer {
    pub fn forward<N: Dim>(&self, image: Tensor<N, 784>) -> Tensor<N, 10> {
        self.inner(image)
    }
}

fn main() {
    let net = Net::new(Device::cpu(), 0);
    let image = Tensor::zeros((4, Const::<784>));
    let label = Tensor::from_vec((4,), vec![0u8; 4]);
    let (loss, _) = net.loss_grad(&image, &label);
    println!("{loss} {:?}", net.forward(&image).shape());
    println!("{:?}", Outer::new(Device::cpu(), 0).forward(&image).shape());
}
