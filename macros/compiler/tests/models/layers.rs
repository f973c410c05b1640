//! Gradients of every layer of the facade, and of whole models, against central differences in f64.

use crate::gradients::check_gradient;
use crate::linker::Linked;

/// A model around one layer, checked in training and in inference.
fn check_layer(settings: &str, layer: &str, input: &str) {
    let with = if settings.is_empty() { String::new() } else { format!("#[with({settings})]") };
    let linked = Linked::new(&format!(
        "#[model] struct Net {{ {with} layer: nn::{layer} }}
         #[model] impl Net {{
             fn forward<N: Dim>(&self, x: Tensor<{input}>) -> Tensor<Inferred> {{ self.layer(x) }}
         }}"
    ));
    check_gradient(&linked, "forward", true, 3);
    check_gradient(&linked, "forward", false, 3);
}

#[test]
fn linear_layers() {
    check_layer("", "Linear<5, 4>", "N, 5");
    check_layer("bias = false", "Linear<5, 4>", "N, 5");
    check_layer("", "Linear<5, 4>", "N, 2, 5");
    check_layer("", "Flatten", "N, 2, 3");
    check_layer("start = 2", "Flatten", "N, 2, 3, 2");
    check_layer("start = -3, end = -2", "Flatten", "N, 2, 3, 2");
    check_layer("", "Unflatten2<3, 2>", "N, 6");
    check_layer("", "Unflatten3<3, 2, 1>", "N, 6");
    check_layer("", "Unflatten4<3, 2, 1, 2>", "N, 12");
    check_layer("axis = -1, sizes = [-1, 2]", "Unflatten2<1, 2>", "N, 3, 6");
    check_layer("", "Identity", "N, 6");
}

#[test]
fn low_rank_additions() {
    check_layer("", "LoraLinear<5, 4, 2>", "N, 5");
    check_layer("alpha = 16, bias = false", "LoraLinear<5, 4, 3>", "N, 2, 5");
    check_layer("alpha = 0.5, dropout = 0.3", "LoraLinear<5, 4, 1>", "N, 5");
    let linked = Linked::new(
        "#[model] struct Net { layer: nn::LoraLinear<5, 4, 2> }
         #[model] impl Net { fn forward(&self) -> Tensor<4, 5> { self.layer.merged_weight() } }",
    );
    check_gradient(&linked, "forward", true, 3);
}

#[test]
fn layers_of_two_inputs() {
    for (settings, layer, inputs) in [
        ("", "Bilinear<3, 2, 4>", ["N, 3", "N, 2"]),
        ("bias = false", "Bilinear<3, 2, 4>", ["N, 2, 3", "N, 2, 2"]),
        ("", "CosineSimilarity", ["N, 3", "N, 3"]),
        ("axis = -1, eps = 0.1", "CosineSimilarity", ["N, 2, 3", "N, 2, 3"]),
        ("", "PairwiseDistance", ["N, 3", "N, 3"]),
        ("p = 3, eps = 0.01, keepdim = true", "PairwiseDistance", ["N, 2, 3", "N, 2, 3"]),
    ] {
        let [x, y] = inputs;
        let linked = Linked::new(&format!(
            "#[model] struct Net {{ #[with({settings})] layer: nn::{layer} }}
             #[model] impl Net {{
                 fn forward<N: Dim>(&self, x: Tensor<{x}>, y: Tensor<{y}>) -> Tensor<Inferred> {{
                     self.layer(x, y)
                 }}
             }}"
        ));
        check_gradient(&linked, "forward", true, 3);
    }
}

#[test]
fn convolutions() {
    check_layer("", "Conv2d<2, 3, 3>", "N, 2, 5, 6");
    check_layer("bias = false", "Conv2d<2, 3, 3>", "N, 2, 5, 6");
    check_layer("padding = 2, stride = 2", "Conv2d<2, 3, 3>", "N, 2, 6, 5");
    check_layer("padding = [1, 0], stride = [1, 2], dilation = [2, 1]", "Conv2d<2, 3, 3>", "N, 2, 6, 6");
    check_layer("groups = 2, padding = 1", "Conv2d<4, 6, 3>", "N, 4, 4, 4");
    check_layer("groups = 3", "Conv2d<3, 3, 2>", "N, 3, 4, 4");
    check_layer("", "Conv2d<3, 4, 1>", "N, 3, 4, 4");
    check_layer("kernel_size = [1, 3], same_padding = true", "Conv2d<2, 3, 3>", "N, 2, 3, 4");
    check_layer("padding = 1, padding_mode = \"reflect\"", "Conv2d<2, 3, 3>", "N, 2, 3, 4");
    check_layer("stride = 2, groups = 2", "Conv1d<4, 2, 3>", "N, 4, 7");
    check_layer("padding = [1, 0, 1], stride = [2, 1, 1]", "Conv3d<2, 2, 2>", "N, 2, 3, 3, 2");
}

