//! Comparisons of vectors as layers.

use crate::model;

/// Cosine of the angle between vectors along an axis, PyTorch's `CosineSimilarity`.
///
/// # Shapes
/// - `x`, `other`: equal
/// - result: without the axis
///
/// # Settings
/// `axis = 1`, `eps = 1e-8`.
#[model(part)]
pub struct CosineSimilarity {
    #[default(1)]
    axis: isize,
    #[default(1e-8)]
    eps: f32,
}

#[model]
impl CosineSimilarity {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>, other: Tensor<_>) -> Tensor<Inferred> {
        x.cosine_similarity(other, axis = self.axis, eps = self.eps)
    }
}

/// Distance `‖x - other + eps‖_p` of vectors along the last axis, PyTorch's `PairwiseDistance`.
///
/// # Shapes
/// - `x`, `other`: `[…, features]`
/// - result: `[…]`, or `[…, 1]` with `keepdim`
///
/// # Settings
/// `p = 2`, `eps = 1e-6`, `keepdim = false`.
#[model(part)]
pub struct PairwiseDistance {
    #[default(2.0)]
    p: f32,
    #[default(1e-6)]
    eps: f32,
    #[default(false)]
    keepdim: bool,
}

#[model]
impl PairwiseDistance {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>, other: Tensor<_>) -> Tensor<Inferred> {
        x.pairwise_distance(other, p = self.p, eps = self.eps, keepdim = self.keepdim)
    }
}
