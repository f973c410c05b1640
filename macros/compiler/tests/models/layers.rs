//! Gradients of every layer of the facade, and of whole models, against central differences in f64.

use crate::linker::Linked;
use macrograd_compiler::graph::{ElementType, Graph, Role, StateRef};
use macrograd_compiler::init::Init;
use macrograd_compiler::lower::Lowered;
use macrograd_compiler::optimise::optimise;
use macrograd_compiler::plan::{PlanRequest, plan, verify_plan};
use macrograd_compiler::program::{StateKind, StateTensor};
use macrograd_compiler::reference::{Array, Bindings, Sizes, run};

/// Reproducible random numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn array(&mut self, shape: &[usize]) -> Array {
        Array::from_fn(shape, |_| 2.0 * self.uniform() - 1.0)
    }
}

/// Arguments and state at which a function is looked at.
#[derive(Clone)]
struct Point {
    inputs: Vec<Array>,
    state: Vec<Array>,
}

impl Point {
    fn new(lowered: &Lowered, state: &[StateTensor], sizes: &Sizes) -> Point {
        let mut random = Random(5);
        let inputs = lowered.args.iter().map(|arg| {
            let shape = sizes.shape(&arg.ty.shape);
            match arg.ty.element {
                ElementType::F32 => random.array(&shape),
                // Labels of up to ten classes.
                _ => Array::from_fn(&shape, |_| (random.uniform() * 10.0).floor()),
            }
        });
        let inputs = inputs.collect();
        let tensor = |tensor: &StateTensor, random: &mut Random| match &tensor.init {
            // Scales and variances: positive, and none like another.
            Init::Constant(value) if *value == 1.0 => {
                Array::from_fn(&tensor.shape, |_| 0.5 + random.uniform())
            }
            _ => random.array(&tensor.shape),
        };
        Point { inputs, state: state.iter().map(|of| tensor(of, &mut random)).collect() }
    }

    /// A tensor of the state; for stacks, those of all elements.
    fn tensor(&self, reference: &StateRef) -> Array {
        let mut indices = vec![reference.tensor];
        let mut shape = Vec::new();
        for &(count, step) in &reference.stacks {
            indices = indices.iter().flat_map(|&first| (0..count).map(move |i| first + i * step)).collect();
            shape.push(count);
        }
        shape.extend(&self.state[reference.tensor].shape);
        Array { shape, data: indices.iter().flat_map(|&index| self.state[index].data.clone()).collect() }
    }

    fn run(&self, graph: &Graph, seeds: &[Array], sizes: &Sizes) -> Vec<Array> {
        let inputs: Vec<Array> = self.inputs.iter().chain(seeds).cloned().collect();
        run(graph, &Bindings { inputs: &inputs, state: &|reference| self.tensor(reference), sizes })
    }

    /// The point moved by `step` times a direction.
    fn moved(&self, step: f64, direction: &Point) -> Point {
        let add = |values: &[Array], directions: &[Array]| {
            let pairs = values.iter().zip(directions);
            pairs
                .map(|(value, direction)| Array {
                    shape: value.shape.clone(),
                    data: value.data.iter().zip(&direction.data).map(|(x, d)| x + step * d).collect(),
                })
                .collect()
        };
        Point { inputs: add(&self.inputs, &direction.inputs), state: add(&self.state, &direction.state) }
    }

    /// A random direction along which a gradient is asked for: not labels, nothing that is not trained.
    fn direction(&self, lowered: &Lowered, state: &[StateTensor], random: &mut Random) -> Point {
        let mut along = |array: &Array, moves: bool| {
            if moves { random.array(&array.shape) } else { Array::full(&array.shape, 0.0) }
        };
        let inputs = self.inputs.iter().zip(&lowered.args);
        let inputs = inputs.map(|(array, arg)| along(array, arg.ty.element == ElementType::F32)).collect();
        let tensors = self.state.iter().zip(state);
        let state = tensors.map(|(array, tensor)| along(array, tensor.kind == StateKind::Trainable));
        Point { inputs, state: state.collect() }
    }
}

fn inner(x: &Array, y: &Array) -> f64 {
    x.data.iter().zip(&y.data).map(|(a, b)| a * b).sum()
}

/// Checks the gradient of a function along random directions, `L = Σ results · seeds`.
///
/// The step is small so that hardly any `relu` or maximum changes sides on the way; rounding then adds some 1e-16 of
/// the terms of `L` divided by 1e-7. A wrong rule is off by far more than the tolerance of 1e-6.
fn check_gradient(linked: &Linked, function: &str, training: bool, num_directions: usize) {
    const STEP: f64 = 1e-7;
    let lowered = linked.lowered(function, training);
    let mut sizes = Sizes::default();
    for symbol in &lowered.symbols {
        sizes.values.insert(symbol.atom().as_str().into(), 2);
    }
    let point = Point::new(&lowered, &linked.state, &sizes);
    let joint = linked.joint(&lowered);
    let optimised = optimise(&joint);
    let mut random = Random(17);
    let num_results = lowered.results.len();
    let outputs = point.run(&lowered.graph, &[], &sizes);
    let seeds: Vec<Array> = outputs[..num_results].iter().map(|y| random.array(&y.shape)).collect();
    let results = point.run(&joint, &seeds, &sizes);
    for (role, (a, b)) in joint.roles.iter().zip(results.iter().zip(point.run(&optimised, &seeds, &sizes))) {
        let scale = a.data.iter().fold(1.0, |scale: f64, x| scale.max(x.abs()));
        let close = a.data.iter().zip(&b.data).all(|(a, b)| (a - b).abs() <= 1e-10 * scale);
        assert!(close, "{role} is another after clean-up");
    }
    let request = PlanRequest { state: &linked.state, second_half_inputs: Some(lowered.args.len()) };
    let plan = plan(optimised, &request);
    verify_plan(&plan).unwrap_or_else(|problem| panic!("{problem}\n{plan}"));

    for _ in 0..num_directions {
        let direction = point.direction(&lowered, &linked.state, &mut random);
        let at = |step: f64| {
            let outputs = point.moved(step, &direction).run(&lowered.graph, &[], &sizes);
            outputs.iter().zip(&seeds).map(|(y, seed)| inner(y, seed)).sum::<f64>()
        };
        let difference = (at(STEP) - at(-STEP)) / (2.0 * STEP);
        let (mut derivative, mut terms) = (0.0, 1e-3);
        for (role, grad) in joint.roles.iter().zip(&results) {
            let along = match role {
                Role::GradParameter(reference) => direction.tensor(reference),
                Role::GradInput(index) => direction.inputs[*index].clone(),
                Role::Output(_) | Role::Buffer(_) => continue,
            };
            assert_eq!(along.shape, grad.shape, "{role}: a gradient has the shape of what it belongs to");
            derivative += inner(grad, &along);
            terms += grad.data.iter().zip(&along.data).map(|(a, b)| (a * b).abs()).sum::<f64>();
        }
        assert!(
            (derivative - difference).abs() <= 1e-6 * terms,
            "{function}: gradient {derivative}, difference {difference}, terms {terms}"
        );
    }
}

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
