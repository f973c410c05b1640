//! Gradients against central differences through the compiled functions themselves, which f64 makes sharp.

use macrograd::__private::state::Kind;
use macrograd::prelude::*;

#[model(dtype = f64)]
pub struct Images {
    conv: nn::Conv2d<2, 4, 3>,
    norm: nn::GroupNorm<2, 4>,
    up: nn::ConvTranspose2d<4, 3, 2>,
    fc: nn::Linear<12, 5>,
}

#[model]
impl Images {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 2, 9, 9>, label: Tensor<u16, N>) -> Tensor {
        let x = self.norm(self.conv(x)).mish().max_pool2d(2);
        let x = self.up(x).sin().adaptive_avg_pool2d(2);
        let scores = self.fc(x.flatten(1));
        let (sorted, _) = scores.sort(1);
        scores.cross_entropy(label)
            + 0.1 * scores.logsumexp(1).mean()
            + 0.01 * sorted.cumsum(1).square().sum()
    }
}

#[model(dtype = f64)]
pub struct Sequences {
    embedding: nn::Embedding<11, 6>,
    gru: nn::Gru<6, 6, 1>,
    attention: nn::MultiHeadAttention<6, 2>,
    norm: nn::RmsNorm<6>,
    scale: Param<6>,
}

#[model]
impl Sequences {
    pub fn loss<N: Dim, T: Dim>(&self, token: Tensor<i32, N, T>, y: Tensor<N, T, 6>) -> Tensor {
        let x = self.gru(self.embedding(token));
        let x = x + self.attention(self.norm(x));
        let x = select(x > 0.1, (x.square() + 0.01).pow(0.75), x.atan() * self.scale.softplus()).erf();
        ((x - y).square() + 0.1).pow(0.65).mean()
            + x.var([0, 1]).sum()
            + (x.square().sum(2) + 1.0).ln().mean()
    }

    fn wave<N: Dim>(&self, t: Tensor<N>) -> Tensor {
        (t.unsqueeze(1) * self.scale).tanh().sum()
    }

    /// A derivative in the loss: the slope of a function of a parameter.
    pub fn slope<N: Dim>(&self, t: Tensor<N>) -> Tensor {
        (grad(self.wave, t) + t).square().mean()
    }
}

/// Numbers in [-1, 1) without a pattern, in which windows of an image would be equal.
fn numbers(count: usize) -> Vec<f64> {
    let hash = |index: usize| (index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = |x: u64| (x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (0..count).map(|index| (mixed(hash(index)) >> 11) as f64 / (1u64 << 52) as f64 - 1.0).collect()
}

/// The derivative along a direction, by the gradient and by differences of eighth order, whose points are close enough
/// to each other that no maximum changes its place.
#[track_caller]
fn check<M: Model<Float = f64>>(model: &M, grads: &M::Grads, loss: impl Fn(&M) -> f64) {
    const STEP: f64 = 2e-5;
    const WEIGHTS: [f64; 4] = [4.0 / 5.0, -1.0 / 5.0, 4.0 / 105.0, -1.0 / 280.0];
    let layout = M::layout();
    let mut direction = numbers(layout.trainable_len);
    for (index, element) in direction.iter_mut().enumerate() {
        let is_in = |tensor: &&macrograd::__private::state::TensorInfo| {
            tensor.kind == Kind::Trainable && (tensor.offset..tensor.offset + tensor.numel()).contains(&index)
        };
        if !layout.tensors.iter().any(|tensor| is_in(&tensor)) {
            *element = 0.0;
        }
    }
    let at = |t: f64| {
        let mut moved = M::from_state(model.state().clone());
        let values = moved.state_mut().values_mut();
        values.iter_mut().zip(&direction).for_each(|(value, direction)| *value += t * direction);
        loss(&moved)
    };
    let difference: f64 = WEIGHTS
        .iter()
        .enumerate()
        .map(|(index, weight)| {
            let t = STEP * (index + 1) as f64;
            weight * (at(t) - at(-t))
        })
        .sum::<f64>()
        / STEP;
    let gradient: f64 = grads.gradients().values().iter().zip(&direction).map(|(g, d)| g * d).sum();
    let error = (difference - gradient).abs() / gradient.abs();
    assert!(error < 1e-7, "{gradient} by the gradient, {difference} by differences, {error:e} apart");
}

#[test]
fn images() {
    let net = Images::new(Device::cpu(), 4);
    let x = Tensor::from_vec((3, Const::<2>, Const::<9>, Const::<9>), numbers(3 * 2 * 81));
    let label = Tensor::from_vec((3,), vec![4, 0, 2]);
    let (_, grads) = net.loss_grad(&x, &label);
    check(&net, &grads, |net| net.loss(&x, &label));
}

#[test]
fn sequences() {
    let net = Sequences::new(Device::cpu(), 4);
    let token = Tensor::from_vec((2, 5), vec![1, 4, 10, 0, 3, 3, 2, 9, 7, 5]);
    let y = Tensor::from_vec((2, 5, Const::<6>), numbers(60));
    let (_, grads) = net.loss_grad(&token, &y);
    check(&net, &grads, |net| net.loss(&token, &y));
}

#[test]
fn derivatives_inside_the_loss() {
    let net = Sequences::new(Device::cpu(), 4);
    let t = Tensor::from_vec((7,), numbers(7));
    let (_, grads) = net.slope_grad(&t);
    check(&net, &grads, |net| net.slope(&t));
}
