//! Samples of a batch mixed with each other.

use macrograd_runtime::random::Philox;
use macrograd_runtime::{Shape, Tensor};

use super::Images;
use super::chance::beta;

/// A label as chances of `K` classes: 1 for its own, 0 for all others.
///
/// # Panics
/// When the label is not below `K`.
#[track_caller]
pub fn one_hot<const K: usize>(label: impl TryInto<usize>) -> [f32; K] {
    let label = label.try_into().unwrap_or(usize::MAX);
    assert!(label < K, "a label is not one of the {K} classes, which are numbered from 0");
    std::array::from_fn(|class| f32::from(u8::from(class == label)))
}

/// Each sample mixed with another one of the batch, and its target in the same way: `share * x + (1 - share) * other`, where
/// the share is drawn from Beta(`alpha`, `alpha`) once for the batch. Usual is an `alpha` of 0.2.
///
/// ```
/// use macrograd::data::augment::{mixup, one_hot};
/// use macrograd::data::{Dataset, Loader};
///
/// let samples: Vec<([f32; 2], u8)> = (0..10).map(|i| ([f32::from(i), 1.0], i % 3)).collect();
/// let data = samples.map(|(x, label)| (x, one_hot::<3>(label)));
/// let loader =
///     Loader::new(data, 5).shuffle(/* seed */ 7).map_batch(|(x, target), random| mixup(x, target, 0.2, random));
/// for batch in loader.epoch(0) {
///     let (_, target) = batch?;
///     assert!(target.as_slice().chunks(3).all(|chances| (chances.iter().sum::<f32>() - 1.0).abs() < 1e-6));
/// }
/// # Ok::<(), macrograd::Error>(())
/// ```
///
/// # Panics
/// When `alpha` is not positive and finite.
///
/// # Source
/// Zhang et al., "mixup: Beyond Empirical Risk Minimization", <https://arxiv.org/abs/1710.09412>.
#[track_caller]
pub fn mixup<S: Shape, T: Shape>(
    inputs: Tensor<f32, S>,
    targets: Tensor<f32, T>,
    alpha: f32,
    random: &mut Philox,
) -> (Tensor<f32, S>, Tensor<f32, T>) {
    let share = beta(alpha, random);
    let order = partners(inputs.shape().sizes().as_ref()[0], random);
    (mixed(inputs, &order, share), mixed(targets, &order, share))
}

/// Each image with a rectangle of another one of the batch, at the same place, and its target mixed by areas; the area
/// that stays is drawn from Beta(`alpha`, `alpha`) once for the batch. Usual is an `alpha` of 1.
///
/// # Panics
/// When `alpha` is not positive and finite.
///
/// # Source
/// Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable Features",
/// <https://arxiv.org/abs/1905.04899>.
#[track_caller]
pub fn cutmix<const C: usize, const H: usize, const W: usize, T: Shape>(
    images: Images<C, H, W>,
    targets: Tensor<f32, T>,
    alpha: f32,
    random: &mut Philox,
) -> (Images<C, H, W>, Tensor<f32, T>) {
    let side = (1.0 - beta(alpha, random)).sqrt();
    let order = partners(images.shape().0, random);
    let span = |length: usize, random: &mut Philox| {
        let (centre, half) = (random.below(length), (side * length as f32 * 0.5) as usize);
        (centre.saturating_sub(half), (centre + half).min(length))
    };
    let ((top, bottom), (left, right)) = (span(H, random), span(W, random));
    let (source, mut images) = (images.clone(), images);
    for (image, &partner) in order.iter().enumerate() {
        for channel in 0..C {
            for row in top..bottom {
                let place = |image: usize| ((image * C + channel) * H + row) * W;
                images.as_mut_slice()[place(image) + left..place(image) + right]
                    .copy_from_slice(&source.as_slice()[place(partner) + left..place(partner) + right]);
            }
        }
    }
    // What the rectangle really covers: a part of it may be outside.
    let share = 1.0 - ((bottom - top) * (right - left)) as f32 / (H * W) as f32;
    (images, mixed(targets, &order, share))
}

/// With whom each sample is mixed.
fn partners(len: usize, random: &mut Philox) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    random.shuffle(&mut order);
    order
}

fn mixed<S: Shape>(tensor: Tensor<f32, S>, order: &[usize], share: f32) -> Tensor<f32, S> {
    let (source, mut tensor) = (tensor.clone(), tensor);
    let width = source.numel() / order.len().max(1);
    for (sample, &partner) in order.iter().enumerate() {
        let other = &source.as_slice()[partner * width..(partner + 1) * width];
        let own = &mut tensor.as_mut_slice()[sample * width..(sample + 1) * width];
        own.iter_mut().zip(other).for_each(|(x, y)| *x = share * *x + (1.0 - share) * y);
    }
    tensor
}
