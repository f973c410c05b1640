//! Optimizers and clipping, on a model written by hand; steps against PyTorch's.

use std::alloc::{GlobalAlloc, Layout as MemoryLayout, System};
use std::cell::Cell;

use macrograd::__private::state::{Gradients, Init, Kind, Layout, State, TensorInfo};
use macrograd::optim::{Adam, AdamW, Optimizer, OptimizerState, Sgd, clip_grad_norm, clip_grad_value};
use macrograd::{Error, Model, ModelGrads};
use safetensors::SafeTensors;

const WEIGHT: usize = 25;
const BIAS: usize = 12;
const BIAS_OFFSET: usize = 32;

const fn tensor(name: &'static str, shape: &'static [usize], offset: usize, kind: Kind) -> TensorInfo {
    TensorInfo { name, shape, offset, kind, init: Init::Constant(1.0), lr_scale: 1.0, decay: true }
}

/// Declares a model of a 5x5 weight, a bias and a buffer, or others of its kind.
macro_rules! model {
    ($name:ident, $grads:ident, $tensors:expr, trainable $trainable:expr, buffers at $buffers:expr, len $len:expr) => {
        struct $name(State);
        struct $grads(Gradients);

        impl Model for $name {
            type Grads = $grads;
            const NAME: &'static str = stringify!($name);
            fn layout() -> &'static Layout {
                static LAYOUT: Layout = Layout {
                    tensors: $tensors,
                    trainable_len: $trainable,
                    buffers_start: $buffers,
                    len: $len,
                };
                &LAYOUT
            }
            fn from_state(state: State) -> Self {
                $name(state)
            }
            fn state(&self) -> &State {
                &self.0
            }
            fn state_mut(&mut self) -> &mut State {
                &mut self.0
            }
        }

        impl ModelGrads for $grads {
            fn zeros() -> Self {
                $grads(Gradients::zeros($name::layout()))
            }
            fn gradients(&self) -> &Gradients {
                &self.0
            }
            fn gradients_mut(&mut self) -> &mut Gradients {
                &mut self.0
            }
        }
    };
}

model!(
    Plain, PlainGrads,
    &[
        tensor("weight", &[5, 5], 0, Kind::Trainable),
        tensor("bias", &[12], BIAS_OFFSET, Kind::Trainable),
        tensor("fixed", &[3], 48, Kind::Frozen),
        tensor("running_mean", &[4], 64, Kind::Buffer),
    ],
    trainable 48, buffers at 64, len 80
);
model!(
    Grouped, GroupedGrads,
    &[
        tensor("weight", &[5, 5], 0, Kind::Trainable),
        TensorInfo { lr_scale: 0.1, decay: false, ..tensor("bias", &[12], BIAS_OFFSET, Kind::Trainable) },
    ],
    trainable 48, buffers at 48, len 48
);
model!(
    Wide, WideGrads,
    &[tensor("weight", &[1000, 100], 0, Kind::Trainable)],
    trainable 100_000, buffers at 100_000, len 100_000
);

fn new_model<M: Model>() -> M {
    M::from_state(State::new(M::layout(), 0))
}

/// Puts the 37 values where the two tensors lie.
fn scatter(flat: &mut [f32], values: &[f32]) {
    flat[..WEIGHT].copy_from_slice(&values[..WEIGHT]);
    flat[BIAS_OFFSET..][..BIAS].copy_from_slice(&values[WEIGHT..]);
}

fn gather(flat: &[f32]) -> Vec<f32> {
    [&flat[..WEIGHT], &flat[BIAS_OFFSET..][..BIAS]].concat()
}

fn golden(name: &str) -> Vec<f32> {
    let file =
        SafeTensors::deserialize(include_bytes!("golden/optimizers.safetensors")).expect("the file is whole");
    let bytes = file.tensor(name).expect("the script wrote this tensor").data();
    bytes.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
}

/// Fifty steps, the rate halved after 25 as in tests/golden/optimizers.py.
fn fifty_steps<M: Model>(mut optimizer: impl Optimizer) -> Vec<f32> {
    let mut model: M = new_model();
    let mut grads = M::Grads::zeros();
    scatter(model.state_mut().values_mut(), &golden("start"));
    for (step, gradient) in golden("gradients").chunks_exact(WEIGHT + BIAS).enumerate() {
        if step == 25 {
            optimizer.set_lr(optimizer.lr() * 0.5);
        }
        scatter(grads.gradients_mut().values_mut(), gradient);
        optimizer.step(&mut model, &mut grads);
    }
    let values = model.state().values();
    let padding = values[WEIGHT..BIAS_OFFSET].iter().chain(&values[BIAS_OFFSET + BIAS..48]);
    assert!(padding.into_iter().all(|&value| value == 0.0), "padding must stay zero");
    gather(values)
}

