//! Cases of golden files, and the macro that compiles a model for each.

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
    pub(crate) fn load<M: Model>(&self, model: &mut M) {
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
        let expected = self.get(tensor);
        assert_eq!(found.len(), expected.len(), "{}: elements of {tensor}", self.name);
        let scale = expected.iter().filter(|x| x.is_finite()).fold(1e-6, |scale: f64, x| scale.max(x.abs()));
        for (index, (&a, &b)) in found.iter().zip(&expected).enumerate() {
            let a = f64::from(a);
            let close = a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= f64::from(LIMIT) * scale;
            assert!(close, "{}: {tensor}[{index}] is {a}, in PyTorch {b}, scale {scale}", self.name);
        }
    }

    /// Gradients of parameters, and new values of buffers.
    #[track_caller]
    pub(crate) fn compare_grads<M: Model>(&self, model: &mut M, grads: &mut M::Grads) {
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

/// What functions of models return: numbers in order.
pub(crate) trait Numbers {
    fn numbers(&self) -> Vec<Vec<f32>>;
}

impl Numbers for f32 {
    fn numbers(&self) -> Vec<Vec<f32>> {
        vec![vec![*self]]
    }
}

impl<S: Shape> Numbers for Tensor<f32, S> {
    fn numbers(&self) -> Vec<Vec<f32>> {
        vec![self.as_slice().to_vec()]
    }
}

macro_rules! numbers_of_tuples {
    ($(($($name:ident),*);)*) => { $(impl<$($name: Numbers),*> Numbers for ($($name,)*) {
        #[allow(non_snake_case)]
        fn numbers(&self) -> Vec<Vec<f32>> {
            let ($($name,)*) = self;
            #[allow(unused_mut)]
            let mut all = Vec::new();
            $(all.extend($name.numbers());)*
            all
        }
    })* };
}
numbers_of_tuples! { (); (A, B); (A, B, C); (A, B, C, D); (A, B, C, D, E); }

/// `cases! { "file"; name: #[with(…)] nn::Layer<…>, (x: [2, 3], index: u32[2]) -> [2, 4]; … }`: a test for each layer.
///
/// `name(x: [2, 3], y: [2, 3]) -> [] { x.mse_loss(y) };` is one of an expression: of operations and losses. After a layer,
/// such a block says what becomes of it, in the place of a call.
macro_rules! cases {
    ($file:literal;) => {};
    (
        $file:literal;
        $(#[$setting:meta])* $name:ident: $layer:ty,
        ($($arg:ident: $($element:ident)? [$($dim:literal),*]),*) -> [$($out:literal),*];
        $($rest:tt)*
    ) => {
        cases! { @case $file; $name; [$(#[$setting])* layer: $layer,];
            [$($arg: $($element)? [$($dim),*]),*]; [$($out),*]; { self.layer($($arg),*) } }
        cases! { $file; $($rest)* }
    };
    (
        $file:literal;
        $(#[$setting:meta])* $name:ident: $layer:ty,
        ($($arg:ident: $($element:ident)? [$($dim:literal),*]),*) -> [$($out:literal),*] $body:block;
        $($rest:tt)*
    ) => {
        cases! { @case $file; $name; [$(#[$setting])* layer: $layer,];
            [$($arg: $($element)? [$($dim),*]),*]; [$($out),*]; $body }
        cases! { $file; $($rest)* }
    };
    (
        $file:literal;
        $name:ident($($arg:ident: $($element:ident)? [$($dim:literal),*]),*) -> [$($out:literal),*] $body:block;
        $($rest:tt)*
    ) => {
        cases! { @case $file; $name; []; [$($arg: $($element)? [$($dim),*]),*]; [$($out),*]; $body }
        cases! { $file; $($rest)* }
    };
    (
        @case $file:literal; $name:ident; [$($field:tt)*];
        [$($arg:ident: $($element:ident)? [$($dim:literal),*]),*]; [$($out:literal),*]; $body:block
    ) => {
        mod $name {
            #[allow(unused_imports)]
            use crate::harness::{Case, Numbers};
            use macrograd::prelude::*;

            #[model]
            pub struct Net {
                $($field)*
                #[init(ones)]
                scale: Param,
            }

            #[model]
            impl Net {
                pub fn forward(&self, $($arg: Tensor<$($element,)? $($dim),*>),*) -> Tensor<$($out),*> {
                    let y = $body;
                    y * self.scale
                }
            }

            #[test]
            fn agrees_with_pytorch() {
                let case = Case::read($file, stringify!($name));
                let mut net = Net::new(Device::cpu(), 0);
                case.load(&mut net);
                $(let $arg = case.tensor::<cases!(@element $($element)?), _>(
                    concat!("input.", stringify!($arg)), ($(Const::<$dim>,)*));)*
                if case.find("out_eval").is_some() {
                    let y = net.forward($(&$arg),*);
                    case.compare("out_eval", &y.numbers()[0]);
                }
                let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
                let (y, saved) = net.forward_train(&mut workspace, $(&$arg),*);
                case.compare("out", &y.numbers()[0]);
                let seed = cases!(@seed case [$($out),*]);
                let grad_inputs = cases!(@backward saved net seed grads [$($out),*]).numbers();
                let names: &[&str] = &[$(cases!(@float $arg $($element)?)),*];
                let names = names.iter().filter(|name| !name.is_empty());
                for (name, grad) in names.zip(&grad_inputs) {
                    // An argument that needs no gradient in PyTorch, such as a target, has none to compare.
                    if case.find(&format!("grad_input.{name}")).is_some() {
                        case.compare(&format!("grad_input.{name}"), grad);
                    }
                }
                case.compare_grads(&mut net, &mut grads);
                case.finish();
            }
        }
    };
    (@element) => { f32 };
    (@element $element:ident) => { $element };
    (@float $arg:ident) => { stringify!($arg) };
    (@float $arg:ident $element:ident) => { "" };
    (@seed $case:ident []) => { $case.get("grad_out")[0] as f32 };
    (@seed $case:ident [$($out:literal),+]) => { $case.tensor::<f32, _>("grad_out", ($(Const::<$out>,)+)) };
    (@backward $saved:ident $net:ident $seed:ident $grads:ident []) => {
        $saved.backward(&$net, $seed, &mut $grads)
    };
    (@backward $saved:ident $net:ident $seed:ident $grads:ident [$($out:literal),+]) => {
        $saved.backward(&$net, &$seed, &mut $grads)
    };
}
