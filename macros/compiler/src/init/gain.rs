//! Gains of nonlinearities, as ratios so that each variance is rounded once.

pub(super) const NONLINEARITIES: &[&str] = &[
    "linear",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "sigmoid",
    "tanh",
    "relu",
    "leaky_relu",
    "selu",
];

/// Whether a call in an initialiser names a nonlinearity, not a function of the user's.
pub fn is_nonlinearity(path: &syn::Path) -> bool {
    path.get_ident().is_some_and(|ident| NONLINEARITIES.contains(&ident.to_string().as_str()))
}

/// A variance, or the square of a gain: numerator and denominator, so that it is rounded once.
pub(super) type Ratio = (f64, f64);

pub(super) fn over((numerator, denominator): Ratio, divisor: f64) -> Ratio {
    (numerator, denominator * divisor)
}

pub(super) fn root((numerator, denominator): Ratio) -> f64 {
    (numerator / denominator).sqrt()
}

/// The square of the factor that keeps the size of what passes a nonlinearity, as PyTorch's `calculate_gain`.
pub(super) fn gain_of(nonlinearity: &str, negative_slope: f64) -> Ratio {
    match nonlinearity {
        "tanh" => (25.0, 9.0),
        "relu" => (2.0, 1.0),
        "leaky_relu" => leaky_relu_gain(negative_slope),
        "selu" => (9.0, 16.0),
        _ => (1.0, 1.0),
    }
}

pub(super) fn leaky_relu_gain(negative_slope: f64) -> Ratio {
    (2.0, 1.0 + negative_slope * negative_slope)
}
