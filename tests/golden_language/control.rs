//! Loops over time and loops whose length the data decides.

use crate::case::Case;
use macrograd::prelude::*;

/// Long short-term memory as a user writes it: `nn::Lstm` is not used.
#[model]
pub struct WrittenLstm {
    input: nn::Linear<5, 24>,
    state: nn::Linear<6, 24>,
    head: nn::Linear<6, 3>,
}

#[model]
impl WrittenLstm {
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 5>) -> Tensor<N, T, 3> {
        let mut h = zeros([N, 6]);
        let mut c = zeros([N, 6]);
        let mut ys = Vec::new();
        for t in 0..T {
            let [i, f, g, o] = (self.input(x.at(1, t)) + self.state(h)).chunk(4, 1);
            c = f.sigmoid() * c + i.sigmoid() * g.tanh();
            h = o.sigmoid() * c.tanh();
            ys.push(self.head(h));
        }
        ys.stack(1)
    }

    pub fn loss<N: Dim, T: Dim>(&self, x: Tensor<N, T, 5>, target: Tensor<N, T, 3>) -> Tensor {
        self.forward(x).mse_loss(target)
    }
}

#[test]
fn a_written_lstm() {
    let case = Case::read("language", "lstm");
    let mut net = WrittenLstm::new(Device::cpu(), 1);
    case.load(&mut net);
    let x = case.tensor("input.x", (3, 9, Const::<5>));
    let target = case.tensor("input.target", (3, 9, Const::<3>));
    case.compare("out", net.forward(&x).as_slice());

    let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
    let (loss, saved) = net.loss_train(&mut workspace, &x, &target);
    case.compare("loss", &[loss]);
    let (grad_x, grad_target) = saved.backward(&net, 1.0, &mut grads);
    case.compare("grad_input.x", grad_x.as_slice());
    case.compare("grad_input.target", grad_target.as_slice());
    case.compare_grads(&mut net, &mut grads);
    case.finish();
}

/// A layer that runs until its state is small.
#[model]
pub struct Adaptive {
    input: nn::Linear<4, 6>,
    step: nn::Linear<6, 6>,
    head: nn::Linear<6, 3>,
}

#[model]
impl Adaptive {
    /// The result, and how many steps it took.
    pub fn forward<N: Dim>(&self, x: Tensor<N, 4>) -> (Tensor<N, 3>, Tensor) {
        let mut h = self.input(x);
        let mut steps = 0.0;
        #[bound(40)]
        while h.norm() > 0.5 {
            h = self.step(h).tanh();
            steps = steps + 1.0;
        }
        (self.head(h), steps)
    }

    pub fn loss<N: Dim>(&self, x: Tensor<N, 4>, target: Tensor<N, 3>) -> Tensor {
        let (y, _) = self.forward(x);
        y.mse_loss(target)
    }
}

#[test]
fn a_depth_that_the_data_decides() {
    for (name, steps) in [("few_steps", 3.0), ("many_steps", 13.0)] {
        let case = Case::read("language", name);
        assert_eq!(case.get("steps"), [steps]);
        let mut net = Adaptive::new(Device::cpu(), 1);
        case.load(&mut net);
        let x = case.tensor("input.x", (3, Const::<4>));
        let target = case.tensor("input.target", (3, Const::<3>));
        let (y, steps) = net.forward(&x);
        case.compare("out", y.as_slice());
        case.compare("steps", steps.as_slice());

        let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
        let (loss, saved) = net.loss_train(&mut workspace, &x, &target);
        case.compare("loss", &[loss]);
        let (grad_x, grad_target) = saved.backward(&net, 1.0, &mut grads);
        case.compare("grad_input.x", grad_x.as_slice());
        case.compare("grad_input.target", grad_target.as_slice());
        case.compare_grads(&mut net, &mut grads);
        case.finish();
    }
}
