//! Functions outside models with their gradients, and products with Jacobians, against values worked out by hand.

use macrograd::prelude::*;

/// The function of Rosenbrock, summed over pairs of neighbours.
#[differentiable]
pub fn rosenbrock<N: Dim>(x: Tensor<N>) -> Tensor {
    let (head, tail) = (x[0..N - 1], x[1..N]);
    (100.0 * (tail - head.square()).square() + (1.0 - head).square()).sum()
}

/// Energy of points with masses.
#[differentiable]
fn energy<N: Dim>(velocity: Tensor<N, 2>, mass: Tensor<N>, kind: Tensor<u8, N>) -> Tensor {
    let factor = 1.0 + kind as f32;
    0.5 * (factor * mass * velocity.square().sum(1)).sum()
}

#[differentiable(crate = ::macrograd, wrt = angle, allow(sqrt_at_zero))]
fn rotated<N: Dim>(angle: Tensor<N>, radius: Tensor<N>) -> (Tensor<N>, Tensor<N>) {
    (radius * angle.cos(), radius * angle.sin())
}

#[differentiable]
fn softened<N: Dim>(x: Tensor<N, 3>) -> Tensor<N, 3> {
    x.softmax(1)
}

#[function]
fn cubes<N: Dim>(x: Tensor<N>, y: Tensor<N>) -> Tensor<N> {
    x.powi(3) * y
}

/// A running product, so that its derivatives go through a scan.
#[function]
fn running<T: Dim>(x: Tensor<T>) -> Tensor<T> {
    let mut product = 1.0;
    let mut products = Vec::new();
    for t in 0..T {
        product = product * x.at(0, t);
        products.push(product);
    }
    products.stack(0)
}

#[model]
struct Net {
    #[init(constant(0.5))]
    scale: Param<3>,
    #[with(bias = false)]
    fc: nn::Linear<3, 1>,
}

#[model]
impl Net {
    fn loss<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor {
        (self.fc(x * self.scale).square()).sum()
    }

    /// The gradient of a function with respect to parameters of the model itself.
    fn own_gradients<N: Dim>(&self, x: Tensor<N, 3>) -> (Tensor<3>, Tensor<1, 3>) {
        let grads = grad(self.loss, x, wrt = [self.scale, self.fc.weight]);
        (grads[0], grads[1])
    }

    /// One step of descent on a parameter, seen by the loss after it: what meta-learning differentiates.
    fn after_a_step<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor {
        let stepped = self.scale - 0.1 * grad(self.loss, x, wrt = self.scale);
        (self.fc(x * stepped).square()).sum()
    }

    fn products<N: Dim>(
        &self,
        x: Tensor<N>,
        y: Tensor<N>,
        v: Tensor<N>,
    ) -> (Tensor<N>, Tensor<N>, Tensor<N>) {
        let (value, forward) = jvp(cubes, x, y, tangent = [v, 2.0 * v], wrt = [0, 1]);
        let (_, backward) = vjp(cubes, x, y, grad_output = v);
        (value, forward, backward)
    }

    fn tangent_of_running<T: Dim>(&self, x: Tensor<T>, v: Tensor<T>) -> Tensor<T> {
        let (_, tangent) = jvp(running, x, tangent = v);
        tangent
    }

    /// Differentiated once more.
    fn norm_of_tangent<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor {
        let (_, tangent) = jvp(self.fc, x * self.scale, tangent = x);
        tangent.square().sum()
    }

    /// A differentiable function is a function of models, too.
    fn penalty<N: Dim>(&self, x: Tensor<N>) -> Tensor {
        rosenbrock(x) * self.scale.sum()
    }
}

fn tensor<const N: usize>(values: [f32; N]) -> Tensor<f32, (usize,)> {
    Tensor::from_vec((N,), values.to_vec())
}

#[track_caller]
fn assert_near(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (index, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= 1e-5 * (1.0 + b.abs()), "element {index}: {a}, expected {b}");
    }
}

#[test]
fn a_scalar_function_gives_value_and_gradient() {
    let x = tensor([1.5, -0.5, 2.0]);
    let (a, b, c) = (1.5f32, -0.5f32, 2.0f32);
    let expected =
        100.0 * ((b - a * a).powi(2) + (c - b * b).powi(2)) + (1.0 - a).powi(2) + (1.0 - b).powi(2);
    assert_near(&[rosenbrock(&x)], &[expected]);
    let (value, grad) = rosenbrock_value_and_grad(&x);
    assert_near(&[value], &[expected]);
    let d_b = -400.0 * b * (c - b * b) - 2.0 * (1.0 - b) + 200.0 * (b - a * a);
    let d_a = -400.0 * a * (b - a * a) - 2.0 * (1.0 - a);
    assert_near(grad.as_slice(), &[d_a, d_b, 200.0 * (c - b * b)]);
}

#[test]
fn arguments_have_their_gradients_beside_each_other() {
    let velocity = Tensor::from_vec((2, Const::<2>), vec![1.0, 2.0, 3.0, -1.0]);
    let (mass, kind) = (tensor([2.0, 0.5]), Tensor::from_vec((2,), vec![0u8, 1]));
    let (value, (of_velocity, of_mass)) = energy_value_and_grad(&velocity, &mass, &kind);
    assert_near(&[value, energy(&velocity, &mass, &kind)], &[10.0, 10.0]);
    assert_near(of_velocity.as_slice(), &[2.0, 4.0, 3.0, -1.0]);
    assert_near(of_mass.as_slice(), &[2.5, 10.0]);
}

