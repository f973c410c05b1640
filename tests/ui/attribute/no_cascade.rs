// One mistake gives one error: the callers of a model with a mistake stay dark.
use macrograd::prelude::*;

#[model]
pub struct Net {
    fc1: nn::Linear<784, 256>,
    fc2: nn::Linear<128, 10>,
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
struct Pair {
    left: Net,
    right: Net,
}

#[model]
impl Pair {
    pub fn forward<N: Dim>(&self, image: Tensor<N, 784>) -> Tensor<N, 10> {
        self.left(image) + self.right(image)
    }
}

fn main() -> Result<(), macrograd::Error> {
    let mut net = Net::new(Device::cpu(), 0);
    let image = Tensor::zeros((4, Const::<784>));
    let label = Tensor::from_vec((4,), vec![0u8; 4]);
    let mut workspace = net.workspace();
    let mut grads = net.zero_grads();
    let loss = net.loss_grad_into(&mut workspace, &image, &label, &mut grads);
    let (_, gradients) = net.loss_grad(&image, &label);
    let scores = net.forward(&image);
    println!("{loss} {:?} {:?}", scores.shape(), gradients.fc1().weight().shape());
    println!("{} {}", Net::PARAMETERS, Net::summary());
    println!("{}", Net::flops(NetDims { n: 4 }));
    println!("{:?}", net.fc1().weight().shape());
    macrograd::optim::Sgd::new(0.1).step(&mut net, &mut grads);
    net.save("net.safetensors")?;
    Net::load("net.safetensors", Device::cpu())?;
    println!("{:?}", Pair::new(Device::cpu(), 0).forward(&image).shape());
    Ok(())
}