#[test]
fn normalised_weights() {
    check_layer("", "WeightNormLinear<5, 4>", "N, 5");
    check_layer("bias = false", "WeightNormLinear<5, 4>", "N, 2, 5");
    check_layer("stride = 2, groups = 2", "WeightNormConv1d<4, 2, 3>", "N, 4, 7");
    check_layer("kernel_size = [1, 3], same_padding = true", "WeightNormConv2d<2, 3, 3>", "N, 2, 3, 4");
    check_layer("padding = [1, 0, 1], stride = [2, 1, 1]", "WeightNormConv3d<2, 2, 2>", "N, 2, 3, 3, 2");
    check_layer("stride = 2, groups = 2", "WeightNormConvTranspose1d<4, 2, 3>", "N, 4, 3");
    check_layer("kernel_size = [1, 2]", "WeightNormConvTranspose2d<2, 3, 1>", "N, 2, 2, 3");
    check_layer("", "WeightNormConvTranspose3d<2, 1, 2>", "N, 2, 2, 1, 2");
    // Without steps: those are constants for gradients, but move with the weight.
    for (settings, layer, input) in [
        ("", "SpectralNormLinear<5, 4>", "N, 5"),
        ("bias = false", "SpectralNormLinear<5, 4>", "N, 2, 5"),
        ("stride = 2, groups = 2", "SpectralNormConv1d<4, 2, 3>", "N, 4, 7"),
        ("padding = 1, padding_mode = \"reflect\"", "SpectralNormConv2d<2, 3, 3>", "N, 2, 3, 4"),
        ("kernel_size = [1, 2, 2], dilation = 2", "SpectralNormConv3d<2, 2, 1>", "N, 2, 1, 3, 4"),
        ("stride = 2, groups = 2", "SpectralNormConvTranspose1d<4, 2, 3>", "N, 4, 3"),
        ("kernel_size = [1, 2]", "SpectralNormConvTranspose2d<2, 3, 1>", "N, 2, 2, 3"),
        ("bias = false", "SpectralNormConvTranspose3d<2, 1, 2>", "N, 2, 2, 1, 2"),
    ] {
        check_layer(&format!("n_power_iterations = 0, {settings}"), layer, input);
    }
}

#[test]
fn transposed_convolutions() {
    check_layer("stride = 2, output_padding = 1", "ConvTranspose1d<2, 3, 3>", "N, 2, 4");
    check_layer("bias = false, padding = 1, groups = 2", "ConvTranspose2d<4, 2, 3>", "N, 4, 3, 4");
    check_layer("kernel_size = [2, 1, 2], dilation = 2", "ConvTranspose3d<2, 3, 2>", "N, 2, 2, 3, 2");
}

#[test]
fn batch_normalisation() {
    check_layer("", "BatchNorm2d<3>", "N, 3, 4, 3");
    check_layer("eps = 0.1, momentum = 0.3", "BatchNorm2d<3>", "N, 3, 4, 3");
    check_layer("affine = false", "BatchNorm2d<3>", "N, 3, 4, 3");
    check_layer("track_running_stats = false", "BatchNorm2d<3>", "N, 3, 4, 3");
    check_layer("affine = false, track_running_stats = false", "BatchNorm2d<3>", "N, 3, 4, 3");
    check_layer("bias = false, cumulative_average = true", "BatchNorm2d<3>", "N, 3, 4, 3");
    check_layer("", "BatchNorm1d<3>", "N, 3");
    check_layer("", "BatchNorm1d<3>", "N, 3, 4");
    check_layer("", "BatchNorm3d<3>", "N, 3, 2, 1, 3");
}

