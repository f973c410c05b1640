//! A multi-layer perceptron learns handwritten digits in under a second: `cargo run --release --example digits`.
#![forbid(unsafe_code)]

use macrograd::data::Digits;
use macrograd::optim::Adam;
use macrograd::prelude::*;

#[model]
struct Mlp {
    hidden: nn::Linear<64, 64>,
    output: nn::Linear<64, 10>,
}

#[model]
impl Mlp {
    fn forward<N: Dim>(&self, image: Tensor<N, 1, 8, 8>) -> Tensor<N, 10> {
        self.output(self.hidden(image.flatten(1)).relu())
    }

    fn loss<N: Dim>(&self, image: Tensor<N, 1, 8, 8>, label: Tensor<u8, N>) -> Tensor {
        self.forward(image).cross_entropy(label)
    }
}

fn main() {
    let data = Digits::embedded();
    let mut net = Mlp::new(Device::cpu(), 0);
    let mut optimizer = Adam::new(3e-3);
    let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
    for epoch in 0..20 {
        for batch in data.train.shuffled_batches(50, 0, epoch) {
            net.loss_grad_into(&mut workspace, &batch.image, &batch.label, &mut grads);
            optimizer.step(&mut net, &mut grads);
        }
    }
    let mut right = 0;
    for batch in data.test.batches(100) {
        let scores = net.forward(&batch.image);
        for (index, &label) in batch.label.as_slice().iter().enumerate() {
            let best = scores.row(index).iter().copied().fold(f32::MIN, f32::max);
            right += usize::from(scores.row(index)[usize::from(label)] == best);
        }
    }
    println!("test accuracy: {:.3}", right as f64 / data.test.len() as f64);
}
