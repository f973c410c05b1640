//! Training steps allocate nothing once a size has been seen: `loss_grad_into` and `optimizer.step` of whole models,
//! on one thread and on two.
//!
//! A step that comes from outside rayon's pool passes through the pool's queue, which is a list of blocks: every 63rd
//! entry allocates one. That is the only allocation, it is counted here, and a training loop that runs inside the pool
//! (`pool.install(…)`, `rayon::scope(…)`) does not have it.
#![allow(missing_docs)]

mod counting;
mod models;

use counting::{count, largest, started_pool};
use macrograd::optim::{Adafactor, Adam, AdamW, Lamb, Muon, Optimizer, Sgd};
use macrograd::prelude::*;
use models::{lenet::LeNet, resnet::ResNet};

/// Steps before counting starts: the first call of each size, and one more that finds the pool's threads awake.
const WARM_UP: usize = 2;
/// Entries into rayon's queue per block that it allocates (crossbeam's `BLOCK_CAP`).
const ENTRIES_PER_BLOCK: usize = 63;
/// A block holds 63 slots of a job's two words and a state, and a link: anything larger is not one.
const LARGEST_BLOCK: usize = 63 * 24 + 8;

/// Batch sizes of a run: the largest first, so that all others fit in what it needed.
const LENET_BATCHES: [usize; 3] = [24, 5, 1];
const RESNET_BATCHES: [usize; 3] = [8, 3, 2];

/// A step of a model on one of its batches, by index.
fn lenet_steps(mut optimizer: impl Optimizer) -> impl FnMut(usize) + Send {
    let mut net = LeNet::new(Device::cpu(), 1);
    let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
    let batches = LENET_BATCHES.map(|n| {
        let image = Tensor::from_vec((n, Const::<1>, Const::<28>, Const::<28>), vec![0.25; n * 784]);
        (image, Tensor::from_vec((n,), vec![3u8; n]))
    });
    move |index| {
        let (image, label) = &batches[index];
        let loss = net.loss_grad_into(&mut workspace, image, label, &mut grads);
        assert!(loss.is_finite());
        optimizer.step(&mut net, &mut grads);
    }
}

fn resnet_steps(mut optimizer: impl Optimizer) -> impl FnMut(usize) + Send {
    let mut net = ResNet::new(Device::cpu(), 1);
    let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
    let batches = RESNET_BATCHES.map(|n| {
        let values = (0..n * 768).map(|i| (i % 17) as f32 / 17.0).collect();
        let image = Tensor::from_vec((n, Const::<3>, Const::<16>, Const::<16>), values);
        (image, Tensor::from_vec((n,), vec![3u8; n]))
    });
    move |index| {
        let (image, label) = &batches[index];
        let loss = net.loss_grad_into(&mut workspace, image, label, &mut grads);
        assert!(loss.is_finite());
        optimizer.step(&mut net, &mut grads);
    }
}

/// What is measured, and a training step at a batch size.
type NamedSteps = (&'static str, Box<dyn FnMut(usize) + Send>);

/// Every model with every optimizer.
fn all_steps() -> Vec<NamedSteps> {
    let sgd = || Sgd::new(0.01).momentum(0.9);
    vec![
        ("LeNet with SGD", Box::new(lenet_steps(sgd()))),
        ("LeNet with Adam", Box::new(lenet_steps(Adam::new(1e-3)))),
        ("LeNet with AdamW", Box::new(lenet_steps(AdamW::new(1e-3)))),
        ("LeNet with Adafactor", Box::new(lenet_steps(Adafactor::new(1e-3)))),
        ("LeNet with Lamb", Box::new(lenet_steps(Lamb::new(1e-3)))),
        ("LeNet with Muon", Box::new(lenet_steps(Muon::new(1e-3)))),
        ("ResNet with SGD", Box::new(resnet_steps(sgd()))),
        ("ResNet with Adam", Box::new(resnet_steps(Adam::new(1e-3)))),
        ("ResNet with AdamW", Box::new(resnet_steps(AdamW::new(1e-3)))),
    ]
}

/// From the second call of the largest size on, that size and all smaller ones: nothing.
fn steps_inside_a_pool_allocate_nothing(num_threads: usize) {
    let pool = started_pool(num_threads);
    for (name, mut step) in all_steps() {
        pool.install(|| {
            // The second call must be clean already.
            step(0);
            let second = count(1, || step(0));
            assert_eq!(second, 0, "{name}, {num_threads} threads: allocations of the second call");
            for index in 0..3 {
                let allocations = count(4, || step(index));
                assert_eq!(allocations, 0, "{name}, {num_threads} threads, batch {index}: allocations");
            }
        });
    }
}

/// From outside the pool: nothing but the blocks of rayon's queue.
fn steps_from_outside_allocate_only_queue_blocks() {
    /// `loss_grad_into` and `optimizer.step` enter the pool once each.
    const ENTRIES_PER_STEP: usize = 2;
    const NUM_STEPS: usize = 200;
    for (name, mut step) in all_steps() {
        for _ in 0..WARM_UP {
            step(0);
        }
        let allocations = count(NUM_STEPS, || step(2));
        let blocks = NUM_STEPS * ENTRIES_PER_STEP / ENTRIES_PER_BLOCK + 1;
        println!("{name}, from outside: {allocations} allocations in {NUM_STEPS} steps, at most {blocks}");
        assert!(allocations <= blocks, "{name}: {allocations} allocations, rayon's queue makes {blocks}");
        let largest = largest();
        assert!(
            largest <= LARGEST_BLOCK,
            "{name}: an allocation of {largest} bytes is no block of the queue"
        );
    }
}

/// One test, since whatever runs beside it would be counted, too.
#[test]
fn training_steps_allocate_nothing() {
    rayon::ThreadPoolBuilder::new().num_threads(2).build_global().expect("nothing has used the pool yet");
    rayon::broadcast(|_| ());
    steps_inside_a_pool_allocate_nothing(1);
    steps_inside_a_pool_allocate_nothing(2);
    steps_from_outside_allocate_only_queue_blocks();
}