#[test]
fn normalisation_of_samples() {
    check_layer("", "LayerNorm<5>", "N, 3, 5");
    check_layer("eps = 0.1, elementwise_affine = false", "LayerNorm<5>", "N, 5");
    check_layer("bias = false", "LayerNormOver2<3, 5>", "N, 3, 5");
    check_layer("", "LayerNormOver3<2, 3, 5>", "N, 2, 3, 5");
    check_layer("", "LayerNorm2d<3>", "N, 3, 2, 4");
    check_layer("", "RmsNorm<5>", "N, 3, 5");
    check_layer("eps = 0.1, elementwise_affine = false", "RmsNorm<5>", "N, 5");
    check_layer("", "RmsNormOver2<3, 5>", "N, 3, 5");
    check_layer("eps = 0.1", "RmsNormOver3<2, 3, 5>", "N, 2, 3, 5");
    check_layer("", "GroupNorm<2, 4>", "N, 4, 3");
    check_layer("affine = false", "GroupNorm<1, 4>", "N, 4, 3, 2");
    check_layer("bias = false", "GroupNorm<2, 6>", "N, 6");
    check_layer("", "LocalResponseNorm<3>", "N, 5, 2");
    check_layer("alpha = 0.5, beta = 0.6, k = 2", "LocalResponseNorm<2>", "N, 5, 2, 2");
    for (layer, input) in [
        ("InstanceNorm1d<2>", "N, 2, 4"),
        ("InstanceNorm2d<2>", "N, 2, 3, 2"),
        ("InstanceNorm3d<2>", "N, 2, 3, 1, 2"),
    ] {
        check_layer("", layer, input);
        check_layer("affine = true, track_running_stats = true", layer, input);
    }
}

#[test]
fn softmax_layers_and_squeeze_and_excitation() {
    for layer in ["Softmax", "Softmin", "LogSoftmax"] {
        check_layer("", layer, "N, 5");
        check_layer("axis = 1", layer, "N, 3, 2");
    }
    check_layer("", "Softmax2d", "N, 3, 2, 2");
    check_layer("", "SqueezeExcite<4, 2>", "N, 4, 3, 2");
    check_layer("gate = \"hardsigmoid\"", "SqueezeExcite<4, 2>", "N, 4, 3, 2");
    check_layer("activation = \"silu\", gate = \"tanh\"", "SqueezeExcite<4, 2>", "N, 4, 3, 2");
}

#[test]
fn pooling() {
    check_layer("", "MaxPool2d<2>", "N, 2, 6, 4");
    check_layer("stride = 1, padding = 1", "MaxPool2d<3>", "N, 2, 5, 5");
    check_layer("dilation = 2, ceil_mode = true, stride = 2", "MaxPool2d<2>", "N, 2, 6, 6");
    check_layer("", "AvgPool2d<2>", "N, 2, 6, 4");
    check_layer("stride = [2, 1], padding = 1", "AvgPool2d<3>", "N, 2, 5, 5");
    check_layer("padding = 1, ceil_mode = true, count_include_pad = false", "AvgPool2d<3>", "N, 2, 5, 6");
    check_layer("divisor_override = 3", "AvgPool2d<2>", "N, 2, 4, 4");
    for (rank, input) in [(1, "N, 2, 5"), (2, "N, 2, 5, 4"), (3, "N, 2, 3, 5, 4")] {
        for layer in ["MaxPool", "AvgPool", "LpPool", "AdaptiveAvgPool", "AdaptiveMaxPool"] {
            check_layer("", &format!("{layer}{rank}d<2>"), input);
        }
        for layer in ["GlobalAvgPool", "GlobalMaxPool"] {
            check_layer("", &format!("{layer}{rank}d"), input);
        }
    }
}

#[test]
fn unpooling() {
    for (rank, sizes) in [(1, "5"), (2, "5, 4"), (3, "3, 5, 4")] {
        // Parts that do not overlap: of equal indices, each has the gradient, also those that do not win.
        let fours = ["4"; 3][..rank].join(", ");
        for (pool, sizes) in [("MaxPool", sizes), ("AdaptiveMaxPool", &fours)] {
            let output_size = if rank == 1 { sizes.to_string() } else { format!("[{sizes}]") };
            let linked = Linked::new(&format!(
                "#[model] struct Net {{
                     pool: nn::{pool}{rank}dWithIndices<2>,
                     #[with(output_size = {output_size})] unpool: nn::MaxUnpool{rank}d<2>,
                 }}
                 #[model] impl Net {{
                     fn forward<N: Dim>(&self, x: Tensor<N, 2, {sizes}>) -> (Tensor<Inferred>, Tensor<Inferred>) {{
                         let (maxima, indices) = self.pool(x);
                         (self.unpool(maxima * maxima, indices), maxima)
                     }}
                 }}"
            ));
            check_gradient(&linked, "forward", true, 3);
        }
    }
}

