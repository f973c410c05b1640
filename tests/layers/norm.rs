//! Normalisation, softmax, distances, and small layers.

cases! { "layers_norm";
    batch_norm1d: nn::BatchNorm1d<3>, (x: [5, 3]) -> [5, 3];
    #[with(momentum = 0.3, eps = 0.01)]
    batch_norm1d_sequence: nn::BatchNorm1d<3>, (x: [4, 3, 5]) -> [4, 3, 5];
    #[with(bias = false)] batch_norm1d_without_bias: nn::BatchNorm1d<3>, (x: [4, 3]) -> [4, 3];
    #[with(track_running_stats = false)]
    batch_norm2d_of_batch: nn::BatchNorm2d<2>, (x: [3, 2, 2, 3]) -> [3, 2, 2, 3];
    batch_norm3d: nn::BatchNorm3d<2>, (x: [2, 2, 3, 1, 2]) -> [2, 2, 3, 1, 2];
    #[with(affine = false)] batch_norm3d_plain: nn::BatchNorm3d<2>, (x: [2, 2, 3, 1, 2]) -> [2, 2, 3, 1, 2];
    #[with(cumulative_average = true)]
    batch_norm2d_cumulative: nn::BatchNorm2d<2>, (x: [3, 2, 2, 3]) -> [3, 2, 2, 3];

    layer_norm: nn::LayerNorm<6>, (x: [2, 3, 6]) -> [2, 3, 6];
    #[with(eps = 0.01)] layer_norm_one_row: nn::LayerNorm<6>, (x: [6]) -> [6];
    #[with(elementwise_affine = false)] layer_norm_plain: nn::LayerNorm<6>, (x: [3, 6]) -> [3, 6];
    #[with(bias = false)] layer_norm_without_bias: nn::LayerNorm<6>, (x: [3, 6]) -> [3, 6];
    layer_norm_far_from_zero: nn::LayerNorm<40>, (x: [3, 40]) -> [3, 40];
    layer_norm_over_2: nn::LayerNormOver2<3, 4>, (x: [2, 3, 4]) -> [2, 3, 4];
    layer_norm_over_3: nn::LayerNormOver3<2, 3, 4>, (x: [2, 2, 3, 4]) -> [2, 2, 3, 4];
    layer_norm2d: nn::LayerNorm2d<3>, (x: [2, 3, 2, 4]) -> [2, 3, 2, 4];
    rms_norm: nn::RmsNorm<6>, (x: [2, 3, 6]) -> [2, 3, 6];
    #[with(eps = 0.01, elementwise_affine = false)] rms_norm_plain: nn::RmsNorm<6>, (x: [3, 6]) -> [3, 6];
    rms_norm_over_2: nn::RmsNormOver2<3, 4>, (x: [2, 3, 4]) -> [2, 3, 4];
    #[with(eps = 0.01)] rms_norm_over_3: nn::RmsNormOver3<2, 3, 4>, (x: [2, 2, 3, 4]) -> [2, 2, 3, 4];
    #[with(elementwise_affine = false)]
    rms_norm_over_2_plain: nn::RmsNormOver2<3, 4>, (x: [2, 3, 4]) -> [2, 3, 4];

    group_norm: nn::GroupNorm<2, 4>, (x: [2, 4, 3, 2]) -> [2, 4, 3, 2];
    #[with(eps = 0.01)] group_norm_vectors: nn::GroupNorm<3, 6>, (x: [2, 6]) -> [2, 6];
    #[with(affine = false)] group_norm_plain: nn::GroupNorm<1, 4>, (x: [2, 4, 3]) -> [2, 4, 3];
    #[with(bias = false)] group_norm_without_bias: nn::GroupNorm<4, 4>, (x: [2, 4, 3]) -> [2, 4, 3];
    instance_norm1d: nn::InstanceNorm1d<3>, (x: [2, 3, 5]) -> [2, 3, 5];
    #[with(affine = true, eps = 0.01)] instance_norm2d: nn::InstanceNorm2d<3>, (x: [2, 3, 2, 4]) -> [2, 3, 2, 4];
    #[with(affine = true, track_running_stats = true, momentum = 0.3)]
    instance_norm2d_tracked: nn::InstanceNorm2d<3>, (x: [2, 3, 2, 4]) -> [2, 3, 2, 4];
    #[with(track_running_stats = true)]
    instance_norm3d_tracked: nn::InstanceNorm3d<2>, (x: [2, 2, 2, 1, 3]) -> [2, 2, 2, 1, 3];
    local_response_norm: nn::LocalResponseNorm<3>, (x: [2, 5, 3]) -> [2, 5, 3];
    #[with(alpha = 0.5, beta = 0.6, k = 2.0)]
    local_response_norm_even: nn::LocalResponseNorm<4>, (x: [2, 5, 2, 3]) -> [2, 5, 2, 3];
    #[with(alpha = 0.5)]
    local_response_norm_wide: nn::LocalResponseNorm<5>, (x: [1, 3, 2, 1, 2]) -> [1, 3, 2, 1, 2];
    normalize(x: [3, 4]) -> [3, 4] { x.normalize() };
    normalize_1(x: [3, 4]) -> [3, 4] { x.normalize(p = 1.0, axis = 0) };
    normalize_3(x: [3, 2, 4]) -> [3, 2, 4] { x.normalize(p = 3.0, axis = -1, eps = 4.0) };

    weight_norm_linear: nn::WeightNormLinear<5, 3>, (x: [4, 5]) -> [4, 3];
    #[with(bias = false)]
    weight_norm_linear_without_bias: nn::WeightNormLinear<5, 3>, (x: [2, 4, 5]) -> [2, 4, 3];
    #[with(stride = 3, padding = 2, dilation = 2, groups = 2, bias = false)]
    weight_norm_conv1d: nn::WeightNormConv1d<4, 6, 2>, (x: [2, 4, 8]) -> [2, 6, 4];
    #[with(kernel_size = [3, 2], stride = [2, 1], padding = [2, 1], padding_mode = "reflect")]
    weight_norm_conv2d: nn::WeightNormConv2d<2, 3, 3>, (x: [2, 2, 5, 6]) -> [2, 3, 4, 7];
    #[with(kernel_size = [2, 3, 1], same_padding = true, padding_mode = "replicate")]
    weight_norm_conv3d: nn::WeightNormConv3d<2, 2, 1>, (x: [1, 2, 3, 3, 2]) -> [1, 2, 3, 3, 2];
    spectral_norm_linear: nn::SpectralNormLinear<5, 3>, (x: [4, 5]) -> [4, 3];
    #[with(bias = false, n_power_iterations = 3, eps = 2.0)]
    spectral_norm_linear_3: nn::SpectralNormLinear<5, 3>, (x: [2, 4, 5]) -> [2, 4, 3];
    #[with(n_power_iterations = 12)]
    spectral_norm_linear_12: nn::SpectralNormLinear<3, 4>, (x: [2, 3]) -> [2, 4];
    #[with(stride = 3, padding = 2, dilation = 2, groups = 2, bias = false)]
    spectral_norm_conv1d: nn::SpectralNormConv1d<4, 6, 2>, (x: [2, 4, 8]) -> [2, 6, 4];
    #[with(kernel_size = [3, 2], stride = [2, 1], padding = [2, 1], padding_mode = "reflect", n_power_iterations = 2)]
    spectral_norm_conv2d: nn::SpectralNormConv2d<2, 3, 3>, (x: [2, 2, 5, 6]) -> [2, 3, 4, 7];
    #[with(kernel_size = [2, 3, 1], same_padding = true, padding_mode = "replicate")]
    spectral_norm_conv3d: nn::SpectralNormConv3d<2, 2, 1>, (x: [1, 2, 3, 3, 2]) -> [1, 2, 3, 3, 2];
    #[with(stride = 3, padding = 2, output_padding = 2, groups = 2, dilation = 2, bias = false)]
    weight_norm_conv_transpose1d: nn::WeightNormConvTranspose1d<4, 6, 3>, (x: [2, 4, 3]) -> [2, 6, 9];
    #[with(kernel_size = [2, 3], stride = [2, 1], padding = [1, 0], groups = 2, dilation = [1, 2])]
    weight_norm_conv_transpose2d: nn::WeightNormConvTranspose2d<4, 2, 2>, (x: [2, 4, 3, 2]) -> [2, 2, 4, 6];
    weight_norm_conv_transpose3d: nn::WeightNormConvTranspose3d<2, 3, 2>, (x: [2, 2, 2, 3, 2]) -> [2, 3, 3, 4, 3];
    #[with(stride = 3, padding = 2, output_padding = 2, groups = 2, dilation = 2, bias = false)]
    spectral_norm_conv_transpose1d: nn::SpectralNormConvTranspose1d<4, 6, 3>, (x: [2, 4, 3]) -> [2, 6, 9];
    #[with(kernel_size = [2, 3], stride = [2, 1], padding = [1, 0], groups = 2, dilation = [1, 2])]
    spectral_norm_conv_transpose2d: nn::SpectralNormConvTranspose2d<4, 2, 2>, (x: [2, 4, 3, 2]) -> [2, 2, 4, 6];
    spectral_norm_conv_transpose3d: nn::SpectralNormConvTranspose3d<2, 3, 2>, (x: [2, 2, 2, 3, 2]) -> [2, 3, 3, 4, 3];

    softmax: nn::Softmax, (x: [3, 5]) -> [3, 5];
    #[with(axis = 0)] softmax_of_columns: nn::Softmax, (x: [3, 5]) -> [3, 5];
    softmax_long: nn::Softmax, (x: [2, 70]) -> [2, 70];
    #[with(axis = 1)] softmin: nn::Softmin, (x: [2, 3, 4]) -> [2, 3, 4];
    #[with(axis = 1)] log_softmax: nn::LogSoftmax, (x: [2, 3, 4]) -> [2, 3, 4];
    softmax2d: nn::Softmax2d, (x: [2, 3, 2, 2]) -> [2, 3, 2, 2];

    cosine_similarity: nn::CosineSimilarity, (x: [3, 4], other: [3, 4]) -> [3];
    #[with(axis = -1, eps = 0.1)]
    cosine_similarity_last: nn::CosineSimilarity, (x: [2, 3, 4], other: [2, 3, 4]) -> [2, 3];
    cosine_similarity_of_all(x: [3, 4], other: [2, 4]) -> [3, 2] {
        x.reshape([3, 1, 4]).cosine_similarity(other, axis = -1)
    };
    pairwise_distance: nn::PairwiseDistance, (x: [3, 4], other: [3, 4]) -> [3];
    #[with(p = 1.0, keepdim = true)]
    pairwise_distance_1: nn::PairwiseDistance, (x: [3, 4], other: [3, 4]) -> [3, 1];
    #[with(p = 3.0, eps = 0.1)]
    pairwise_distance_3: nn::PairwiseDistance, (x: [2, 3, 4], other: [2, 3, 4]) -> [2, 3];

    bilinear: nn::Bilinear<3, 2, 4>, (x: [5, 3], other: [5, 2]) -> [5, 4];
    #[with(bias = false)]
    bilinear_without_bias: nn::Bilinear<3, 2, 4>, (x: [2, 2, 3], other: [2, 2, 2]) -> [2, 2, 4];
    squeeze_excite: nn::SqueezeExcite<4, 3>, (x: [2, 4, 3, 2]) -> [2, 4, 3, 2];
    #[with(gate = "hardsigmoid")]
    squeeze_excite_hard: nn::SqueezeExcite<4, 3>, (x: [2, 4, 3, 2]) -> [2, 4, 3, 2];
    #[with(activation = "silu")]
    squeeze_excite_silu: nn::SqueezeExcite<4, 3>, (x: [2, 4, 3, 2]) -> [2, 4, 3, 2];
    #[with(activation = "gelu", gate = "tanh")]
    squeeze_excite_gelu: nn::SqueezeExcite<4, 3>, (x: [2, 4, 3, 2]) -> [2, 4, 3, 2];
    #[with(end = 2)] flatten: nn::Flatten, (x: [2, 3, 2, 2]) -> [2, 6, 2];
    unflatten2: nn::Unflatten2<3, 2>, (x: [2, 6]) -> [2, 3, 2];
    unflatten3: nn::Unflatten3<3, 2, 2>, (x: [2, 12]) -> [2, 3, 2, 2];
    unflatten4: nn::Unflatten4<2, 1, 2, 3>, (x: [2, 12]) -> [2, 2, 1, 2, 3];
    #[with(axis = -1)] unflatten2_last: nn::Unflatten2<2, 3>, (x: [2, 3, 6]) -> [2, 3, 2, 3];
    #[with(axis = 0, sizes = [2, -1, 1])]
    unflatten3_inferred: nn::Unflatten3<1, 1, 1>, (x: [6, 2]) -> [2, 3, 1, 2];
    unflatten(x: [2, 6, 2]) -> [2, 3, 2, 2] { x.unflatten(1, [-1, 2]) };
    identity: nn::Identity, (x: [2, 3]) -> [2, 3];
}
