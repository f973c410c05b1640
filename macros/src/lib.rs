//! The attributes of macrograd. See the documentation of the `macrograd` crate, which re-exports them.
#![forbid(unsafe_code)]

use macrograd_compiler::entry;
use proc_macro::TokenStream;

/// Declares a model: put it on a struct, and on the one impl below it.
///
/// On the struct it records parameters, layers and hyper-parameters; on the impl it compiles the functions into
/// statically typed forward and backward functions. On `type Small = Gpt<6, 384>;` it compiles a generic model at
/// given sizes, as a struct of its own.
///
/// Options: `part` (used inside other models only), `sequential` with `input = [N, 784]` (a tuple struct of layers),
/// `crate = path` (for renamed dependencies), `id = "…"` (for models stamped out by a macro), `max_train_bytes =
/// "64 MiB"` with `at = Dims { n: 128 }` (a memory budget, checked by the compiler; where it is exceeded, the error names
/// the costliest values and what `checkpoint` would save), `trap_nan` (functions stop at the first value that is not
/// finite), `dtype = f64` (the model computes in `f64` instead of `f32`, with all of its layers, which takes the feature
/// `f64` of macrograd), `allow(sqrt_at_zero)` (lints by name, also on the impl and on its functions; the page `language` lists them).
///
/// `#[derive(…)]` is written below `#[model]`: above it, it would see the fields as written, which the compiled struct
/// does not have (rustc then says that the struct has no such field).
///
/// With the environment variable `MACROGRAD_EMIT` set to a folder, every stage of the compiler is written there, and the
/// fused loops as CUDA C (`kernels.cu`); with `MACROGRAD_TRAP_NAN=1` all models are compiled as under `trap_nan`. Crates
/// with models are built again when these change.
#[proc_macro_attribute]
pub fn model(attributes: TokenStream, item: TokenStream) -> TokenStream {
    entry::model(attributes.into(), item.into()).into()
}

/// Makes a constant known to models as a size: `#[dim] const D: usize = 384;`.
#[proc_macro_attribute]
pub fn dim(attributes: TokenStream, item: TokenStream) -> TokenStream {
    entry::dim(attributes.into(), item.into()).into()
}

/// Makes a free function callable from the functions of models. `#[function(allow(sqrt_at_zero))]` allows a lint in it.
#[proc_macro_attribute]
pub fn function(attributes: TokenStream, item: TokenStream) -> TokenStream {
    entry::function(attributes.into(), item.into()).into()
}

/// Makes a free function callable from Rust, with one beside it that gives its gradients, and from the functions of models
/// as one under [`macro@function`].
///
/// `energy(&x)` is its value. Where that is a scalar, `energy_value_and_grad(&x)` gives it and the gradient with respect to
/// the argument, or a tuple of gradients for several. Otherwise `field_vjp(&x, &grad_output)` gives the result, and the
/// gradients when those of the result are `grad_output` (`grad_output_0`, … for a tuple). Each has a `try_` twin with
/// errors as values. Arguments of whole numbers have no gradient.
///
/// Options: `wrt = x`, or `wrt = [x, y]`, for the gradients of some of the arguments; `dtype = f64` (computed in `f64` when
/// Rust calls it; models that call it compute it in their own type); `crate = path` (for renamed dependencies); `allow(sqrt_at_zero)` (lints by name).
#[proc_macro_attribute]
pub fn differentiable(attributes: TokenStream, item: TokenStream) -> TokenStream {
    entry::differentiable(attributes.into(), item.into()).into()
}

/// Makes a function in Rust over slices an operation of models. Its signature, in the language of models, is the shape
/// rule; its body is Rust, in which arguments are `&[f32]` (or slices of their element type; truth values are 0.0 and
/// 1.0), the result is `out: &mut [f32]` (`out_0`, `out_1`, … of a tuple), which is to be written as a whole, and
/// dimensions known at run time are `usize`s under their names; `rest` is the product of what `_` stands for. For models
/// that compute in `f64` write `#[op(dtype = f64)]`: its slices are `&[f64]`, and 0.0 and 1.0 are of that type.
///
/// `#[custom_grad(backward)]` below it names the function, another `#[op]` or a `#[function]`, that gives its gradient:
/// from the arguments, the results and the gradients of the results, a gradient for each real argument.
#[proc_macro_attribute]
pub fn op(attributes: TokenStream, item: TokenStream) -> TokenStream {
    entry::op(attributes.into(), item.into()).into()
}

