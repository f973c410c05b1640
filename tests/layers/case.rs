//! Cases of golden files: the tensors that a test starts from, and those that it compares with.

use macrograd::Shape;
use macrograd::prelude::*;
use safetensors::{Dtype, SafeTensors};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Of the largest element of each tensor.
pub(crate) const LIMIT: f32 = 1e-4;

/// The tensors of one case.
pub(crate) struct Case {
    file: Vec<u8>,
    name: String,
    /// Tensors that were asked for: a case that leaves some out does not test them.
    used: RefCell<BTreeSet<String>>,
}

impl Case {
    pub(crate) fn read(file: &str, name: &str) -> Case {
        let path = format!("{}/tests/golden/{file}.safetensors", env!("CARGO_MANIFEST_DIR"));
        let file = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        Case { file, name: name.to_string(), used: RefCell::default() }
    }

    /// A tensor as numbers, whatever its type.
    pub(crate) fn find(&self, tensor: &str) -> Option<Vec<f64>> {
        let tensors = SafeTensors::deserialize(&self.file).expect("a safetensors file");
        let view = tensors.tensor(&format!("{}/{tensor}", self.name)).ok()?;
        self.used.borrow_mut().insert(tensor.to_string());
        let data = view.data();
        Some(match view.dtype() {
            Dtype::F32 => data.as_chunks().0.iter().map(|&b| f64::from(f32::from_le_bytes(b))).collect(),
            Dtype::I64 => data.as_chunks().0.iter().map(|&b| i64::from_le_bytes(b) as f64).collect(),
            Dtype::U8 => data.iter().map(|&byte| f64::from(byte)).collect(),
            other => panic!("{tensor} has elements of type {other:?}"),
        })
    }

    pub(crate) fn get(&self, tensor: &str) -> Vec<f64> {
        self.find(tensor).unwrap_or_else(|| panic!("`{}` has no `{tensor}`", self.name))
    }

    pub(crate) fn tensor<T: FromNumber + Copy, S: Shape>(&self, tensor: &str, shape: S) -> Tensor<T, S> {
        Tensor::from_vec(shape, self.get(tensor).into_iter().map(T::from_number).collect())
    }

    /// The weights and buffers of the case in the place of the model's own. What the golden file leaves out stays.
    pub(crate) fn load<M: Model<Float = f32>>(&self, model: &mut M) {
        for tensor in M::layout().tensors {
            let Some(values) = self.find(&format!("param.{}", tensor.name)) else {
                assert_eq!(tensor.name, "scale", "`{}` has no weight `{}`", self.name, tensor.name);
                continue;
            };
            let target = &mut model.state_mut().values_mut()[tensor.offset..][..tensor.numel()];
            assert_eq!(values.len(), target.len(), "elements of `{}`", tensor.name);
            for (to, from) in target.iter_mut().zip(values) {
                *to = from as f32;
            }
        }
    }

    #[track_caller]
    pub(crate) fn compare(&self, tensor: &str, found: &[f32]) {
        self.compare_within(LIMIT, tensor, found);
    }

    /// Every element within `limit` of the largest expected one.
    #[track_caller]
    pub(crate) fn compare_within(&self, limit: f32, tensor: &str, found: &[f32]) {
        let expected = self.get(tensor);
        assert_eq!(found.len(), expected.len(), "{}: elements of {tensor}", self.name);
        let scale = expected.iter().filter(|x| x.is_finite()).fold(1e-6, |scale: f64, x| scale.max(x.abs()));
        for (index, (&a, &b)) in found.iter().zip(&expected).enumerate() {
            let a = f64::from(a);
            let close = a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= f64::from(limit) * scale;
            assert!(close, "{}: {tensor}[{index}] is {a}, in PyTorch {b}, scale {scale}", self.name);
        }
    }

    /// Gradients of parameters, and new values of buffers.
    #[track_caller]
    pub(crate) fn compare_grads<M: Model<Float = f32>>(&self, model: &mut M, grads: &mut M::Grads) {
        for tensor in M::layout().tensors {
            if self.has(&format!("grad.{}", tensor.name)) {
                let found = grads.gradients().values()[tensor.offset..][..tensor.numel()].to_vec();
                self.compare(&format!("grad.{}", tensor.name), &found);
            }
        }
        // A step that moves nothing commits the buffers.
        macrograd::optim::Sgd::new(0.0).step(model, grads);
        for tensor in M::layout().tensors {
            if self.has(&format!("buffer.{}", tensor.name)) {
                let found = model.state().values()[tensor.offset..][..tensor.numel()].to_vec();
                self.compare(&format!("buffer.{}", tensor.name), &found);
            }
        }
    }

    fn has(&self, tensor: &str) -> bool {
        SafeTensors::deserialize(&self.file)
            .expect("a safetensors file")
            .tensor(&format!("{}/{tensor}", self.name))
            .is_ok()
    }

    /// Every tensor of the case was used.
    pub(crate) fn finish(&self) {
        let tensors = SafeTensors::deserialize(&self.file).expect("a safetensors file");
        let prefix = format!("{}/", self.name);
        let used = self.used.borrow();
        let unused: Vec<&str> = tensors
            .names()
            .into_iter()
            .filter_map(|name| name.strip_prefix(&prefix))
            .filter(|name| !used.contains(*name))
            .collect();
        assert!(unused.is_empty(), "{}: nothing compares {unused:?}", self.name);
    }
}

/// Elements of tensors.
pub(crate) trait FromNumber {
    fn from_number(number: f64) -> Self;
}

macro_rules! from_number {
    ($($ty:ty),*) => { $(impl FromNumber for $ty {
        fn from_number(number: f64) -> $ty { number as $ty }
    })* };
}
from_number!(f32, u8, u32, i64);
