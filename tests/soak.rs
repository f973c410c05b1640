//! Ten thousand training steps: memory stays as it is, and the model goes on learning.
#![allow(missing_docs)]

mod counting;

use counting::{count, live_bytes, started_pool};
use macrograd::optim::Adam;
use macrograd::prelude::*;

#[model]
struct Net {
    #[with(padding = 1)]
    conv: nn::Conv2d<1, 4, 3>,
    norm: nn::BatchNorm2d<4>,
    #[with(rate = 0.2)]
    dropout: nn::Dropout,
    head: nn::Linear<36, 4>,
}

#[model]
impl Net {
    fn forward<N: Dim>(&self, image: Tensor<N, 1, 6, 6>) -> Tensor<N, 4> {
        let hidden = self.norm(self.conv(image)).relu().max_pool2d(2);
        self.head(self.dropout(hidden.flatten(1)))
    }

    fn loss<N: Dim>(&self, image: Tensor<N, 1, 6, 6>, label: Tensor<u8, N>) -> Tensor {
        self.forward(image).cross_entropy(label)
    }
}

const NUM_STEPS: usize = 10_000;
const BATCHES: [usize; 3] = [6, 3, 1];

/// Images whose brightest quarter is their label, with noise that no two batches share.
fn batch(n: usize, number: usize) -> (Vec<f32>, Vec<u8>) {
    let label = |index: usize| ((index + number) % 4) as u8;
    let value = |at: usize| {
        let (index, row, column) = (at / 36, at / 6 % 6, at % 6);
        let quarter = (2 * (row / 3) + column / 3) as u8;
        let noise = ((at * 7919 + number * 104_729) % 1009) as f32 / 1009.0;
        if quarter == label(index) { 1.0 + noise } else { noise }
    };
    ((0..n * 36).map(value).collect(), (0..n).map(label).collect())
}

/// Kilobytes of this process in memory; where the system does not say, none.
fn resident_kilobytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

#[test]
fn ten_thousand_steps_need_no_more_memory_than_the_first() {
    // Inside the pool: from outside, its queue allocates a block now and then.
    started_pool(2).install(|| {
        let mut net = Net::new(Device::cpu(), 0);
        let mut optimizer = Adam::new(1e-3);
        let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
        let batches: Vec<_> = (0..12)
            .map(|number| {
                let n = BATCHES[number % BATCHES.len()];
                let (images, labels) = batch(n, number);
                let image = Tensor::from_vec((n, Const::<1>, Const::<6>, Const::<6>), images);
                (image, Tensor::from_vec((n,), labels))
            })
            .collect();
        let mut number = 0;
        let mut loss_sum = 0.0;
        let mut step = || {
            let (image, label) = &batches[number % batches.len()];
            let loss = net.loss_grad_into(&mut workspace, image, label, &mut grads);
            assert!(loss.is_finite(), "step {number}: the loss is {loss}");
            loss_sum += loss;
            optimizer.step(&mut net, &mut grads);
            number += 1;
        };
        // Every batch size once, then the steps that are compared.
        count(BATCHES.len(), &mut step);
        let (bytes, resident) = (live_bytes(), resident_kilobytes());
        let allocations = count(NUM_STEPS, &mut step);
        let grown = resident_kilobytes().saturating_sub(resident);
        // Before anything is printed: what the test prints is kept in memory.
        let left = live_bytes();
        println!("{allocations} allocations, {grown} kB grown from {resident} kB");
        assert_eq!(allocations, 0, "allocations in {NUM_STEPS} steps");
        assert_eq!(left, bytes, "bytes allocated after {NUM_STEPS} steps");
        // Pages of code and stacks that are touched late; what the allocator hands out is counted exactly above.
        assert!(grown <= 1024, "the process has grown by {grown} kB");
        let mean = loss_sum / number as f32;
        assert!(mean < 0.5, "the mean loss over all steps is {mean}: four classes at random have 1.39");
        // Buffers and parameters are as sound as after the first steps.
        let (image, label) = &batches[0];
        let value = net.loss(image, label);
        assert!(value.is_finite() && value < 0.3, "the loss in inference is {value}");
    });
}
