//! Dropout.

use crate::model;

/// Zeroes each element with probability `rate` in training and scales the others by `1 / (1 - rate)`; the identity in
/// inference. PyTorch's `Dropout`.
///
/// # Settings
/// `rate = 0.5`.
#[model(part)]
pub struct Dropout {
    #[default(0.5)]
    rate: f32,
}

#[model]
impl Dropout {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        if training() { x.dropout(self.rate) } else { x }
    }
}