/// Makes a program that trains, judges and uses a model.
///
/// ```text
/// macrograd::train! {
///     model: LeNet,
///     data: FashionMnist,
///     loss: LeNet::loss,
///     optimizer: AdamW { lr: 1e-3, weight_decay: 0.01 },
///     schedule: Cosine { warmup_steps: 100 },
///     batch: 64,
///     epochs: 5,
///     metrics: [Accuracy],
/// }
/// ```
///
/// It stands in place of `main`. The program has the subcommands `train` (which runs where none is named), `eval`,
/// `predict`, `summary`, `find-lr`, `tune`, `bench` and `export`; `train --help` lists its settings. All numbers of the declaration are settings:
/// a flag (`--weight-decay 0.1`), an environment variable (`MACROGRAD_WEIGHT_DECAY=0.1`) or a line of a TOML file
/// (`--config run.toml`) takes the place of what is declared, in this order.
///
/// | key | holds |
/// | --- | --- |
/// | `model` | a model |
/// | `data` | an expression, or a closure `\|path\| …` of the path that `--data` names; `?` passes errors on. Its value is a data set, of which a part is kept for validation, or a pair: one to train with, one to validate with |
/// | `path` | where the data is unless `--data` says otherwise |
/// | `loss` | the function that is minimised; `loss` otherwise. Its arguments are the tensors of a batch, in order |
/// | `forward` | the function whose results are judged and printed, of the first tensors of a batch; `forward` otherwise, where there are metrics |
/// | `metrics` | a list of metrics, which judge by the last tensor of a batch: `[Accuracy, TopK::new(5)]` |
/// | `optimizer` | its name and settings; `Adam { lr: 1e-3 }` otherwise |
/// | `schedule` | `Constant`, `Cosine`, `Linear`, `Polynomial`, `Exponential`, `Step`, `OneCycle`, `WarmRestarts`, each with `warmup_steps` |
/// | `monitor` | the value by which the best epoch is chosen: `"val_accuracy"`; `"val_loss"` otherwise |
/// | `classes` | names of the classes, for reports and predictions: `FashionMnist::CLASSES` |
/// | `callbacks` | a list of callbacks; those of `macrograd::train` need no path |
/// | `tune` | what a search varies: `Space { lr: log(1e-4..=1e-1), momentum: 0.5..=0.99, batch: [16, 32, 64] }` |
/// | `about` | a line for `--help` |
/// | `batch`, `epochs`, `seed`, `validation`, `normalise`, `out`, `patience`, `clip_grad_norm`, `accumulate`, `ema`, `time_limit`, `save_every`, `keep_every`, `workers`, `threads` | settings of every program; `train --help` says what they are |
///
/// It is sugar over the trainer of the module `train`.
#[proc_macro]
pub fn train(tokens: TokenStream) -> TokenStream {
    macrograd_compiler::training::train(tokens.into()).into()
}

/// Makes a struct of tensors known to models, whose functions take and return it: a state, the inputs of a batch, the
/// outputs of a detector.
///
/// ```ignore
/// #[tensors]
/// #[derive(Clone, Debug)]
/// pub struct LstmState<N: Dim, const D: usize> {
///     pub h: Tensor<N, D>,
///     pub c: Tensor<N, D>,
/// }
/// ```
///
/// Its fields are written in the language of models: tensors, other structs under `#[tensors]`, and tuples of them. For
/// Rust `h` is a `Tensor<f32, (N, Const<D>)>`. Its parameters are dimensions known at run time, `N: Dim`, and sizes,
/// `const D: usize`; a size of a field is one of them alone, or an expression of numbers and `#[dim]` constants. The page
/// `language` says what functions do with it.
///
/// Generated methods of a model read its fields, which are visible where the model is. Options: `crate = path` (for renamed
/// dependencies). `#[derive(…)]` is written below it.
#[proc_macro_attribute]
pub fn tensors(attributes: TokenStream, item: TokenStream) -> TokenStream {
    entry::tensors(attributes.into(), item.into()).into()
}

#[doc(hidden)]
#[proc_macro]
pub fn __combine(tokens: TokenStream) -> TokenStream {
    entry::combine(tokens.into()).into()
}

#[doc(hidden)]
#[proc_macro]
pub fn __link(tokens: TokenStream) -> TokenStream {
    entry::link(tokens.into()).into()
}
