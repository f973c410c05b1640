//! Steps: what they change, allocate and refuse.

use super::support::*;
use macrograd::optim::{
    Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, Lamb, Lion, Muon, NAdam, Optimizer, RAdam, RmsProp,
    ScheduleFreeAdamW, Sgd, clip_grad_norm,
};
use macrograd::{Model, ModelGrads};
use std::alloc::{GlobalAlloc, Layout as MemoryLayout, System};
use std::cell::Cell;

#[test]
fn a_step_commits_buffers_once_and_leaves_frozen_parameters() {
    let mut model: Plain = new_model();
    let mut grads = PlainGrads::zeros();
    let (gradients, buffers) = grads.gradients_mut().parts_mut();
    gradients.fill(1.0);
    buffers[..4].copy_from_slice(&[1.0, 2.0, 3.0, 4.0]);
    let version = model.state().version();
    let mut optimizer = Sgd::new(0.5);
    optimizer.step(&mut model, &mut grads);
    assert!(model.state().version() > version);
    assert_eq!(model.state().values()[0], 0.5);
    assert_eq!(model.state().values()[48..51], [1.0; 3]);
    assert_eq!(model.state().values()[64..68], [1.0, 2.0, 3.0, 4.0]);

    model.state_mut().values_mut()[64] = 9.0;
    optimizer.step(&mut model, &mut grads);
    assert_eq!(model.state().values()[64], 9.0, "nothing new was proposed");
}

#[test]
#[should_panic(expected = "`nesterov` needs a positive `momentum` and no `dampening`, but they are 0 and 0")]
fn nesterov_needs_momentum() {
    Sgd::new(0.1).nesterov(true).step(&mut new_model::<Plain>(), &mut PlainGrads::zeros());
}

#[test]
#[should_panic(expected = "`lr` is NaN, but must be finite and at least 0")]
fn rates_are_numbers() {
    Adam::new(0.1).set_lr(f64::NAN);
}

#[test]
#[should_panic(expected = "`beta2` is 1, but must be at least 0 and below 1")]
fn betas_are_below_one() {
    let _ = Adam::new(0.1).betas(0.9, 1.0);
}

#[test]
#[should_panic(expected = "`eps` is 0, but must be positive and finite")]
fn eps_is_positive() {
    let _ = AdamW::new(0.1).eps(0.0);
}

/// Counts what the calling thread allocates.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call is passed on unchanged to the system's allocator; counting neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: MemoryLayout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's obligations are those of `System`.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, memory: *mut u8, layout: MemoryLayout) {
        // SAFETY: the caller's obligations are those of `System`.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[test]
fn steps_after_the_first_allocate_nothing() {
    fn check_on<M: Model<Float = f32>>(mut optimizer: impl Optimizer) {
        let (mut model, mut grads): (M, _) = (new_model(), M::Grads::zeros());
        optimizer.step(&mut model, &mut grads);
        let before = ALLOCATIONS.get();
        for _ in 0..10 {
            clip_grad_norm(&mut grads, 1.0);
            optimizer.step(&mut model, &mut grads);
        }
        assert_eq!(ALLOCATIONS.get() - before, 0, "{} on `{}`", optimizer.name(), M::NAME);
    }
    fn check<O: Optimizer + Clone>(optimizer: O) {
        check_on::<Grouped>(optimizer.clone());
        check_on::<Wide>(optimizer);
    }
    // One thread: what rayon does to hand work over is not ours to count.
    pool(1).install(|| {
        each_optimizer!(check);
    });
}

#[test]
fn steps_have_the_same_bits_for_any_number_of_threads() {
    fn run<O: Optimizer>(threads: usize, mut optimizer: O) -> Vec<u32> {
        pool(threads).install(|| {
            let (mut model, mut grads): (Wide, _) = (new_model(), WideGrads::zeros());
            for step in 0..3 {
                for (i, grad) in grads.gradients_mut().values_mut().iter_mut().enumerate() {
                    *grad = ((i * 31 + step * 17) % 1001) as f32 / 500.0 - 1.0;
                }
                clip_grad_norm(&mut grads, 1.0);
                optimizer.step(&mut model, &mut grads);
            }
            model.0.values().iter().map(|value| value.to_bits()).collect()
        })
    }
    fn check<O: Optimizer + Clone>(optimizer: O) {
        let name = optimizer.name();
        assert!(run(1, optimizer.clone()) == run(2, optimizer), "{name}");
    }
    each_optimizer!(check);
}
