//! What the functions of a model can do. This page is documentation: the language is read by
//! [`#[model]`](macro@crate::model), not by items of this crate.
//!
//! A body is Rust: `let`, arithmetic with NumPy's broadcasting, comparisons, `&`, `|` and `!` on conditions, calls of
//! layers, of functions of the model, of `#[function]`s and of the [operations](crate::ops). What is not known at compile
//! time is computed by the compiled functions and differentiated; nothing is written out that can be a loop.
//!
//! Layers, functions of a model without `pub` and `#[function]`s are written out where they are called. Their last
//! arguments may be optional, `mask: Option<Tensor<N, T>>`: a caller leaves them out or passes a tensor, `Some(x)`, `None`
//! or an `Option` of its own, and the body asks `if let Some(mask) = mask { … }`, `mask.is_some()` or
//! `mask.unwrap_or(1.0)`, which is decided by the compiler. A public function of a compiled model may have two of them and is
//! compiled for each choice: Rust calls `net.forward(&x, Some(&mask))` or `net.forward(&x, None)`, and `backward` returns
//! `None` in the place of gradients of what was left out.
//!
//! # Types of elements
//!
//! `Tensor<N, D>` is of the computing type, which is `f32`, or `f64` under `#[model(dtype = f64)]`. `Tensor<u8, N>` names
//! another type: `u8` to `u64` and `i8` to `i64` for labels and indices, `bool` for conditions, the other one of `f32` and
//! `f64`, `bf16` and `f16` (with the feature `half`, as `macrograd::bf16`) for numbers that come, go or are kept in more or
//! fewer bits, such as a cache. They are moved as they are (sliced, concatenated, carried by loops, returned) and cast by
//! `as`, `labels as _` to the computing type, `keys as bf16` to the one that is named, with the rules of Rust: to the
//! nearest real, to whole numbers by dropping what is after the point. Gradients pass through casts between reals as if
//! nothing were rounded, and are of the computing type; the backward pass of a function begins at its results of that type
//! and returns gradients of such arguments, `grad(self.f, x)` those of any real. Whole numbers are compared exactly,
//! `tokens != 0`.
//!
//! **Computing in `f64`** (feature `f64`). The computing type belongs to the model that is compiled, with all of its
//! layers: parameters, values, gradients and the moments of optimizers are of that type, as after PyTorch's `.double()`.
//! `dtype = f64` stands on its struct, on the alias of a generic model or in `#[differentiable(dtype = f64)]`. Layers say no
//! type, so those of [`nn`](crate::nn) serve both, and a layer of your own does, too, if it casts with `as _` instead of
//! `as f32`. In Rust the tensors of such a model are `Tensor<f64, …>`; optimizers, checkpoints and `Workspace` take models
//! of both types. It starts from the numbers of an `f32` model of the same seed, and drops the same elements.
//!
//! ```
//! # #[cfg(feature = "f64")] {
//! use macrograd::optim::Lbfgs;
//! use macrograd::prelude::*;
//!
//! /// `a + b x + c x²`, to more digits than `f32` has.
//! #[model(dtype = f64)]
//! pub struct Parabola {
//!     #[init(zeros)]
//!     coefficients: Param<3>,
//! }
//!
//! #[model]
//! impl Parabola {
//!     pub fn loss<N: Dim>(&self, x: Tensor<N>, y: Tensor<N>) -> Tensor {
//!         let powers = stack([x * 0.0 + 1.0, x, x * x], axis = 1);
//!         (powers.matmul(self.coefficients) - y).square().sum()
//!     }
//! }
//!
//! let x: Vec<f64> = (0..20).map(|index| f64::from(index) / 10.0).collect();
//! let y = x.iter().map(|x| 1.0 + 2.0 * x - x * x / 3.0).collect();
//! let (x, y) = (Tensor::from_vec((20,), x), Tensor::from_vec((20,), y));
//! let mut net = Parabola::new(Device::cpu(), 0);
//! let mut optimizer = Lbfgs::new(1.0).tolerance_grad(1e-14).tolerance_change(1e-30).max_iter(100).strong_wolfe(true);
//! let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
//! optimizer.step(&mut net, &mut grads, |net, grads| net.loss_grad_into(&mut workspace, &x, &y, grads));
//! assert!((net.coefficients().as_slice()[2] + 1.0 / 3.0).abs() < 1e-12);
//! # }
//! ```
//!
//! # Structs of tensors
//!
//! [`#[tensors]`](macro@crate::tensors) makes a struct known to models: a state between two calls, a batch of named inputs,
//! what a detector finds. Functions take and return it, alone or in a tuple. In their bodies it is put together,
//! `LstmState { h, ..state }`, taken apart, `let LstmState { h, .. } = state;`, read, `state.h`, and, if it is `let mut`,
//! changed, `state.h = next`; loops carry it, `if` gives it, layers and functions are given it. Its sizes follow from its
//! fields there: each parameter has one size in all of them.
//!
//! Outside of models it is a struct of tensors of Rust. Methods take it by reference and return it as a value; run-time
//! dimensions of its fields are compared like those of other arguments. The gradient of a struct of `f32` is the same
//! struct, in `backward`, in `grad` and its kin and beside `#[differentiable]` functions; of a struct that also has other
//! elements, the second half of a training step takes and gives the gradients of its `f32` fields one by one. A function
//! that returns a struct is no loss. `#[model] type` compiles a model at other sizes where its structs are in scope.
//!
//! ```
//! use macrograd::prelude::*;
//!
//! /// State of an LSTM between two calls.
//! #[tensors]
//! #[derive(Clone, Debug)]
//! pub struct LstmState<N: Dim, const D: usize> {
//!     /// Hidden state.
//!     pub h: Tensor<N, D>,
//!     pub c: Tensor<N, D>,
//! }
//!
//! #[model]
//! pub struct Net {
//!     cell: nn::LstmLayer<8, 16>,
//!     output: nn::Linear<16, 4>,
//! }
//!
//! #[model]
//! impl Net {
//!     /// Scores after one more element, and the state for the next one.
//!     pub fn step<N: Dim>(&self, x: Tensor<N, 8>, state: LstmState<N, 16>) -> (Tensor<N, 4>, LstmState<N, 16>) {
//!         let (h, c) = self.cell.step(x, state.h, state.c);
//!         (self.output(h), LstmState { h, c })
//!     }
//!
//!     /// Scores after a sequence.
//!     pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 8>, state: LstmState<N, 16>) -> Tensor<N, 4> {
//!         let mut state = state;
//!         let mut y = zeros([N, 4]);
//!         for t in 0..T {
//!             (y, state) = self.step(x.at(1, t), state);
//!         }
//!         y
//!     }
//! }
//!
//! let net = Net::new(Device::cpu(), 0);
//! let start = LstmState { h: Tensor::zeros((2, Const)), c: Tensor::zeros((2, Const)) };
//! let x = Tensor::full((2, Const::<8>), 0.5);
//! let (_, next) = net.step(&x, &start);
//! let (y, _) = net.step(&x, &next);
//! let both = Tensor::full((2, 2, Const::<8>), 0.5);
//! assert_eq!(net.forward(&both, &start), y);
//! ```
//!
//! # Loops
//!
//! | written | runs over |
//! | --- | --- |
//! | `for block in &self.blocks { x = block(x); }` | a stack of layers; its body is compiled once |
//! | `for t in 0..T { … }` | a range, which may end at a run-time dimension: a scan |
//! | `for row in x { … }` | the rows of a tensor along its first axis |
//! | `#[bound(32)] while delta > 1e-3 { … }` | until a condition on values fails, at most as often as the bound says |
//!
//! `.rev()` turns the order round, `.iter().enumerate()` gives the place beside the element. Variables declared `let mut`
//! before a loop are carried from one iteration to the next and keep their shapes; tuples and structs of tensors may be carried, too.
//! A list, `let mut ys = Vec::new();`, collects what each iteration pushes: `ys.push(h)`; after the loop `ys.stack(axis)`
//! or `ys.concat(axis)` makes a tensor of it, `ys.reverse()` turns it round.
//!
//! The index of a range picks places, `x.at(1, t)`, `x[(.., t - 1)]`, `x.at(1, T - 1 - t)`, and is a number in arithmetic:
//! `t as _`. Ranges known at compile time of up to 8 iterations, and those whose body needs the index as a size or
//! changes shapes, are written out instead. Inference leaves a `while` when its condition fails; in training, the
//! iterations after it do nothing: the condition and what the backward pass needs have places for all that the bound allows.
//! A function under `#[no_grad]` needs no bound, nor does one that returns no reals.
//!
//! # Decisions
//!
//! `if` on hyper-parameters, sizes known at compile time and `training()` is decided by the compiler. On a truth value
//! computed from tensors, `if x.mean() > 0.0 { … } else { … }`, both branches are compiled and one of them runs; they leave
//! the same shapes in the variables that they assign to, and in their value. `select(condition, x, y)` chooses element by
//! element.
//!
//! # Gradients
//!
//! - `grad(self.energy, x)` is the gradient of a function that returns a scalar with respect to its first argument, or to
//!   those that `wrt = [0, 1]` numbers; `value_and_grad` gives both. They are values like any others: penalties on
//!   gradients and products with the Hessian are differentiated again. `wrt = self.fc.weight` asks for the gradient of a
//!   parameter of the model itself.
//! - `vjp(self.field, x, grad_output = dy)` is the result of a function of any shape, and the gradient of `x` when that of the
//!   result is `dy`. `jvp(self.field, x, tangent = v)` is the result and how it changes when `x` moves along `v`: the
//!   product of the Jacobian with `v`, in one pass, without the Jacobian. Of functions with several arguments or results
//!   they take lists: `wrt = [0, 1], tangent = [v, w]`.
//! - `#[differentiable]` on a free function compiles it outside of any model, and its gradient beside it: `energy(&x)` and
//!   `energy_value_and_grad(&x)`, or `field_vjp(&x, &dy)` where the result is no scalar. Models call it, too.
//! - `x.detach()` is `x` without its gradient. Of a function under `#[no_grad]` only inference is compiled; where other
//!   functions call it, its results have no gradient.
//! - `checkpoint(self.block(x))` keeps what goes into the expression and computes the rest again in the backward pass;
//!   `train_bytes` shows what that saves. Dropout draws the same numbers again, and buffers are updated once.
//! - `#[custom_grad(backward)]` below `#[function]` names the function that gives the gradient: it takes the arguments, the
//!   results and the gradients of the real results, and returns a gradient for each real argument.
//! - `with_grad(x, clip)` is `x`; its gradient passes through the `#[function]` `clip`.
//!
//! # Operations in Rust
//!
//! `#[op]` makes a Rust function over slices an operation. Its signature is written in the language and is the shape rule;
//! in its body arguments are slices, the result is `out` (`out_0`, `out_1`, … of a tuple), dimensions known at run time are
//! `usize`s under their names, and `rest` is the product of what `_` stands for. `out` arrives with any contents and is
//! written as a whole. Without `#[custom_grad]`, or `#[no_grad]` where there is none, the compiler says so when a gradient would
//! have to pass.
//!
//! # Looking inside
//!
//! `dbg!(h)` prints a value to standard error whenever the function runs, in training and in inference, and is that value:
//!
//! ```text
//! [src/net.rs:21] self.fc(x) = [64, 10]: mean 0.0132, std 0.998, min -3.21, max 3.05
//! ```
//!
//! The gradient of `x` is printed through `with_grad(x, shown)` by `#[function] fn shown(grad: Tensor<_>) -> Tensor<_>
//! { dbg!(grad) }`.
//!
//! A program built with `MACROGRAD_TRAP_NAN=1 cargo run`, in any profile, stops at the first value that is not finite (a
//! NaN, or an infinity that is neither in an operand nor a constant of the program): the function returns an error with the
//! line, the operation, forward or backward, and what went in and came out. `#[model(trap_nan)]` does the same for one
//! model. Operations are not fused then, and each result is looked at, so it takes several times as long.
//!
//! ```text
//! the first value that is not finite: `ln` in the forward pass, at src/net.rs:24:18
//!   from `softmax` = [64, 10]: mean 0.1, std 0.3, min 0, max 1
//!   came `ln` = [64, 10]: mean -4.1, std 3.2, min -87.3, max 0; 3 of 640 are infinite, the first at [2, 7]
//! ```
//!
//! ```
//! use macrograd::prelude::*;
//!
//! /// Rounds; the gradient passes as if it did not.
//! #[function]
//! fn straight_through(x: Tensor<_>, rounded: Tensor<_>, grad: Tensor<_>) -> Tensor<_> {
//!     grad
//! }
//!
//! #[function]
//! #[custom_grad(straight_through)]
//! fn quantised(x: Tensor<_>) -> Tensor<_> {
//!     (x * 8.0).round() / 8.0
//! }
//!
//! /// A moving sum, written in Rust.
//! #[op]
//! #[custom_grad(moving_sum_grad)]
//! fn moving_sum<T: Dim>(x: Tensor<_, T>) -> Tensor<_, T> {
//!     for (x, out) in x.chunks(T).zip(out.chunks_mut(T)) {
//!         for t in 0..T {
//!             out[t] = x[t] + if t > 0 { x[t - 1] } else { 0.0 };
//!         }
//!     }
//! }
//!
//! /// Its gradient, in the language.
//! #[function]
//! fn moving_sum_grad<T: Dim>(x: Tensor<_, T>, sum: Tensor<_, T>, grad: Tensor<_, T>) -> Tensor<_, T> {
//!     let is_last = (arange(T) as f32) == T as f32 - 1.0;
//!     grad + grad.roll(-1, axes = -1).masked_fill(is_last, 0.0)
//! }
//!
//! /// Energy of a spring between each two neighbours, as a function of Rust with its gradient.
//! #[differentiable]
//! fn springs<N: Dim>(x: Tensor<N, 3>) -> Tensor {
//!     0.5 * ((x[1..N] - x[0..N - 1]).norm(axes = 1) - 1.0).square().sum()
//! }
//!
//! #[model]
//! pub struct Recurrent {
//!     input: nn::Linear<3, 8>,
//!     state: nn::Linear<8, 8>,
//!     output: nn::Linear<8, 1>,
//! }
//!
//! #[model]
//! impl Recurrent {
//!     /// A number after each step of a sequence of any length.
//!     pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 3>) -> Tensor<N, T> {
//!         let mut h = zeros([N, 8]);
//!         let mut ys = Vec::new();
//!         for t in 0..T {
//!             h = checkpoint((self.input(x.at(1, t)) + self.state(h)).tanh());
//!             ys.push(quantised(self.output(h)).squeeze(1));
//!         }
//!         ys.stack(1)
//!     }
//!
//!     /// Mean square of the difference to the numbers that are wanted.
//!     pub fn loss<N: Dim, T: Dim>(&self, x: Tensor<N, T, 3>, wanted: Tensor<N, T>) -> Tensor {
//!         (self.forward(x) - wanted).square().mean()
//!     }
//!
//!     /// Mean square of what two numbers that follow each other differ in sum from what is wanted.
//!     pub fn smooth_loss<N: Dim, T: Dim>(&self, x: Tensor<N, T, 3>, wanted: Tensor<N, T>) -> Tensor {
//!         moving_sum(self.forward(x) - wanted).square().mean()
//!     }
//!
//!     /// Steps until the state changes little, and their number.
//!     pub fn settle<N: Dim>(&self, h: Tensor<N, 8>) -> (Tensor<N, 8>, Tensor) {
//!         let mut h = h;
//!         let mut change = 1.0;
//!         let mut steps = 0.0;
//!         #[bound(20)]
//!         while change > 0.01 {
//!             let next = self.state(h).tanh();
//!             change = (next - h).norm();
//!             h = next;
//!             steps += 1.0;
//!         }
//!         (h, steps)
//!     }
//!
//!     pub fn energy<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor {
//!         self.output(self.input(x).tanh()).sum()
//!     }
//!
//!     /// How far the length of the gradient is from 1.
//!     pub fn penalty<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor {
//!         let slope = grad(self.energy, x);
//!         (slope.norm(axes = 1) - 1.0).square().mean()
//!     }
//! }
//!
//! let net = Recurrent::new(Device::cpu(), 0);
//! let sequences = Tensor::from_vec((2, 5, Const::<3>), vec![0.1; 30]);
//! assert_eq!(net.forward(&sequences).as_slice().len(), 10);
//! let points = Tensor::from_vec((2, Const::<3>), vec![0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
//! let (penalty, _grads) = net.penalty_grad(&points);
//! assert!(penalty > 0.0);
//!
//! let (energy, forces) = springs_value_and_grad(&points);
//! assert_eq!(energy, springs(&points));
//! assert_eq!(forces.as_slice().len(), 6);
//! ```
//!
//! # Warnings
//!
//! What compiles but is surely a mistake is a warning. rustc knows of warnings by macros only as uses of deprecated items,
//! so that is how they begin, with the name of the lint:
//!
//! | lint | finds | instead |
//! | --- | --- | --- |
//! | `log_of_softmax` | `x.softmax().ln()`: -∞ where a probability is too small for `f32` | `x.log_softmax()` |
//! | `log_of_sigmoid` | `x.sigmoid().ln()`, `(1.0 - x.sigmoid()).ln()` | `x.log_sigmoid()`, `(-x).log_sigmoid()` |
//! | `sqrt_at_zero` | a root of squares, magnitudes, variances or their sums: its gradient is infinite where they are 0, and all gradients before it NaN | `(x + 1e-12).sqrt()`, `norm`, `std` |
//! | `cross_entropy_of_probabilities` | `x.softmax().cross_entropy(label)`: the loss takes scores | `x.cross_entropy(label)` |
//! | `bce_with_logits_of_probabilities` | `x.sigmoid().bce_with_logits_loss(target)`, and the other losses that apply `sigmoid` themselves | `x.bce_with_logits_loss(target)` |
//! | `nll_loss_of_probabilities` | `x.softmax().nll_loss(label)`: the loss takes logarithms | `x.log_softmax(1).nll_loss(label)` |
//! | `nll_loss_of_scores` | `self.fc(x).nll_loss(label)` | `self.fc(x).cross_entropy(label)` |
//! | `bce_loss_of_scores` | `self.fc(x).bce_loss(target)`: the loss takes probabilities | `self.fc(x).bce_with_logits_loss(target)` |
//! | `kl_div_of_probabilities` | `x.softmax().kl_div(target)`: its first operand are logarithms | `x.log_softmax().kl_div(target)` |
//! | `softmax_of_probabilities` | `x.softmax().softmax()` | one of them |
//! | `gradient_of_zero` | `grad(self.energy, x)` of a function that does not depend on `x`, or through `detach` only | `wrt` with what it depends on |
//! | `softmax_of_one_class` | `softmax` and `cross_entropy` along an axis of size 1, whose results are constants | `sigmoid`, `bce_with_logits_loss` |
//!
//! Lints see through variables, functions, layers and loops. They warn where it is sure what a value is, and of roots only
//! where a gradient passes.
//!
//! `#[model(allow(sqrt_at_zero))]` allows a lint: on a function of a model there and in all that it calls, on the struct or
//! the impl in all functions of the model. A free function takes `#[function(allow(sqrt_at_zero))]`. `#[allow(deprecated)]`
//! on the module silences all of them.