#[test]
fn padding_and_resampling() {
    for (rank, input) in [(1, "N, 2, 5"), (2, "N, 2, 3, 4"), (3, "N, 1, 2, 3, 4")] {
        for layer in ["ZeroPad", "ConstantPad", "ReflectionPad", "ReplicationPad", "CircularPad"] {
            check_layer("", &format!("{layer}{rank}d<1>"), input);
            let cropped = ["-1, 1", "1, -1, -1, 1", "1, -1, -1, 1, 0, 1"][rank - 1];
            check_layer(&format!("padding = [{cropped}]"), &format!("{layer}{rank}d<0>"), input);
        }
        check_layer("scale_factor = 2.0, mode = \"linear\"", &format!("Upsample{rank}d"), input);
        let factors = ["1.5", "[1.5, 2]", "[1.5, 2, 0.5]"][rank - 1];
        check_layer(&format!("scale_factor = {factors}"), &format!("Upsample{rank}d"), input);
        check_layer("size = 3, mode = \"cubic\", align_corners = true", &format!("Upsample{rank}d"), input);
    }
    check_layer("", "PixelShuffle<2>", "N, 8, 2, 3");
    check_layer("", "PixelUnshuffle<2>", "N, 2, 4, 2");
    check_layer("", "ChannelShuffle<3>", "N, 6, 2, 2");
    check_layer("stride = 2, padding = 1", "Unfold<2>", "N, 2, 4, 4");
    check_layer("output_size = [3, 4]", "Fold<2>", "N, 8, 6");
}

#[test]
fn embeddings() {
    // Indices are below ten.
    check_layer("", "Embedding<10, 3>", "u32, N, 4");
    check_layer("", "Embedding<10, 3>", "i64, N");
    // No row is longer: of longer ones, the gradient is that of the row itself on purpose.
    check_layer("max_norm = 100.0, norm_type = 1.0", "Embedding<10, 3>", "u32, N, 4");
    // A padding that no index names: at one, the gradient is zero on purpose.
    check_layer("padding_idx = -1", "Embedding<11, 3>", "u8, N, 4");
    for mode in ["sum", "mean", "max"] {
        check_layer(&format!("mode = {mode:?}"), "EmbeddingBag<10, 3>", "u32, N, 4");
        check_layer(&format!("mode = {mode:?}, padding_idx = 10"), "EmbeddingBag<11, 3>", "u8, N, 4");
    }
}

#[test]
fn dropout() {
    check_layer("", "Dropout", "N, 7");
    check_layer("rate = 0.2", "Dropout", "N, 7");
    check_layer("", "Dropout1d", "N, 3, 2");
    check_layer("", "Dropout2d", "N, 3, 2, 2");
    check_layer("", "Dropout3d", "N, 3, 2, 2, 1");
    check_layer("", "AlphaDropout", "N, 7");
    check_layer("", "FeatureAlphaDropout", "N, 3, 2");
    check_layer("", "DropPath", "N, 7");
    check_layer("rate = 0.3, scale_by_keep = false", "DropPath", "N, 7");
}

