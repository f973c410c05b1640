//! Linear layers and what leads up to them.

use crate::model;

/// Linear layers: they differ in where the weight comes from. `$fields` are the fields that it is made of, `$weight` is
/// the weight, `$functions` are the functions that make it.
macro_rules! linear {
    ($(#[$doc:meta])* $name:ident, [$($fields:tt)*], [$($weight:tt)*], [$($functions:tt)*]) => {
        $(#[$doc])*
        #[model(part)]
        pub struct $name<const INPUT_FEATURES: usize, const OUTPUT_FEATURES: usize> {
            $($fields)*
            #[init(uniform(1.0 / sqrt(INPUT_FEATURES)))]
            bias: Option<Param<OUTPUT_FEATURES>>,
        }

        #[model]
        impl<const INPUT_FEATURES: usize, const OUTPUT_FEATURES: usize> $name<INPUT_FEATURES, OUTPUT_FEATURES> {
            #[track_caller]
            pub fn forward(&self, x: Tensor<_, INPUT_FEATURES>) -> Tensor<_, OUTPUT_FEATURES> {
                let y = x.matmul($($weight)*.t());
                if let Some(bias) = self.bias { y + bias } else { y }
            }

            $($functions)*
        }
    };
}

pub(super) use linear;

linear! {
    /// `y = x Wᵀ + b`, PyTorch's `Linear`.
    ///
    /// # Shapes
    /// - `x`: `[…, INPUT_FEATURES]`
    /// - result: `[…, OUTPUT_FEATURES]`
    /// - `weight`: `[OUTPUT_FEATURES, INPUT_FEATURES]`, `bias`: `[OUTPUT_FEATURES]`
    ///
    /// # Settings
    /// `bias = true`. Both start uniform in ±1/√INPUT_FEATURES, as in PyTorch.
    Linear,
    [
        #[init(kaiming_uniform(sqrt(5.0)))]
        weight: Param<OUTPUT_FEATURES, INPUT_FEATURES>,
    ],
    [self.weight], []
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

/// A layer that splits an axis: the layers differ in the number of its parts.
macro_rules! unflatten {
    ($(#[$doc:meta])* $name:ident, [$($generics:tt)*], [$($sizes:tt)*], $count:tt) => {
        $(#[$doc])*
        #[model(part)]
        pub struct $name<$($generics)*> {
            #[default(1)]
            axis: isize,
            #[default([$($sizes)*])]
            sizes: [isize; $count],
        }

        #[model]
        impl<$($generics)*> $name<$($sizes)*> {
            #[track_caller]
            pub fn forward(&self, x: Tensor<_>) -> Tensor<Inferred> {
                x.unflatten(self.axis, self.sizes)
            }
        }
    };
}

unflatten! {
    /// Splits an axis into two, PyTorch's `Unflatten(1, (FIRST, SECOND))`.
    ///
    /// # Shapes
    /// - `x`: `[N, FIRST · SECOND, …]`
    /// - result: `[N, FIRST, SECOND, …]`
    ///
    /// # Settings
    /// `axis = 1`; `sizes = [FIRST, SECOND]`, of which one may be -1, which follows from the other.
    Unflatten2, [const FIRST: usize, const SECOND: usize], [FIRST, SECOND], 2
}

unflatten! {
    /// Splits an axis into three, PyTorch's `Unflatten(1, (CHANNELS, HEIGHT, WIDTH))`: features become an image.
    ///
    /// # Shapes
    /// - `x`: `[N, CHANNELS · HEIGHT · WIDTH, …]`
    /// - result: `[N, CHANNELS, HEIGHT, WIDTH, …]`
    ///
    /// # Settings
    /// `axis = 1`; `sizes = [CHANNELS, HEIGHT, WIDTH]`, of which one may be -1, which follows from the others.
    Unflatten3,
    [const CHANNELS: usize, const HEIGHT: usize, const WIDTH: usize],
    [CHANNELS, HEIGHT, WIDTH],
    3
}

unflatten! {
    /// Splits an axis into four, PyTorch's `Unflatten(1, (CHANNELS, DEPTH, HEIGHT, WIDTH))`: features become a volume.
    ///
    /// # Shapes
    /// - `x`: `[N, CHANNELS · DEPTH · HEIGHT · WIDTH, …]`
    /// - result: `[N, CHANNELS, DEPTH, HEIGHT, WIDTH, …]`
    ///
    /// # Settings
    /// `axis = 1`; `sizes = [CHANNELS, DEPTH, HEIGHT, WIDTH]`, of which one may be -1, which follows from the others.
    Unflatten4,
    [const CHANNELS: usize, const DEPTH: usize, const HEIGHT: usize, const WIDTH: usize],
    [CHANNELS, DEPTH, HEIGHT, WIDTH],
    4
}
