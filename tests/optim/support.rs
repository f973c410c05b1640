//! Models written by hand, and the golden file.

use macrograd::__private::state::{Gradients, Init, Kind, Layout, State, TensorInfo};
use macrograd::optim::Optimizer;
use macrograd::{Model, ModelGrads};
use safetensors::SafeTensors;

/// Parameters of each model that is compared with the golden file.
pub const TOTAL: usize = 37;

const fn tensor(name: &'static str, shape: &'static [usize], offset: usize, kind: Kind) -> TensorInfo {
    TensorInfo { name, shape, offset, kind, init: Init::Constant(1.0), lr_scale: 1.0, decay: true }
}

/// Declares a model written by hand.
macro_rules! model {
    ($name:ident, $grads:ident, $tensors:expr, trainable $trainable:expr, buffers at $buffers:expr, len $len:expr) => {
        pub struct $name(pub State);
        pub struct $grads(pub Gradients);

        impl Model for $name {
            type Float = f32;
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
            type Float = f32;
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
        tensor("bias", &[12], 32, Kind::Trainable),
        tensor("fixed", &[3], 48, Kind::Frozen),
        tensor("running_mean", &[4], 64, Kind::Buffer),
    ],
    trainable 48, buffers at 64, len 80
);
model!(
    Grouped, GroupedGrads,
    &[
        tensor("weight", &[5, 5], 0, Kind::Trainable),
        TensorInfo { lr_scale: 0.1, decay: false, ..tensor("bias", &[12], 32, Kind::Trainable) },
    ],
    trainable 48, buffers at 48, len 48
);
model!(
    Wide, WideGrads,
    &[tensor("weight", &[1000, 100], 0, Kind::Trainable)],
    trainable 100_000, buffers at 100_000, len 100_000
);

model!(
    Rectangles, RectanglesGrads,
    &[
        tensor("wide", &[3, 7], 0, Kind::Trainable),
        tensor("tall", &[8, 2], 32, Kind::Trainable),
    ],
    trainable 48, buffers at 48, len 48
);
model!(
    Deep, DeepGrads,
    &[
        tensor("deep", &[2, 3, 4], 0, Kind::Trainable),
        tensor("vector", &[13], 32, Kind::Trainable),
    ],
    trainable 48, buffers at 48, len 48
);

pub fn new_model<M: Model<Float = f32>>() -> M {
    M::from_state(State::new(M::layout(), 0))
}

/// Puts the values of all trained tensors, one after the other, where they lie.
pub fn scatter<M: Model<Float = f32>>(flat: &mut [f32], mut values: &[f32]) {
    for tensor in M::layout().tensors.iter().filter(|tensor| tensor.kind == Kind::Trainable) {
        let part = values.split_off(..tensor.numel()).expect("there is a value for each element");
        flat[tensor.offset..][..tensor.numel()].copy_from_slice(part);
    }
}

/// The values of all trained tensors, one after the other.
pub fn gather<M: Model<Float = f32>>(flat: &[f32]) -> Vec<f32> {
    let trained = M::layout().tensors.iter().filter(|tensor| tensor.kind == Kind::Trainable);
    trained.flat_map(|tensor| &flat[tensor.offset..][..tensor.numel()]).copied().collect()
}

pub fn golden(name: &str) -> Vec<f32> {
    let file = SafeTensors::deserialize(include_bytes!("../golden/optimizers.safetensors"))
        .expect("the file is whole");
    let bytes = file.tensor(name).expect("the script wrote this tensor").data();
    bytes.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
}

/// A model after fifty steps, the rate halved after 25 as in tests/golden/optimizers.py.
pub fn fifty_steps<M: Model<Float = f32>>(optimizer: &mut impl Optimizer) -> M {
    let mut model: M = new_model();
    let mut grads = M::Grads::zeros();
    scatter::<M>(model.state_mut().values_mut(), &golden("start"));
    for (step, gradient) in golden("gradients").chunks_exact(TOTAL).enumerate() {
        if step == 25 {
            optimizer.set_lr(optimizer.lr() * 0.5);
        }
        scatter::<M>(grads.gradients_mut().values_mut(), gradient);
        optimizer.step(&mut model, &mut grads);
    }
    let mut padding = model.state().values()[..M::layout().trainable_len].to_vec();
    scatter::<M>(&mut padding, &[0.0; TOTAL]);
    assert!(padding.into_iter().all(|value| value == 0.0), "padding must stay zero");
    model
}

/// Compares the parameters of a model with the golden ones.
#[track_caller]
pub fn assert_parameters<M: Model<Float = f32>>(name: &str, model: &M) {
    let found = gather::<M>(model.state().values());
    for (i, (found, expected)) in found.iter().zip(&golden(name)).enumerate() {
        // Relative to the size of the start where a parameter ends near zero.
        let error = (found - expected).abs() / expected.abs().max(0.5);
        assert!(error <= 1e-5, "`{name}` at {i}: {found} for {expected}");
    }
}

/// Every optimizer, with the settings that make it remember most.
macro_rules! each_optimizer {
    ($check:ident) => {
        $check(Sgd::new(0.1));
        $check(Sgd::new(0.1).momentum(0.9).dampening(0.5));
        $check(Adam::new(0.1).amsgrad(true));
        $check(AdamW::new(0.1));
        $check(NAdam::new(0.1));
        $check(RAdam::new(0.1).betas(0.9, 0.9));
        $check(RmsProp::new(0.1).momentum(0.9).centered(true));
        $check(Adagrad::new(0.1).initial_accumulator_value(0.5).lr_decay(0.1));
        $check(Adadelta::new(1.0));
        $check(Adamax::new(0.1));
        $check(Lion::new(0.1));
        $check(Lamb::new(0.1));
        $check(Adafactor::new(0.1));
        $check(Muon::new(0.1));
        $check(ScheduleFreeAdamW::new(0.1).warmup_steps(10));
    };
}
pub(crate) use each_optimizer;

pub fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a small pool starts")
}
