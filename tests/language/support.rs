//! Values, names and finite differences.

use macrograd::__private::state::{Kind, TensorInfo};
use macrograd::{Model, ModelGrads};

/// `count` numbers in [-1, 1) that depend on the seed only.
pub fn sample(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u32 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// `count` labels below `classes`.
pub fn labels(count: usize, classes: usize) -> Vec<u8> {
    (0..count).map(|index| ((index * 7 + 3) % classes) as u8).collect()
}

#[track_caller]
pub fn tensor_info<M: Model<Float = f32>>(name: &str) -> &'static TensorInfo {
    let tensors = M::layout().tensors;
    let names = || tensors.iter().map(|tensor| tensor.name).collect::<Vec<_>>();
    tensors
        .iter()
        .find(|tensor| tensor.name == name)
        .unwrap_or_else(|| panic!("no `{name}` in {:?}", names()))
}

/// The names of parameters and buffers.
pub fn names<M: Model<Float = f32>>() -> Vec<&'static str> {
    M::layout().tensors.iter().map(|tensor| tensor.name).collect()
}

/// A parameter or buffer by name.
#[track_caller]
pub fn value<'a, M: Model<Float = f32>>(model: &'a M, name: &str) -> &'a [f32] {
    let tensor = tensor_info::<M>(name);
    &model.state().values()[tensor.offset..][..tensor.numel()]
}

/// A parameter or buffer by name, to be changed.
#[track_caller]
pub fn value_mut<'a, M: Model<Float = f32>>(model: &'a mut M, name: &str) -> &'a mut [f32] {
    let tensor = tensor_info::<M>(name);
    &mut model.state_mut().values_mut()[tensor.offset..][..tensor.numel()]
}

/// The gradient of a parameter by name.
#[track_caller]
pub fn gradient<'a, M: Model<Float = f32>>(grads: &'a M::Grads, name: &str) -> &'a [f32] {
    let tensor = tensor_info::<M>(name);
    assert_eq!(tensor.kind, Kind::Trainable, "`{name}` has a gradient");
    &grads.gradients().values()[tensor.offset..][..tensor.numel()]
}

/// Copies every tensor of `from` to the one of `to` that `rename` names.
#[track_caller]
pub fn copy_state<A: Model<Float = f32>, B: Model<Float = f32>>(
    from: &A,
    to: &mut B,
    rename: impl Fn(&str) -> String,
) {
    for name in names::<A>() {
        value_mut(to, &rename(name)).copy_from_slice(value(from, name));
    }
}

/// Every element within `limit` of the largest expected one.
#[track_caller]
pub fn assert_close(what: &str, found: &[f32], expected: &[f32], limit: f32) {
    assert_eq!(found.len(), expected.len(), "{what}: number of elements");
    let scale = expected.iter().fold(1e-6f32, |scale, value| scale.max(value.abs()));
    for (index, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= limit * scale, "{what}[{index}]: found {a}, expected {b}, scale {scale}");
    }
}

/// The gradients of `from` and of `to` agree under the names that `rename` gives.
#[track_caller]
pub fn assert_same_gradients<A: Model<Float = f32>, B: Model<Float = f32>>(
    from: &A::Grads,
    to: &B::Grads,
    rename: impl Fn(&str) -> String,
    limit: f32,
) {
    for tensor in A::layout().tensors.iter().filter(|tensor| tensor.kind == Kind::Trainable) {
        let name = rename(tensor.name);
        assert_close(
            &format!("gradient of {name}"),
            gradient::<B>(to, &name),
            gradient::<A>(from, tensor.name),
            limit,
        );
    }
}

/// Checks the gradient of every parameter against central differences of the loss, along the gradient itself and
/// along one random direction. The loss is computed in f32, so that about two digits can be expected.
#[track_caller]
pub fn check_gradients<M: Model<Float = f32>>(model: &mut M, grads: &M::Grads, loss: impl Fn(&M) -> f32) {
    let step = 1e-2f32;
    for (index, tensor) in M::layout().tensors.iter().enumerate() {
        if tensor.kind != Kind::Trainable {
            continue;
        }
        let grad = gradient::<M>(grads, tensor.name).to_vec();
        let norm = length(&grad);
        for direction in [grad.clone(), sample(grad.len(), index as u64 + 1)] {
            let scale = length(&direction).max(1e-12);
            let direction: Vec<f32> = direction.iter().map(|x| x / scale).collect();
            let before = value(model, tensor.name).to_vec();
            let mut at = |factor: f32| {
                for (at, (value, by)) in value_mut(model, tensor.name).iter_mut().zip(&direction).enumerate()
                {
                    *value = before[at] + factor * by;
                }
                loss(model)
            };
            let numeric = (at(step) - at(-step)) / (2.0 * step);
            at(0.0);
            let analytic: f32 = grad.iter().zip(&direction).map(|(a, b)| a * b).sum();
            assert!(
                (numeric - analytic).abs() <= 2e-2 * norm + 1e-4,
                "gradient of `{}`: {analytic}, by differences {numeric}, length {norm}",
                tensor.name
            );
        }
    }
}

fn length(values: &[f32]) -> f32 {
    values.iter().map(|x| x * x).sum::<f32>().sqrt()
}

/// The text of a panic.
#[track_caller]
pub fn panic_text(run: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let payload = std::panic::catch_unwind(run).expect_err("this panics");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload.downcast::<&str>().map(|text| text.to_string()).unwrap_or_default(),
    }
}
