//! The macro that compiles a model for each case of a golden file.

pub(crate) use crate::case::Case;
use macrograd::Shape;
use macrograd::prelude::*;

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

            // A cross-entropy of a single class is compared, too.
            #[model(allow(softmax_of_one_class))]
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