#[track_caller]
fn assert_golden<M: Model>(name: &str, optimizer: impl Optimizer) {
    let (found, expected) = (fifty_steps::<M>(optimizer), golden(name));
    for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
        // Relative to the size of the start where a parameter ends near zero.
        let error = (found - expected).abs() / expected.abs().max(0.5);
        assert!(error <= 1e-5, "`{name}` at {i}: {found} for {expected}");
    }
}

#[test]
fn sgd_agrees_with_pytorch() {
    assert_golden::<Plain>("sgd", Sgd::new(0.05));
    assert_golden::<Plain>("sgd_weight_decay", Sgd::new(0.05).weight_decay(0.1));
    assert_golden::<Plain>("sgd_momentum", Sgd::new(0.02).momentum(0.9));
    assert_golden::<Plain>("sgd_dampening", Sgd::new(0.05).momentum(0.8).dampening(0.3).weight_decay(0.01));
    assert_golden::<Plain>("sgd_nesterov", Sgd::new(0.02).momentum(0.9).nesterov(true).weight_decay(0.05));
    assert_golden::<Grouped>("sgd_groups", Sgd::new(0.02).momentum(0.9).weight_decay(0.1));
}

#[test]
fn adam_agrees_with_pytorch() {
    assert_golden::<Plain>("adam", Adam::new(0.01));
    assert_golden::<Plain>("adam_weight_decay", Adam::new(0.01).betas(0.8, 0.95).eps(1e-3).weight_decay(0.2));
    assert_golden::<Grouped>("adam_groups", Adam::new(0.01).weight_decay(0.2));
}

#[test]
fn adamw_agrees_with_pytorch() {
    assert_golden::<Plain>("adamw", AdamW::new(0.01));
    assert_golden::<Plain>("adamw_weight_decay", AdamW::new(0.02).betas(0.9, 0.95).weight_decay(0.5));
    assert_golden::<Grouped>("adamw_groups", AdamW::new(0.02).weight_decay(0.5));
}

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
fn a_restored_optimizer_continues_with_the_same_bits() {
    fn check<O: Optimizer + Clone>(fresh: O) {
        let (mut model, mut grads): (Plain, _) = (new_model(), PlainGrads::zeros());
        let mut first = fresh.clone();
        let gradients = golden("gradients");
        let mut steps = gradients.chunks_exact(WEIGHT + BIAS);
        for gradient in steps.by_ref().take(7) {
            scatter(grads.gradients_mut().values_mut(), gradient);
            first.step(&mut model, &mut grads);
        }
        let mut second = fresh;
        second.restore::<Plain>(&first.state()).expect("the state is of this kind");
        let mut copy = Plain(model.0.clone());
        for gradient in steps {
            scatter(grads.gradients_mut().values_mut(), gradient);
            first.step(&mut model, &mut grads);
            second.step(&mut copy, &mut grads);
        }
        assert_eq!(model.0.values(), copy.0.values(), "{}", first.name());
    }
    check(Sgd::new(0.1));
    check(Sgd::new(0.1).momentum(0.9).dampening(0.5));
    check(Adam::new(0.1));
    check(AdamW::new(0.1));
}

#[test]
fn momentum_can_be_added_to_an_optimizer_in_use() {
    let (mut model, mut grads): (Plain, _) = (new_model(), PlainGrads::zeros());
    grads.gradients_mut().values_mut()[0] = 1.0;
    let mut sgd = Sgd::new(0.125);
    sgd.step(&mut model, &mut grads);
    let mut sgd = sgd.momentum(0.5);
    sgd.step(&mut model, &mut grads);
    sgd.step(&mut model, &mut grads);
    assert_eq!(model.0.values()[0], 1.0 - 0.125 * (1.0 + 1.0 + 1.5));
    sgd.momentum(0.0).step(&mut model, &mut grads);
    assert_eq!(model.0.values()[0], 1.0 - 0.125 * (1.0 + 1.0 + 1.5 + 1.0));
}

#[test]
fn a_state_of_another_optimizer_is_refused() {
    let (mut model, mut grads): (Plain, _) = (new_model(), PlainGrads::zeros());
    let mut sgd = Sgd::new(0.1).momentum(0.9);
    assert_eq!(sgd.state(), OptimizerState::default());
    sgd.step(&mut model, &mut grads);
    assert_eq!((sgd.state().steps, sgd.state().moments.len(), sgd.state().moments[0].len()), (1, 1, 48));
    let error = Adam::new(0.1).restore::<Plain>(&sgd.state()).expect_err("Adam has two moments");
    assert!(matches!(error, Error::ElementCount { expected: 96, found: 48, .. }), "{error}");
}

