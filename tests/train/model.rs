//! A small model with everything that a run has to keep: dropout, running statistics, several tensors.

use macrograd::data::Loader;
use macrograd::metrics::Accuracy;
use macrograd::optim::AdamW;
use macrograd::prelude::*;
use macrograd::train::Trainer;

#[model]
#[derive(Clone)]
pub struct Net {
    hidden: nn::Linear<4, 12>,
    norm: nn::BatchNorm1d<12>,
    #[with(rate = 0.2)]
    dropout: nn::Dropout,
    output: nn::Linear<12, 3>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor<N, 3> {
        self.output(self.dropout(self.norm(self.hidden(x)).relu()))
    }

    pub fn loss<N: Dim>(&self, x: Tensor<N, 4>, label: Tensor<u8, N>) -> Tensor {
        self.forward(x).cross_entropy(label)
    }
}

/// The batch that the loss takes.
pub type Batch = (Tensor<f32, (usize, Const<4>)>, Tensor<u8, (usize,)>);

/// Points around three centres, with the number of their centre.
pub fn samples(len: usize) -> Vec<([f32; 4], u8)> {
    let mut random = macrograd::Random::new(3, 0);
    (0..len)
        .map(|index| {
            let label = (index % 3) as u8;
            let point = std::array::from_fn(|axis| {
                let centre = if axis == usize::from(label) { 1.0 } else { 0.0 };
                centre + 0.8 * (random.next_f32() - 0.5)
            });
            (point, label)
        })
        .collect()
}

pub fn net() -> Net {
    Net::new(Device::cpu(), 5)
}

pub fn train_data() -> Loader<Vec<([f32; 4], u8)>> {
    Loader::new(samples(50), 8).shuffle(2)
}

pub fn validation_data() -> Loader<Vec<([f32; 4], u8)>> {
    Loader::new(samples(21), 8)
}

/// A trainer with loss, accuracy and validation data.
pub fn trainer() -> Trainer<Net, Batch, AdamW> {
    trainer_of(net())
}

/// The same for a model that is there.
pub fn trainer_of(net: Net) -> Trainer<Net, Batch, AdamW> {
    Trainer::new(net, Net::loss_grad_batch)
        .optimizer(AdamW::new(0.01))
        .loss(Net::loss_batch)
        .metrics(vec![Box::new(Accuracy::new())], |net, (x, label), metrics| {
            metrics.update(&net.try_forward(x)?, label)
        })
        .validation(validation_data())
        .seed(11)
        .quiet()
}

/// All parameters and buffers, as bits.
pub fn bits(net: &Net) -> Vec<u32> {
    net.state().values().iter().map(|value| value.to_bits()).collect()
}
