//! A network learns the motion of a damped oscillator from its equation alone: `cargo run --release --example physics`.
//!
//! The position `u` of a weight on a spring, with friction, follows `u'' + 0.6 u' + 4 u = 0`. No positions are shown to the
//! network: its loss is how far it is from obeying the equation at points in time, which takes its first and second
//! derivatives. A training step takes the gradient of that loss, through both of them.
#![forbid(unsafe_code)]

use macrograd::optim::Lbfgs;
use macrograd::prelude::*;

/// The motion is learned from time 0 to here.
const END: f32 = 4.0;
const NUM_TIMES: usize = 64;
const NUM_STEPS: usize = 50;

#[model]
struct Oscillator {
    fc1: nn::Linear<1, 24>,
    fc2: nn::Linear<24, 24>,
    fc3: nn::Linear<24, 1>,
}

#[model]
impl Oscillator {
    /// Positions at given times. Whatever the network says, the weight starts at 1 without speed.
    fn position<N: Dim>(&self, t: Tensor<N, 1>) -> Tensor<N, 1> {
        let hidden = self.fc2(self.fc1(t).tanh()).tanh();
        t.tanh().square() * self.fc3(hidden) + 1.0
    }

    /// A position depends on its own time only, so the gradient of the sum holds the derivative of each.
    fn total_position<N: Dim>(&self, t: Tensor<N, 1>) -> Tensor {
        self.position(t).sum()
    }

    fn total_speed<N: Dim>(&self, t: Tensor<N, 1>) -> Tensor {
        grad(self.total_position, t).sum()
    }

    /// The mean square of what the equation says is zero.
    fn loss<N: Dim>(&self, t: Tensor<N, 1>) -> Tensor {
        let speed = grad(self.total_position, t);
        let acceleration = grad(self.total_speed, t);
        let residual = acceleration + speed * 0.6 + self.position(t) * 4.0;
        residual.square().mean()
    }
}

/// The solution of the equation: an oscillation that fades.
fn exact(t: f32) -> f32 {
    let frequency = (4.0f32 - 0.3 * 0.3).sqrt();
    let (sin, cos) = (frequency * t).sin_cos();
    (-0.3 * t).exp() * (cos + 0.3 / frequency * sin)
}

/// Times at equal distances.
fn times(count: usize) -> Tensor<f32, (usize, Const<1>)> {
    let times = (0..count).map(|index| END * index as f32 / (count - 1) as f32);
    Tensor::from_vec((count, Const::<1>), times.collect())
}

fn main() {
    let mut net = Oscillator::new(Device::cpu(), 0);
    // The loss is the same at each call, which suits L-BFGS: it estimates the curvature from step to step.
    let mut optimizer = Lbfgs::new(1.0).strong_wolfe(true);
    let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
    let t = times(NUM_TIMES);
    for step in 0..NUM_STEPS {
        let loss =
            optimizer.step(&mut net, &mut grads, |net, grads| net.loss_grad_into(&mut workspace, &t, grads));
        if step % 10 == 0 {
            println!("step {step:2}, mean square of the equation {loss:.1e}");
        }
    }

    // Between the times of training, too.
    let t = times(1001);
    let found = net.position(&t);
    println!("time  learned  exact");
    let mut max_error = 0.0f32;
    for (index, (&t, &found)) in t.as_slice().iter().zip(found.as_slice()).enumerate() {
        if index % 125 == 0 {
            println!("{t:4.1}  {found:7.4}  {:7.4}", exact(t));
        }
        max_error = max_error.max((found - exact(t)).abs());
    }
    println!("maximal error: {max_error:.1e}");
}
