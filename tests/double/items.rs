//! What else has a computing type: aliases, differentiable functions, operations in Rust, stacks; and models of both
//! types side by side.

use macrograd::Float;
use macrograd::prelude::*;

/// Written without a type, for models of both.
#[model(part)]
pub struct Block<const D: usize> {
    fc: nn::Linear<D, D>,
    norm: nn::LayerNorm<D>,
    drop: nn::Dropout,
}

#[model]
impl<const D: usize> Block<D> {
    pub fn forward<N: Dim>(&self, x: Tensor<N, D>) -> Tensor<N, D> {
        let places = arange(D) as _;
        x + self.drop(self.norm(self.fc(x + 0.1 * places)).gelu())
    }
}

#[model(part)]
pub struct Net<const D: usize, const L: usize> {
    blocks: [Block<D>; L],
    head: nn::Linear<D, 3>,
}

#[model]
impl<const D: usize, const L: usize> Net<D, L> {
    pub fn forward<N: Dim>(&self, x: Tensor<N, D>) -> Tensor<N, 3> {
        let mut x = x;
        for block in &self.blocks {
            x = block(x);
        }
        self.head(x)
    }

    pub fn loss<N: Dim>(&self, x: Tensor<N, D>, label: Tensor<u8, N>) -> Tensor {
        self.forward(x).cross_entropy(label)
    }
}

#[model(dtype = f64)]
pub type Double = Net<6, 9>;

#[model(dtype = f32)]
pub type Single = Net<6, 9>;

fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|index| ((index * 37 + 11) % 101) as f32 / 50.0 - 1.0).collect()
}

#[test]
fn both_types_start_from_the_same_values_and_drop_the_same_elements() {
    let (single, double) = (Single::new(Device::cpu(), 3), Double::new(Device::cpu(), 3));
    let widened: Vec<f64> = single.state().values().iter().map(|&value| value.into()).collect();
    assert_eq!(double.state().values(), widened);

    let x = numbers(30);
    let wide = x.iter().map(|&x| f64::from(x)).collect();
    let (x, wide) = (Tensor::from_vec((5, Const::<6>), x), Tensor::from_vec((5, Const::<6>), wide));
    let label = Tensor::from_vec((5,), vec![0, 1, 2, 1, 0]);
    let (loss, grads) = single.loss_grad(&x, &label);
    let (wide_loss, wide_grads) = double.loss_grad(&wide, &label);
    assert!((f64::from(loss) - wide_loss).abs() < 1e-5, "{loss} {wide_loss}");
    for (a, b) in grads.gradients().values().iter().zip(wide_grads.gradients().values()) {
        assert!((f64::from(*a) - b).abs() < 1e-4, "{a} {b}");
    }
}

#[test]
fn one_workspace_serves_both() {
    let (single, double) = (Single::new(Device::cpu(), 3), Double::new(Device::cpu(), 3));
    let x = Tensor::full((4, Const::<6>), 0.5_f32);
    let wide = Tensor::full((4, Const::<6>), 0.5_f64);
    let label = Tensor::from_vec((4,), vec![0, 1, 2, 1]);
    let mut workspace = Workspace::new();
    let (mut grads, mut wide_grads) = (single.zero_grads(), double.zero_grads());
    for _ in 0..2 {
        let loss = single.loss_grad_into(&mut workspace, &x, &label, &mut grads);
        let wide_loss = double.loss_grad_into(&mut workspace, &wide, &label, &mut wide_grads);
        assert!(loss.is_finite() && wide_loss.is_finite());
    }
    assert_eq!(workspace.step(), 4);
}

#[test]
fn a_model_knows_its_type() {
    fn name<M: Model>() -> &'static str {
        M::Float::NAME
    }
    assert_eq!((name::<Single>(), name::<Double>()), ("f32", "f64"));
    let double = Double::new(Device::cpu(), 1);
    let (name, shape, values): (_, _, &[f64]) = double.named_parameters().next().expect("it has parameters");
    assert_eq!((name, shape, values.len()), ("blocks.0.fc.weight", &[6, 6][..], 36));
}

#[differentiable(dtype = f64)]
pub fn rosenbrock<N: Dim>(x: Tensor<N>) -> Tensor {
    let (head, tail) = (x[0..N - 1], x[1..N]);
    (100.0 * (tail - head.square()).square() + (1.0 - head).square()).sum()
}

#[test]
fn differentiable_functions() {
    let x = Tensor::from_vec((3,), vec![1.1, 0.9, 1.3_f64]);
    let (value, grad): (f64, Tensor<f64, (usize,)>) = rosenbrock_value_and_grad(&x);
    let (a, b, c) = (1.1_f64, 0.9_f64, 1.3_f64);
    let expected =
        100.0 * (b - a * a).powi(2) + (1.0 - a).powi(2) + 100.0 * (c - b * b).powi(2) + (1.0 - b).powi(2);
    assert!((value - expected).abs() < 1e-13);
    let first = -400.0 * a * (b - a * a) - 2.0 * (1.0 - a);
    assert!((grad.as_slice()[0] - first).abs() < 1e-12);
}

/// The square, in Rust.
#[op(dtype = f64)]
#[custom_grad(square_in_rust_grad)]
fn square_in_rust<D: Dim>(x: Tensor<D>) -> Tensor<D> {
    out.iter_mut().zip(x).for_each(|(out, x)| *out = x * x);
}

#[function]
fn square_in_rust_grad<D: Dim>(x: Tensor<D>, _square: Tensor<D>, grad_output: Tensor<D>) -> Tensor<D> {
    2.0 * x * grad_output
}

#[differentiable(dtype = f64)]
pub fn third_of_squares<D: Dim>(x: Tensor<D>) -> Tensor {
    square_in_rust(x).sum() / 3.0
}

#[test]
fn operations_in_rust() {
    let x = Tensor::from_vec((2,), vec![0.1_f64, 3.0]);
    let (value, grad) = third_of_squares_value_and_grad(&x);
    assert_eq!(value, (0.1 * 0.1 + 9.0) / 3.0);
    assert!((grad.as_slice()[0] - 0.2 / 3.0).abs() < 1e-17);
}
