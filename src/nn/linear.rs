//! Linear layers and what leads up to them.

use crate::model;

/// `y = x Wᵀ + b`, PyTorch's `Linear`.
///
/// # Shapes
/// - `x`: `[…, INPUT_FEATURES]`
/// - result: `[…, OUTPUT_FEATURES]`
/// - `weight`: `[OUTPUT_FEATURES, INPUT_FEATURES]`, `bias`: `[OUTPUT_FEATURES]`
///
/// # Settings
/// `bias = true`. Both start uniform in ±1/√INPUT_FEATURES, as in PyTorch.
#[model(part)]
pub struct Linear<const INPUT_FEATURES: usize, const OUTPUT_FEATURES: usize> {
    #[init(kaiming_uniform(sqrt(5.0)))]
    weight: Param<OUTPUT_FEATURES, INPUT_FEATURES>,
    #[init(uniform(1.0 / sqrt(INPUT_FEATURES)))]
    bias: Option<Param<OUTPUT_FEATURES>>,
}

#[model]
impl<const INPUT_FEATURES: usize, const OUTPUT_FEATURES: usize> Linear<INPUT_FEATURES, OUTPUT_FEATURES> {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_, INPUT_FEATURES>) -> Tensor<_, OUTPUT_FEATURES> {
        let y = x.matmul(self.weight.t());
        if let Some(bias) = self.bias { y + bias } else { y }
    }
}

/// Flattens the axes from `start` on into one, PyTorch's `Flatten`.
///
/// # Settings
/// `start = 1`.
#[model(part)]
pub struct Flatten {
    #[default(1)]
    start: usize,
}

#[model]
impl Flatten {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<Inferred> {
        x.flatten(self.start)
    }
}
