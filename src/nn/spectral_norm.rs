//! Spectral normalisation: layers whose weight is divided by its largest singular value.

use super::conv::conv;
use super::conv_transpose::conv_transpose;
use super::linear::linear;
use crate::model;

/// A layer of `$layer` whose weight, as a matrix of `$rows` by `$cols`, is divided by its largest singular value. `$what`
/// is what the layer is told besides, `$shape` the shape of the weight, `$turned` what turns it so that the rows of the
/// matrix come first.
macro_rules! spectral_norm {
    (
        $(#[$doc:meta])* $layer:ident, [$($what:tt)*], [$($rows:tt)*], [$($cols:tt)*], [$($shape:tt)*], [$($turned:tt)*]
    ) => {
        $layer! {
            $(#[$doc])*
            $($what)*
            [
                #[default(1)]
                n_power_iterations: usize,
                #[default(1e-12)]
                eps: f32,
                #[init(kaiming_uniform(sqrt(5.0)))]
                weight_orig: Param<$($shape)*>,
                #[init(orthogonal)]
                weight_u: Buffer<$($rows)*>,
                #[init(orthogonal)]
                weight_v: Buffer<{ $($cols)* }>,
            ],
            [self.weight()],
            [
                /// The weight of the plain layer that does the same. In training the singular vectors take a step.
                #[track_caller]
                pub fn weight(&self) -> Tensor<Inferred> {
                    let matrix = self.weight_orig $($turned)* .flatten(1);
                    let mut u = self.weight_u;
                    let mut v = self.weight_v;
                    if training() {
                        let fixed = matrix.detach();
                        for _ in 0..self.n_power_iterations {
                            v = fixed.t().matmul(u).normalize(axis = 0, eps = self.eps);
                            u = fixed.matmul(v).normalize(axis = 0, eps = self.eps);
                        }
                        self.weight_u.update(u);
                        self.weight_v.update(v);
                    }
                    self.weight_orig / u.dot(matrix.matmul(v))
                }
            ]
        }
    };
}

spectral_norm! {
    /// `y = x Wᵀ / σ + b`, where `σ` is about the largest singular value of `W`, PyTorch's `spectral_norm(Linear(…))`: no
    /// input is stretched by more than a factor of about 1.
    ///
    /// `σ = u · W v`. In training `v` and `u` come closer to the singular vectors before they are used, `v = Wᵀ u / ‖Wᵀ u‖`
    /// and `u = W v / ‖W v‖`, `n_power_iterations` times; they are constants for gradients. Their new values are part of
    /// the gradients and take effect in `optimizer.step`; where a layer is called several times in one step, each call goes
    /// on from the one before, as in PyTorch. Inference uses them as they are. `weight()` is `W / σ`, for use in the plain layer.
    ///
    /// `weight_orig` and `bias` start as those of the plain layer, `weight_u` and `weight_v` as random vectors of length 1.
    ///
    /// # Shapes
    /// - `x`: `[…, INPUT_FEATURES]`
    /// - result: `[…, OUTPUT_FEATURES]`
    /// - `weight_orig`: `[OUTPUT_FEATURES, INPUT_FEATURES]`, `bias`: `[OUTPUT_FEATURES]`
    /// - `weight_u`: `[OUTPUT_FEATURES]`, `weight_v`: `[INPUT_FEATURES]`, both buffers
    ///
    /// # Source
    /// Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018,
    /// <https://arxiv.org/abs/1802.05957>.
    ///
    /// # Settings
    /// `n_power_iterations = 1`; `eps = 1e-12`, the least length that vectors are divided by; `bias = true`.
    linear, [SpectralNormLinear,], [OUTPUT_FEATURES], [INPUT_FEATURES], [OUTPUT_FEATURES, INPUT_FEATURES], []
}

spectral_norm! {
    /// One-dimensional convolution whose weight is divided by about its largest singular value, PyTorch's
    /// `spectral_norm(Conv1d(…))`. The weight counts as a matrix of the first axis by all others; the rest is that of
    /// [`SpectralNormLinear`].
    ///
    /// # Shapes
    /// - `x` and result: those of [`Conv1d`](super::Conv1d)
    /// - `weight_orig`: `[OUTPUT_CHANNELS, INPUT_CHANNELS / groups, kernel_size]`, `bias`: `[OUTPUT_CHANNELS]`
    /// - `weight_u`: `[OUTPUT_CHANNELS]`, `weight_v`: as many as a filter has numbers; both buffers
    ///
    /// # Source
    /// Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018,
    /// <https://arxiv.org/abs/1802.05957>.
    ///
    /// # Settings
    /// `n_power_iterations = 1`, `eps = 1e-12`, and those of [`Conv1d`](super::Conv1d): `kernel_size = KERNEL`,
    /// `stride = 1`, `padding = 0`, `dilation = 1`,
    conv,
    [
        SpectralNormConv1d, conv1d, [usize], [kernel_size], [N: Dim, L: Dim], [L], [1],
    ],
    [OUTPUT_CHANNELS],
    [INPUT_CHANNELS / groups * kernel_size],
    [OUTPUT_CHANNELS, { INPUT_CHANNELS / groups }, kernel_size],
    []
}

spectral_norm! {
    /// Two-dimensional convolution whose weight is divided by about its largest singular value, PyTorch's
    /// `spectral_norm(Conv2d(…))`. The weight counts as a matrix of the first axis by all others; the rest is that of
    /// [`SpectralNormLinear`].
    ///
    /// # Shapes
    /// - `x` and result: those of [`Conv2d`](super::Conv2d)
    /// - `weight_orig`: `[OUTPUT_CHANNELS, INPUT_CHANNELS / groups, kernel_size…]`, `bias`: `[OUTPUT_CHANNELS]`
    /// - `weight_u`: `[OUTPUT_CHANNELS]`, `weight_v`: as many as a filter has numbers; both buffers
    ///
    /// # Source
    /// Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018,
    /// <https://arxiv.org/abs/1802.05957>.
    ///
    /// # Settings
    /// `n_power_iterations = 1`, `eps = 1e-12`, and those of [`Conv2d`](super::Conv2d): `kernel_size = KERNEL`,
    /// `stride = 1`, `padding = 0`, `dilation = 1`,
    conv,
    [
        SpectralNormConv2d, conv2d, [[usize; 2]], [kernel_size[0] * kernel_size[1]],
        [N: Dim, H: Dim, W: Dim], [H, W], [1, 1],
    ],
    [OUTPUT_CHANNELS],
    [INPUT_CHANNELS / groups * kernel_size[0] * kernel_size[1]],
    [OUTPUT_CHANNELS, { INPUT_CHANNELS / groups }, { kernel_size[0] }, { kernel_size[1] }],
    []
}

spectral_norm! {
    /// Three-dimensional convolution whose weight is divided by about its largest singular value, PyTorch's
    /// `spectral_norm(Conv3d(…))`. The weight counts as a matrix of the first axis by all others; the rest is that of
    /// [`SpectralNormLinear`].
    ///
    /// # Shapes
    /// - `x` and result: those of [`Conv3d`](super::Conv3d)
    /// - `weight_orig`: `[OUTPUT_CHANNELS, INPUT_CHANNELS / groups, kernel_size…]`, `bias`: `[OUTPUT_CHANNELS]`
    /// - `weight_u`: `[OUTPUT_CHANNELS]`, `weight_v`: as many as a filter has numbers; both buffers
    ///
    /// # Source
    /// Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018,
    /// <https://arxiv.org/abs/1802.05957>.
    ///
    /// # Settings
    /// `n_power_iterations = 1`, `eps = 1e-12`, and those of [`Conv3d`](super::Conv3d): `kernel_size = KERNEL`,
    /// `stride = 1`, `padding = 0`, `dilation = 1`,
    conv,
    [
        SpectralNormConv3d, conv3d, [[usize; 3]], [kernel_size[0] * kernel_size[1] * kernel_size[2]],
        [N: Dim, D: Dim, H: Dim, W: Dim], [D, H, W], [1, 1, 1],
    ],
    [OUTPUT_CHANNELS],
    [INPUT_CHANNELS / groups * kernel_size[0] * kernel_size[1] * kernel_size[2]],
    [OUTPUT_CHANNELS, { INPUT_CHANNELS / groups }, { kernel_size[0] }, { kernel_size[1] }, { kernel_size[2] }],
    []
}

spectral_norm! {
    /// One-dimensional transposed convolution whose weight is divided by about its largest singular value, PyTorch's
    /// `spectral_norm(ConvTranspose1d(…))`. The weight counts as a matrix of the second axis, the output channels, by all
    /// others; the rest is that of [`SpectralNormLinear`].
    ///
    /// # Shapes
    /// - `x` and result: those of [`ConvTranspose1d`](super::ConvTranspose1d)
    /// - `weight_orig`: `[INPUT_CHANNELS, OUTPUT_CHANNELS / groups, kernel_size]`, `bias`: `[OUTPUT_CHANNELS]`
    /// - `weight_u`: `[OUTPUT_CHANNELS / groups]`, `weight_v`: as many as the weight has numbers for each of them; both
    ///   buffers
    ///
    /// # Source
    /// Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018,
    /// <https://arxiv.org/abs/1802.05957>.
    ///
    /// # Settings
    /// `n_power_iterations = 1`, `eps = 1e-12`, and those of [`ConvTranspose1d`](super::ConvTranspose1d):
    /// `kernel_size = KERNEL`, `stride = 1`, `padding = 0`, `output_padding = 0`, `dilation = 1`,
    conv_transpose,
    [
        SpectralNormConvTranspose1d, conv_transpose1d, [usize], [kernel_size],
        [N: Dim, L: Dim], [L], [1],
    ],
    [{ OUTPUT_CHANNELS / groups }],
    [INPUT_CHANNELS * kernel_size],
    [INPUT_CHANNELS, { OUTPUT_CHANNELS / groups }, kernel_size],
    [.transpose(0, 1)]
}

spectral_norm! {
    /// Two-dimensional transposed convolution whose weight is divided by about its largest singular value, PyTorch's
    /// `spectral_norm(ConvTranspose2d(…))`. The weight counts as a matrix of the second axis, the output channels, by all
    /// others; the rest is that of [`SpectralNormLinear`].
    ///
    /// # Shapes
    /// - `x` and result: those of [`ConvTranspose2d`](super::ConvTranspose2d)
    /// - `weight_orig`: `[INPUT_CHANNELS, OUTPUT_CHANNELS / groups, kernel_size…]`, `bias`: `[OUTPUT_CHANNELS]`
    /// - `weight_u`: `[OUTPUT_CHANNELS / groups]`, `weight_v`: as many as the weight has numbers for each of them; both
    ///   buffers
    ///
    /// # Source
    /// Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018,
    /// <https://arxiv.org/abs/1802.05957>.
    ///
    /// # Settings
    /// `n_power_iterations = 1`, `eps = 1e-12`, and those of [`ConvTranspose2d`](super::ConvTranspose2d):
    /// `kernel_size = KERNEL`, `stride = 1`, `padding = 0`, `output_padding = 0`, `dilation = 1`,
    conv_transpose,
    [
        SpectralNormConvTranspose2d, conv_transpose2d, [[usize; 2]], [kernel_size[0] * kernel_size[1]],
        [N: Dim, H: Dim, W: Dim], [H, W], [1, 1],
    ],
    [{ OUTPUT_CHANNELS / groups }],
    [INPUT_CHANNELS * kernel_size[0] * kernel_size[1]],
    [INPUT_CHANNELS, { OUTPUT_CHANNELS / groups }, { kernel_size[0] }, { kernel_size[1] }],
    [.transpose(0, 1)]
}

spectral_norm! {
    /// Three-dimensional transposed convolution whose weight is divided by about its largest singular value, PyTorch's
    /// `spectral_norm(ConvTranspose3d(…))`. The weight counts as a matrix of the second axis, the output channels, by all
    /// others; the rest is that of [`SpectralNormLinear`].
    ///
    /// # Shapes
    /// - `x` and result: those of [`ConvTranspose3d`](super::ConvTranspose3d)
    /// - `weight_orig`: `[INPUT_CHANNELS, OUTPUT_CHANNELS / groups, kernel_size…]`, `bias`: `[OUTPUT_CHANNELS]`
    /// - `weight_u`: `[OUTPUT_CHANNELS / groups]`, `weight_v`: as many as the weight has numbers for each of them; both
    ///   buffers
    ///
    /// # Source
    /// Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018,
    /// <https://arxiv.org/abs/1802.05957>.
    ///
    /// # Settings
    /// `n_power_iterations = 1`, `eps = 1e-12`, and those of [`ConvTranspose3d`](super::ConvTranspose3d):
    /// `kernel_size = KERNEL`, `stride = 1`, `padding = 0`, `output_padding = 0`, `dilation = 1`,
    conv_transpose,
    [
        SpectralNormConvTranspose3d, conv_transpose3d, [[usize; 3]], [kernel_size[0] * kernel_size[1] * kernel_size[2]],
        [N: Dim, D: Dim, H: Dim, W: Dim], [D, H, W], [1, 1, 1],
    ],
    [{ OUTPUT_CHANNELS / groups }],
    [INPUT_CHANNELS * kernel_size[0] * kernel_size[1] * kernel_size[2]],
    [INPUT_CHANNELS, { OUTPUT_CHANNELS / groups }, { kernel_size[0] }, { kernel_size[1] }, { kernel_size[2] }],
    [.transpose(0, 1)]
}
