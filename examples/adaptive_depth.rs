//! A network that computes for as long as its input needs: `cargo run --release --example adaptive_depth`.
//!
//! It solves systems of linear equations `A x = b` by improving a guess until it is right. How far each unknown moves in a
//! step is learned. Systems whose equations hardly depend on each other take few steps, others many: the data decides,
//! and the gradient goes back through exactly the steps that were taken.
#![forbid(unsafe_code)]

use macrograd::optim::Adam;
use macrograd::prelude::*;

const SIZE: usize = 4;

#[model]
struct Solver {
    hidden: nn::Linear<2, 8>,
    pace: nn::Linear<8, 2>,
}

#[model]
impl Solver {
    /// The solution, the number of steps, and what they cost: the number of steps has no gradient, so each counts by how
    /// much is left to do after it, in powers of e.
    fn solve(&self, a: Tensor<4, 4>, b: Tensor<4>) -> (Tensor<4>, Tensor, Tensor) {
        // An unknown moves at a rate, and keeps a part of its speed, that depend on its own coefficient in its equation and
        // on those of the others beside it.
        let own = a.diagonal();
        let others = a.abs().sum(1) / own - 1.0;
        let pace = self.pace(self.hidden(stack([own, others], 1)).tanh()).sigmoid();
        let (rate, inertia) = (pace.at(1, 0), pace.at(1, 1));
        let mut x = zeros([4]);
        let mut speed = zeros([4]);
        let mut residual = b;
        let mut steps = 0.0;
        let mut effort = 0.0;
        #[bound(64)]
        while residual.norm() > 1e-4 {
            speed = speed * inertia + residual * rate;
            x += speed;
            residual = b - a.matmul(x);
            steps += 1.0;
            effort += (residual.norm() / 1e-4).ln_1p();
        }
        (x, steps, effort)
    }

    fn loss(&self, a: Tensor<4, 4>, b: Tensor<4>) -> Tensor {
        let (_, _, effort) = self.solve(a, b);
        effort
    }
}

/// `A x = b`, with its solution.
struct System {
    a: Tensor<f32, (Const<SIZE>, Const<SIZE>)>,
    b: Tensor<f32, (Const<SIZE>,)>,
    x: [f32; SIZE],
}

impl System {
    /// A random symmetric system. `coupling`, below 1, is how much the equations depend on each other.
    fn random(coupling: f32, seed: &mut u32) -> System {
        let mut uniform = || {
            *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (*seed >> 8) as f32 / (1 << 24) as f32
        };
        let scales = [(); SIZE].map(|()| 1.0 + uniform());
        let mut a = [[0.0; SIZE]; SIZE];
        for (row, column) in (0..SIZE * SIZE).map(|index| (index / SIZE, index % SIZE)) {
            let share = if row == column { 1.0 } else { -coupling / (SIZE - 1) as f32 };
            a[row][column] = share * scales[row] * scales[column];
        }
        let x = [(); SIZE].map(|()| 2.0 * uniform() - 1.0);
        let b = a.map(|row| row.iter().zip(&x).map(|(a, x)| a * x).sum());
        System {
            a: Tensor::from_vec((Const, Const), a.concat()),
            b: Tensor::from_vec((Const,), b.to_vec()),
            x,
        }
    }
}

fn main() {
    let mut seed = 1;
    let mut solver = Solver::new(Device::cpu(), 0);
    let tests = [0.0, 0.3, 0.6, 0.9].map(|coupling| System::random(coupling, &mut seed));
    let num_steps =
        |solver: &Solver| tests.each_ref().map(|test| solver.solve(&test.a, &test.b).1.as_slice()[0]);
    let before = num_steps(&solver);

    let mut optimizer = Adam::new(1e-2);
    let (mut workspace, mut grads) = (solver.workspace(), solver.zero_grads());
    for step in 0..1000 {
        let system = System::random((step % 10) as f32 / 10.0, &mut seed);
        solver.loss_grad_into(&mut workspace, &system.a, &system.b, &mut grads);
        optimizer.step(&mut solver, &mut grads);
    }

    println!("coupling of the equations  steps untrained  steps trained");
    let after = num_steps(&solver);
    let mut max_error = 0.0f32;
    for (index, test) in tests.iter().enumerate() {
        println!("{:25.1}  {:15}  {:13}", 0.3 * index as f32, before[index], after[index]);
        let (found, ..) = solver.solve(&test.a, &test.b);
        for (found, exact) in found.as_slice().iter().zip(test.x) {
            max_error = max_error.max((found - exact).abs());
        }
    }
    println!("maximal error: {max_error:.1e}");
}
