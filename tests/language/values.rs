//! Hyper-parameters of every type, texts among them, and functions that return indices.

use macrograd::prelude::*;

/// Combines elements as its settings say.
#[model(part)]
pub struct Combine {
    #[default("mean")]
    reduction: &'static str,
    #[default(-1)]
    axis: isize,
    #[default(1)]
    factors: [usize; 3],
}

#[model]
impl Combine {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor<Inferred> {
        let scaled = x * (self.factors[0] * self.factors[1] * self.factors[2]) as f32;
        if self.reduction == "mean" {
            scaled.mean(self.axis)
        } else if self.reduction == "sum" {
            scaled.sum(self.axis)
        } else {
            scaled
        }
    }
}

#[model]
pub struct Settings {
    mean: Combine,
    #[with(reduction = "sum", axis = 0, factors = [1, 2, 3])]
    sum: Combine,
    #[with(reduction = "none", factors = 2)]
    none: Combine,
}

#[model]
impl Settings {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 4>) -> (Tensor<N>, Tensor<4>, Tensor<N, 4>) {
        (self.mean(x), self.sum(x), self.none(x))
    }
}

#[test]
fn settings_are_texts_signed_numbers_and_lists() {
    let net = Settings::new(Device::cpu(), 0);
    let x = Tensor::from_vec((2, Const::<4>), vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
    let (mean, sum, none) = net.forward(&x);
    assert_eq!(mean.as_slice(), [2.5, 6.5]);
    assert_eq!(sum.as_slice(), [36.0, 48.0, 60.0, 72.0]);
    assert_eq!(none.as_slice()[..3], [8.0, 16.0, 24.0]);
}

/// The best class of each row beside the scores.
#[model]
pub struct Classify {
    layer: nn::Linear<3, 5>,
}

#[model]
impl Classify {
    pub fn classes<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<u32, N> {
        self.layer(x).argmax(1)
    }

    pub fn both<N: Dim>(&self, x: Tensor<N, 3>) -> (Tensor<N, 5>, Tensor<u32, N>) {
        let scores = self.layer(x);
        (scores, scores.argmax(-1))
    }

    pub fn best<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<u32> {
        self.layer(x).argmax()
    }

    /// Indices in the arena: made, kept for the backward pass, and used as numbers.
    pub fn loss<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor {
        let scores = self.layer(x);
        (scores * (scores.argmax(1, keepdim = true) as f32)).sum()
    }
}

#[test]
fn functions_return_indices() {
    let net = Classify::new(Device::cpu(), 3);
    let x = Tensor::from_fn((7, Const::<3>), |index| ((index[0] * 3 + index[1] * 5) % 7) as f32 - 3.0);
    let (scores, classes) = net.both(&x);
    let expected: Vec<u32> = (0..7)
        .map(|row| {
            let row = scores.row(row);
            (1..5).fold(0, |best, place| if row[place] > row[best as usize] { place as u32 } else { best })
        })
        .collect();
    assert_eq!(classes.as_slice(), expected);
    let alone: Tensor<u32, (usize,)> = net.classes(&x);
    assert_eq!(alone.as_slice(), expected);
    let all = scores.as_slice();
    let best = net.best(&x).as_slice()[0] as usize;
    assert!(all.iter().all(|&score| score <= all[best]));
}

#[test]
fn indices_beside_gradients() {
    let net = Classify::new(Device::cpu(), 3);
    let x = Tensor::from_fn((7, Const::<3>), |index| ((index[0] * 3 + index[1] * 5) % 7) as f32 - 3.0);
    let (scores, classes) = net.both(&x);
    let (loss, grads) = net.loss_grad(&x);
    let expected: f32 =
        (0..7).map(|row| scores.row(row).iter().sum::<f32>() * classes.as_slice()[row] as f32).sum();
    assert!((loss - expected).abs() <= 1e-4 * expected.abs().max(1.0), "{loss}, expected {expected}");
    let bias: f32 = classes.as_slice().iter().map(|&class| class as f32).sum();
    assert!(grads.layer().bias().as_slice().iter().all(|&grad| (grad - bias).abs() <= 1e-4 * bias.max(1.0)));

    // Two halves: indices that are results have no gradient of their own.
    let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
    let ((scores, classes), saved) = net.both_train(&mut workspace, &x);
    assert_eq!(classes.as_slice().len(), 7);
    let seed = Tensor::full((7, Const::<5>), 1.0);
    let grad_x = saved.backward(&net, &seed, &mut grads);
    assert_eq!(grad_x.numel(), 21);
    assert!(grads.layer().bias().as_slice().iter().all(|&grad| (grad - 7.0).abs() < 1e-5));
    assert_eq!(scores.numel(), 35);
}