#[test]
fn run_time_dimensions_are_checked() {
    let velocity = Tensor::from_vec((2, Const::<2>), vec![1.0, 2.0, 3.0, -1.0]);
    let (mass, kind) = (tensor([2.0]), Tensor::from_vec((2,), vec![0u8, 1]));
    let error = try_energy_value_and_grad(&velocity, &mass, &kind).unwrap_err();
    assert!(error.to_string().contains("`mass`"), "{error}");
    assert!(try_energy(&velocity, &mass, &kind).is_err());
}

#[test]
fn several_results_take_a_gradient_each() {
    let (angle, radius) = (tensor([0.3, 2.0]), tensor([1.0, 2.0]));
    let (x, y) = rotated(&angle, &radius);
    assert_near(x.as_slice(), &[0.3f32.cos(), 2.0 * 2.0f32.cos()]);
    let ones = tensor([1.0, 1.0]);
    let ((_, y_again), of_angle) = rotated_vjp(&angle, &radius, &ones, &tensor([0.0, 3.0]));
    assert_near(y.as_slice(), y_again.as_slice());
    let expected = [-(0.3f32.sin()), -2.0 * 2.0f32.sin() + 3.0 * 2.0 * 2.0f32.cos()];
    assert_near(of_angle.as_slice(), &expected);
}

#[test]
fn one_result_takes_one_gradient() {
    let x = Tensor::from_vec((1, Const::<3>), vec![0.1, 0.5, -0.3]);
    let grad_output = Tensor::from_vec((1, Const::<3>), vec![1.0, 0.0, 0.0]);
    let (y, grad) = softened_vjp(&x, &grad_output);
    let p = y.as_slice();
    assert_near(p, softened(&x).as_slice());
    assert_near(grad.as_slice(), &[p[0] * (1.0 - p[0]), -p[0] * p[1], -p[0] * p[2]]);
}

#[test]
fn products_with_the_jacobian_from_both_sides() {
    let net = Net::new(Device::cpu(), 0);
    let (x, y, v) = (tensor([1.0, 2.0]), tensor([3.0, -1.0]), tensor([0.5, 1.0]));
    let (value, forward, backward) = net.products(&x, &y, &v);
    assert_near(value.as_slice(), &[3.0, -8.0]);
    // 3 x² y v + x³ · 2 v
    assert_near(forward.as_slice(), &[4.5 + 1.0, -12.0 + 16.0]);
    assert_near(backward.as_slice(), &[4.5, -12.0]);
}

#[test]
fn a_tangent_passes_through_a_scan() {
    let net = Net::new(Device::cpu(), 0);
    let tangent = net.tangent_of_running(&tensor([2.0, 3.0, -1.0]), &tensor([1.0, 0.0, 2.0]));
    assert_near(tangent.as_slice(), &[1.0, 3.0, -3.0 + 2.0 * 6.0]);
}

#[test]
fn gradients_of_own_parameters_are_values() {
    let net = Net::new(Device::cpu(), 3);
    let x = Tensor::from_vec((2, Const::<3>), vec![0.5, -1.0, 2.0, 1.0, 0.3, -0.7]);
    let (_, grads) = net.loss_grad(&x);
    let (of_scale, of_weight) = net.own_gradients(&x);
    assert_near(of_scale.as_slice(), grads.scale().as_slice());
    assert_near(of_weight.as_slice(), grads.fc().weight().as_slice());
}

/// Central differences of a function of the model's `scale`.
fn differences(net: &mut Net, value: impl Fn(&Net) -> f32) -> Vec<f32> {
    (0..3)
        .map(|index| {
            let mut at = |step: f32| {
                net.scale_mut().as_mut_slice()[index] += step;
                let value = value(net);
                net.scale_mut().as_mut_slice()[index] -= step;
                f64::from(value)
            };
            ((at(1e-2) - at(-1e-2)) / 2e-2) as f32
        })
        .collect()
}

#[test]
fn gradients_of_own_parameters_are_differentiated_again() {
    let mut net = Net::new(Device::cpu(), 3);
    let x = Tensor::from_vec((2, Const::<3>), vec![0.5, -1.0, 2.0, 1.0, 0.3, -0.7]);
    let (_, grads) = net.after_a_step_grad(&x);
    let expected = differences(&mut net, |net| net.after_a_step(&x));
    for (a, b) in grads.scale().as_slice().iter().zip(&expected) {
        assert!((a - b).abs() < 2e-3 * (1.0 + b.abs()), "{a} and {b}");
    }
    let (_, grads) = net.norm_of_tangent_grad(&x);
    assert!(grads.scale().as_slice().iter().all(|&grad| grad == 0.0), "the layer is linear");
}

#[test]
fn models_call_differentiable_functions() {
    let net = Net::new(Device::cpu(), 0);
    let x = tensor([1.5, -0.5, 2.0]);
    assert_near(&[net.penalty(&x)], &[1.5 * rosenbrock(&x)]);
}
