//! Against PyTorch in float64 (`tests/golden/double.py`): loss, gradients, and five steps of Adam, to 1e-12 of the
//! largest element of each tensor.

use crate::support::Golden;
use macrograd::optim::Adam;
use macrograd::prelude::*;

#[model(dtype = f64)]
pub struct Mlp {
    hidden: nn::Linear<7, 33>,
    norm: nn::LayerNorm<33>,
    output: nn::Linear<33, 5>,
}

#[model]
impl Mlp {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 7>, label: Tensor<i64, N>) -> Tensor {
        self.output(self.norm(self.hidden(x)).gelu()).cross_entropy(label)
    }
}

#[model(dtype = f64)]
pub struct Conv {
    #[with(padding = 1, bias = false)]
    conv1: nn::Conv2d<3, 8, 3>,
    norm: nn::BatchNorm2d<8>,
    #[with(stride = 2)]
    conv2: nn::Conv2d<8, 6, 3>,
    fc: nn::Linear<24, 4>,
}

#[model]
impl Conv {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 3, 11, 11>, y: Tensor<N, 4>) -> Tensor {
        let x = self.norm(self.conv1(x)).silu().max_pool2d(2);
        let x = self.conv2(x).softplus().avg_pool2d(1);
        self.fc(x.flatten(1)).mse_loss(y)
    }
}

#[model(dtype = f64)]
pub struct Sequence {
    lstm: nn::Lstm<4, 9, 2>,
    fc: nn::Linear<9, 3>,
}

#[model]
impl Sequence {
    pub fn loss<N: Dim, T: Dim>(&self, x: Tensor<N, T, 4>, y: Tensor<N, T, 3>) -> Tensor {
        self.fc(self.lstm(x)).huber_loss(y)
    }
}

#[model(dtype = f64)]
pub struct Transformer {
    #[with(dropout = 0.0, activation = "gelu")]
    encoder: nn::TransformerEncoderLayer<12, 3, 20>,
    fc: nn::Linear<12, 2>,
}

#[model]
impl Transformer {
    pub fn loss<N: Dim, T: Dim>(&self, x: Tensor<N, T, 12>, y: Tensor<N, T, 2>) -> Tensor {
        (self.fc(self.encoder(x)).sigmoid() - y).square().mean()
    }
}

const LIMIT: f64 = 1e-12;

/// Trains a model whose parameters are those of a case, and compares all that the case holds.
#[track_caller]
fn check<M: Model<Float = f64>>(case: &str, mut step: impl FnMut(&M, &Golden, &mut M::Grads) -> f64) {
    let golden = Golden::read(case);
    let mut model = M::from_state(macrograd::__private::state::State::new(M::layout(), 0));
    golden.load_into(&mut model);
    let (mut grads, mut optimizer) = (M::Grads::zeros(), Adam::new(0.01));
    for (index, expected) in golden.get("losses").into_iter().enumerate() {
        let loss = step(&model, &golden, &mut grads);
        assert!(
            (loss - expected).abs() <= LIMIT * expected.abs(),
            "{case}, step {index}: {loss}, PyTorch {expected}"
        );
        if index == 0 {
            golden.assert_all::<M>("grad", grads.gradients().values(), LIMIT);
        }
        optimizer.step(&mut model, &mut grads);
    }
    // Adam divides by the root of squares: a small gradient's error is enlarged.
    golden.assert_all::<M>("after", model.state().values(), 1e2 * LIMIT);
}

#[test]
fn mlp() {
    let mut workspace = Workspace::new();
    check::<Mlp>("mlp", |net, golden, grads| {
        let x = Tensor::from_vec((19, Const::<7>), golden.get("input.x"));
        let label = Tensor::from_vec((19,), golden.whole("input.label"));
        net.loss_grad_into(&mut workspace, &x, &label, grads)
    });
}

#[test]
fn convolutions_and_batch_norm() {
    let mut workspace = Workspace::new();
    check::<Conv>("conv", |net, golden, grads| {
        let x = Tensor::from_vec((5, Const::<3>, Const::<11>, Const::<11>), golden.get("input.x"));
        let y = Tensor::from_vec((5, Const::<4>), golden.get("input.y"));
        net.loss_grad_into(&mut workspace, &x, &y, grads)
    });
}

#[test]
fn lstm() {
    let mut workspace = Workspace::new();
    check::<Sequence>("lstm", |net, golden, grads| {
        let x = Tensor::from_vec((3, 6, Const::<4>), golden.get("input.x"));
        let y = Tensor::from_vec((3, 6, Const::<3>), golden.get("input.y"));
        net.loss_grad_into(&mut workspace, &x, &y, grads)
    });
}

#[test]
fn transformer() {
    let mut workspace = Workspace::new();
    check::<Transformer>("transformer", |net, golden, grads| {
        let x = Tensor::from_vec((2, 17, Const::<12>), golden.get("input.x"));
        let y = Tensor::from_vec((2, 17, Const::<2>), golden.get("input.y"));
        net.loss_grad_into(&mut workspace, &x, &y, grads)
    });
}