#[test]
fn activations() {
    for (settings, layer) in [
        ("", "Relu"),
        ("", "Relu6"),
        ("", "LeakyRelu"),
        ("negative_slope = 0.2", "LeakyRelu"),
        ("", "Prelu<1>"),
        ("init = 0.5", "Prelu<7>"),
        ("", "Rrelu"),
        ("lower = 0.3, upper = 0.6", "Rrelu"),
        ("threshold = 0.1, value = 20", "Threshold"),
        ("", "Elu"),
        ("alpha = 0.5", "Elu"),
        ("", "Celu"),
        ("alpha = 0.5", "Celu"),
        ("", "Selu"),
        ("", "Gelu"),
        ("approximate = \"tanh\"", "Gelu"),
        ("", "Silu"),
        ("", "Mish"),
        ("", "Sigmoid"),
        ("", "LogSigmoid"),
        ("", "Softplus"),
        ("beta = 2, threshold = 1", "Softplus"),
        ("", "Tanh"),
        ("", "Tanhshrink"),
        ("", "Softsign"),
        ("", "Hardsigmoid"),
        ("", "Hardswish"),
        ("", "Hardtanh"),
        ("min_val = -0.5, max_val = 0.2", "Hardtanh"),
        ("", "Hardshrink"),
        ("lambd = 0.2", "Hardshrink"),
        ("", "Softshrink"),
        ("lambd = 0.2", "Softshrink"),
    ] {
        check_layer(settings, layer, "N, 7");
    }
    check_layer("", "Prelu<3>", "N, 3, 2, 2");
    check_layer("", "Glu", "N, 3, 4");
    check_layer("axis = 1", "Glu", "N, 4, 3");
}

#[test]
fn adaptive_softmax() {
    // Labels are below ten.
    for (settings, layer) in [
        ("", "AdaptiveLogSoftmaxWithLoss1<9, 4, 10>"),
        ("head_bias = true, div_value = 2.0", "AdaptiveLogSoftmaxWithLoss2<9, 2, 5, 10>"),
        ("div_value = 1.5", "AdaptiveLogSoftmaxWithLoss3<9, 2, 3, 6, 11>"),
    ] {
        let linked = Linked::new(&format!(
            "#[model] struct Net {{ #[with({settings})] layer: nn::{layer} }}
             #[model] impl Net {{
                 fn forward<N: Dim>(&self, x: Tensor<N, 9>, label: Tensor<u32, N>) -> Tensor<Inferred> {{
                     let (output, loss) = self.layer(x, label);
                     output.tanh() + loss
                 }}
             }}"
        ));
        check_gradient(&linked, "forward", true, 3);
    }
}

#[test]
fn whole_models() {
    for source in [
        include_str!("../../../../tests/models/lenet.rs"),
        include_str!("../../../../tests/models/resnet.rs"),
    ] {
        let linked = Linked::new(source);
        // Slow, and random directions differ in every parameter: one is enough.
        check_gradient(&linked, "loss", true, 1);
    }
}

#[test]
fn stacks_that_carry_several_values() {
    let linked = Linked::new(
        "#[model] struct Net { layers: [nn::Linear<4, 4>; 3] }
         #[model] impl Net {
             fn forward<N: Dim>(&self, x: Tensor<N, 4>, y: Tensor<N, 4>) -> Tensor<Inferred> {
                 let mut x = x;
                 let mut y = y;
                 for layer in &self.layers {
                     let old = x;
                     x = layer(y).tanh() + x;
                     y = old;
                 }
                 x * y
             }
         }",
    );
    check_gradient(&linked, "forward", true, 3);
    check_gradient(&linked, "forward", false, 3);
}

/// A model around one function of a layer, whose results are returned.
fn check_run(settings: &str, layer: &str, function: &str, arguments: &[&str]) {
    let with = if settings.is_empty() { String::new() } else { format!("#[with({settings})]") };
    let names: Vec<String> = (0..arguments.len()).map(|index| format!("x{index}")).collect();
    let declared: Vec<String> =
        names.iter().zip(arguments).map(|(name, shape)| format!("{name}: Tensor<{shape}>")).collect();
    let linked = Linked::new(&format!(
        "#[model] struct Net {{ {with} layer: nn::{layer} }}
         #[model] impl Net {{
             fn forward<N: Dim, T: Dim>(&self, {}) -> Tensor<Inferred> {{
                 let results = self.layer.{function}({});
                 results.0.sum() + results.1.square().sum()
             }}
         }}",
        declared.join(", "),
        names.join(", ")
    ));
    check_gradient(&linked, "forward", true, 3);
    check_gradient(&linked, "forward", false, 3);
}

