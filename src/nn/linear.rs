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

/// `y_k = Σ_ij x_i weight_kij other_j + bias_k`, PyTorch's `Bilinear`.
///
/// # Shapes
/// - `x`: `[…, FIRST_FEATURES]`, `other`: `[…, SECOND_FEATURES]`
/// - result: `[…, OUTPUT_FEATURES]`
/// - `weight`: `[OUTPUT_FEATURES, FIRST_FEATURES, SECOND_FEATURES]`, `bias`: `[OUTPUT_FEATURES]`
///
/// # Settings
/// `bias = true`. Both start uniform in ±1/√FIRST_FEATURES, as in PyTorch.
#[model(part)]
pub struct Bilinear<const FIRST_FEATURES: usize, const SECOND_FEATURES: usize, const OUTPUT_FEATURES: usize> {
    #[init(uniform(1.0 / sqrt(FIRST_FEATURES)))]
    weight: Param<OUTPUT_FEATURES, FIRST_FEATURES, SECOND_FEATURES>,
    #[init(uniform(1.0 / sqrt(FIRST_FEATURES)))]
    bias: Option<Param<OUTPUT_FEATURES>>,
}

#[model]
impl<const FIRST_FEATURES: usize, const SECOND_FEATURES: usize, const OUTPUT_FEATURES: usize>
    Bilinear<FIRST_FEATURES, SECOND_FEATURES, OUTPUT_FEATURES>
{
    #[track_caller]
    pub fn forward(
        &self,
        x: Tensor<_, FIRST_FEATURES>,
        other: Tensor<_, SECOND_FEATURES>,
    ) -> Tensor<_, OUTPUT_FEATURES> {
        x.bilinear(other, self.weight, bias = self.bias)
    }
}

/// The input itself, PyTorch's `Identity`.
#[model(part)]
pub struct Identity;

#[model]
impl Identity {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x
    }
}

/// Flattens the axes from `start` to `end` into one, PyTorch's `Flatten`.
///
/// # Settings
/// `start = 1`, `end = -1`.
#[model(part)]
pub struct Flatten {
    #[default(1)]
    start: isize,
    #[default(-1)]
    end: isize,
}

#[model]
impl Flatten {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<Inferred> {
        x.flatten(self.start, self.end)
    }
}

/// Splits axis 1 into two, PyTorch's `Unflatten(1, (FIRST, SECOND))`.
///
/// # Shapes
/// - `x`: `[N, FIRST · SECOND]`
/// - result: `[N, FIRST, SECOND]`
#[model(part)]
pub struct Unflatten2<const FIRST: usize, const SECOND: usize>;

#[model]
impl<const FIRST: usize, const SECOND: usize> Unflatten2<FIRST, SECOND> {
    #[track_caller]
    pub fn forward<N: Dim>(&self, x: Tensor<N, { FIRST * SECOND }>) -> Tensor<N, FIRST, SECOND> {
        x.reshape([N, FIRST, SECOND])
    }
}

/// Splits axis 1 into three, PyTorch's `Unflatten(1, (CHANNELS, HEIGHT, WIDTH))`: features become an image.
///
/// # Shapes
/// - `x`: `[N, CHANNELS · HEIGHT · WIDTH]`
/// - result: `[N, CHANNELS, HEIGHT, WIDTH]`
#[model(part)]
pub struct Unflatten3<const CHANNELS: usize, const HEIGHT: usize, const WIDTH: usize>;

#[model]
impl<const CHANNELS: usize, const HEIGHT: usize, const WIDTH: usize> Unflatten3<CHANNELS, HEIGHT, WIDTH> {
    #[track_caller]
    pub fn forward<N: Dim>(
        &self,
        x: Tensor<N, { CHANNELS * HEIGHT * WIDTH }>,
    ) -> Tensor<N, CHANNELS, HEIGHT, WIDTH> {
        x.reshape([N, CHANNELS, HEIGHT, WIDTH])
    }
}