#[test]
#[should_panic(
    expected = "this Adam was first used with `Plain` (48 trainable values), and now with `Wide` (100000), whose layout differs; make one optimizer for each model"
)]
fn an_optimizer_belongs_to_one_layout() {
    let mut optimizer = Adam::new(0.1);
    optimizer.step(&mut new_model::<Plain>(), &mut PlainGrads::zeros());
    optimizer.step(&mut new_model::<Wide>(), &mut WideGrads::zeros());
}

#[test]
#[should_panic(expected = "whose layout differs")]
fn layouts_of_one_length_differ_by_their_tensors() {
    let mut optimizer = Adam::new(0.1);
    optimizer.step(&mut new_model::<Plain>(), &mut PlainGrads::zeros());
    optimizer.step(&mut new_model::<Grouped>(), &mut GroupedGrads::zeros());
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

#[test]
fn clipping_by_norm_scales_all_gradients_together() {
    let mut grads = PlainGrads::zeros();
    grads.gradients_mut().values_mut()[0] = 3.0;
    grads.gradients_mut().values_mut()[40] = -4.0;
    assert_eq!(clip_grad_norm(&mut grads, 10.0), 5.0);
    assert_eq!(clip_grad_norm(&mut grads, f32::INFINITY), 5.0);
    assert_eq!((grads.0.values()[0], grads.0.values()[40]), (3.0, -4.0));

    assert_eq!(clip_grad_norm(&mut grads, 1.0), 5.0);
    // torch.nn.utils.clip_grad_norm_ multiplies by 1 / (5 + 1e-6).
    assert_eq!((grads.0.values()[0], grads.0.values()[40]), (3.0 * 0.19999996, -4.0 * 0.19999996));
    assert!((clip_grad_norm(&mut grads, 1.0) - 1.0).abs() < 1e-6);
}

#[test]
fn clipping_a_norm_that_is_not_finite_changes_nothing() {
    for bad in [f32::NAN, f32::INFINITY] {
        let mut grads = PlainGrads::zeros();
        grads.gradients_mut().values_mut()[..2].copy_from_slice(&[7.0, bad]);
        let norm = clip_grad_norm(&mut grads, 1.0);
        assert!(!norm.is_finite());
        assert_eq!(norm.is_nan(), bad.is_nan());
        assert_eq!(grads.0.values()[0], 7.0);
    }
}

#[test]
fn clipping_by_value_bounds_each_gradient() {
    let mut grads = PlainGrads::zeros();
    grads.gradients_mut().values_mut()[..3].copy_from_slice(&[3.0, -0.25, -9.0]);
    clip_grad_value(&mut grads, 0.5);
    assert_eq!(grads.0.values()[..3], [0.5, -0.25, -0.5]);
}

#[test]
fn zero_gradients_are_clipped_to_zero() {
    let mut grads = PlainGrads::zeros();
    assert_eq!(clip_grad_norm(&mut grads, 0.0), 0.0);
    assert!(grads.0.values().iter().all(|&value| value == 0.0));
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
    fn check<M: Model>(mut optimizer: impl Optimizer) {
        let (mut model, mut grads): (M, _) = (new_model(), M::Grads::zeros());
        optimizer.step(&mut model, &mut grads);
        let before = ALLOCATIONS.get();
        for _ in 0..10 {
            clip_grad_norm(&mut grads, 1.0);
            optimizer.step(&mut model, &mut grads);
        }
        assert_eq!(ALLOCATIONS.get() - before, 0, "{} on `{}`", optimizer.name(), M::NAME);
    }
    // One thread: what rayon does to hand work over is not ours to count.
    let pool = rayon_pool(1);
    pool.install(|| {
        check::<Plain>(Sgd::new(0.1));
        check::<Plain>(Sgd::new(0.1).momentum(0.9));
        check::<Grouped>(Adam::new(0.1));
        check::<Wide>(AdamW::new(0.1));
    });
}

#[test]
fn steps_have_the_same_bits_for_any_number_of_threads() {
    let run = |threads| {
        rayon_pool(threads).install(|| {
            let (mut model, mut grads): (Wide, _) = (new_model(), WideGrads::zeros());
            let mut optimizer = AdamW::new(0.1);
            for step in 0..3 {
                for (i, grad) in grads.gradients_mut().values_mut().iter_mut().enumerate() {
                    *grad = ((i * 31 + step * 17) % 1001) as f32 / 500.0 - 1.0;
                }
                clip_grad_norm(&mut grads, 1.0);
                optimizer.step(&mut model, &mut grads);
            }
            model.0.values().iter().map(|value| value.to_bits()).collect::<Vec<_>>()
        })
    };
    assert_eq!(run(1), run(2));
}

fn rayon_pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a small pool starts")
}