#[test]
fn recurrent_layers() {
    for (kind, states) in [("Rnn", 1), ("Gru", 1), ("Lstm", 2)] {
        for (layers, directions, layer) in [
            (1, 1, format!("{kind}<2, 3, 1>")),
            (3, 1, format!("{kind}<2, 3, 3>")),
            (2, 2, format!("Bi{kind}<2, 3, 2>")),
        ] {
            let input = "N, T, 2";
            let linked = Linked::new(&format!(
                "#[model] struct Net {{ layer: nn::{layer} }}
                 #[model] impl Net {{
                     fn forward<N: Dim, T: Dim>(&self, x: Tensor<{input}>) -> Tensor<Inferred> {{ self.layer(x) }}
                 }}"
            ));
            check_gradient(&linked, "forward", true, 3);
            let state = format!("{}, N, 3", layers * directions);
            let mut arguments = vec![input];
            arguments.extend(std::iter::repeat_n(state.as_str(), states));
            check_run("bias = false", &layer, "run", &arguments);
            arguments.insert(1, "N, T");
            check_run("", &layer, "masked", &arguments);
        }
    }
    check_run("nonlinearity = \"relu\"", "RnnLayer<2, 3>", "forward", &["N, T, 2", "N, 3"]);
    check_run("reverse = true", "GruLayer<2, 3>", "forward", &["N, T, 2", "N, 3"]);
}

#[test]
fn attention_layers() {
    check_layer("", "SinusoidalPositions<4>", "N, 3, 4");
    for settings in ["", "causal = true", "bias = false", "causal = true, dropout = 0.3"] {
        check_layer(settings, "MultiHeadAttention<6, 2>", "N, 3, 6");
    }
    check_layer("", "GroupedQueryAttention<8, 4, 2>", "N, 3, 8");
    check_layer("rotary = false, bias = true", "GroupedQueryAttention<8, 2, 1>", "N, 3, 8");
    check_layer("dropout = 0.3", "GroupedQueryAttention<8, 4, 2>", "N, 3, 8");
    for (function, arguments) in [
        ("masked", vec!["N, T, 6", "N, T"]),
        ("biased", vec!["N, T, 6", "T, T"]),
        ("biased", vec!["N, T, 6", "N, 2, T, T"]),
        ("cross", vec!["N, T, 6", "N, 5, 6"]),
        ("cross_masked", vec!["N, T, 6", "N, 5, 6", "N, 5"]),
    ] {
        for settings in ["", "dropout = 0.3"] {
            check_function(settings, "MultiHeadAttention<6, 2>", function, &arguments);
        }
    }
    for settings in ["", "dropout = 0.3"] {
        check_function(
            settings,
            "GroupedQueryAttention<8, 4, 2>",
            "step(x0, x1, x2).0",
            &["N, T, 8", "N, 2, 3, 2", "N, 2, 3, 2"],
        );
    }
}

#[test]
fn transformer_layers() {
    for settings in [
        "dropout = 0.0",
        "dropout = 0.0, norm_first = true, activation = \"gelu\", causal = true, bias = false",
        "dropout = 0.3, norm_first = true, activation = \"gelu\"",
    ] {
        check_layer(settings, "TransformerEncoderLayer<4, 2, 5>", "N, 3, 4");
        check_function(settings, "TransformerEncoderLayer<4, 2, 5>", "masked", &["N, T, 4", "N, T"]);
        check_function(settings, "TransformerDecoderLayer<4, 2, 5>", "forward", &["N, T, 4", "N, 5, 4"]);
        check_function(
            settings,
            "TransformerDecoderLayer<4, 2, 5>",
            "masked",
            &["N, T, 4", "N, 5, 4", "N, 5"],
        );
    }
}

/// A model around a function of a layer that returns one tensor; its call may be written out.
fn check_function(settings: &str, layer: &str, function: &str, arguments: &[&str]) {
    let with = if settings.is_empty() { String::new() } else { format!("#[with({settings})]") };
    let names: Vec<String> = (0..arguments.len()).map(|index| format!("x{index}")).collect();
    let declared: Vec<String> =
        names.iter().zip(arguments).map(|(name, shape)| format!("{name}: Tensor<{shape}>")).collect();
    let call = if function.contains('(') {
        function.to_string()
    } else {
        format!("{function}({})", names.join(", "))
    };
    let linked = Linked::new(&format!(
        "#[model] struct Net {{ {with} layer: nn::{layer} }}
         #[model] impl Net {{
             fn forward<N: Dim, T: Dim>(&self, {}) -> Tensor<Inferred> {{ self.layer.{call} }}
         }}",
        declared.join(", "),
    ));
    check_gradient(&linked, "forward", true, 3);
}
