//! Layers that drop, in compiled models: what they drop, how often, that seed and step alone decide, and that the gradient
//! is that of the same drawing.
#![allow(missing_docs)]
#![forbid(unsafe_code)]

use macrograd::prelude::*;

#[model]
pub struct Drops {
    #[with(rate = 0.25)]
    channels1: nn::Dropout1d,
    #[with(rate = 0.25)]
    channels2: nn::Dropout2d,
    #[with(rate = 0.25)]
    channels3: nn::Dropout3d,
    #[with(rate = 0.25)]
    alpha: nn::AlphaDropout,
    #[with(rate = 0.25)]
    features: nn::FeatureAlphaDropout,
    #[with(rate = 0.25)]
    path: nn::DropPath,
    #[with(rate = 0.25, scale_by_keep = false)]
    unscaled: nn::DropPath,
    #[init(ones)]
    scale: Param,
}

#[model]
impl Drops {
    /// What each layer makes of the same values, one after the other.
    pub fn forward<N: Dim>(&self, x: Tensor<N, 40, 6>) -> Tensor<N, 40, 6, 7> {
        let x = x * self.scale;
        let image = self.channels2(x.reshape([N, 40, 2, 3])).reshape([N, 40, 6, 1]);
        let volume = self.channels3(x.reshape([N, 40, 3, 2, 1])).reshape([N, 40, 6, 1]);
        let [a, b, c, d, e] = [
            self.channels1(x).reshape([N, 40, 6, 1]),
            self.alpha(x).reshape([N, 40, 6, 1]),
            self.features(x).reshape([N, 40, 6, 1]),
            self.path(x).reshape([N, 40, 6, 1]),
            self.unscaled(x).reshape([N, 40, 6, 1]),
        ];
        concat([a, image, volume, b, c, d, e], axis = 3)
    }
}

const BATCH: usize = 400;
const RATE: f32 = 0.25;
/// `a` and `b` of the alpha dropout, and what it puts in the place of an element.
const ALPHA: f32 = 1.758_099_3;

/// Results and gradients of one step on values from 1 to 2.
fn step(workspace: &mut Workspace) -> (Vec<f32>, Vec<f32>) {
    let net = Drops::new(Device::cpu(), 0);
    let mut grads = net.zero_grads();
    let x = input();
    let (y, saved) = net.forward_train(workspace, &x);
    let ones = Tensor::full((BATCH, Const::<40>, Const::<6>, Const::<7>), 1.0);
    let grad = saved.backward(&net, &ones, &mut grads);
    (y.as_slice().to_vec(), grad.as_slice().to_vec())
}

fn input() -> Tensor<f32, (usize, Const<40>, Const<6>)> {
    let numel = BATCH * 40 * 6;
    Tensor::from_vec(
        (BATCH, Const::<40>, Const::<6>),
        (0..numel).map(|i| 1.0 + (i * 7919 % numel) as f32 / numel as f32).collect(),
    )
}

/// The parts that layer `layer` decides on as a whole: `size` neighbouring elements each.
fn parts(y: &[f32], layer: usize, size: usize) -> Vec<Vec<f32>> {
    let values: Vec<f32> = y.iter().skip(layer).step_by(7).copied().collect();
    values.chunks(size).map(<[f32]>::to_vec).collect()
}

#[test]
fn whole_parts_are_dropped_at_the_rate() {
    let (y, _) = step(&mut Workspace::with_seed(1));
    let x = input();
    let scale = 1.0 / (1.0 - RATE);
    let a = 1.0 / ((1.0 - RATE) * (1.0 + RATE * ALPHA * ALPHA)).sqrt();
    let b = a * ALPHA * RATE;
    // Layer, elements that go together, what stands for a dropped one, and factor and summand of the others.
    for (layer, size, dropped, factor, summand) in [
        (0, 6, 0.0, scale, 0.0),
        (1, 6, 0.0, scale, 0.0),
        (2, 6, 0.0, scale, 0.0),
        (3, 1, b - a * ALPHA, a, b),
        (4, 6, b - a * ALPHA, a, b),
        (5, 240, 0.0, scale, 0.0),
        (6, 240, 0.0, 1.0, 0.0),
    ] {
        let parts = parts(&y, layer, size);
        let mut num_dropped = 0;
        for (part, x) in parts.iter().zip(x.as_slice().chunks(size)) {
            let gone = (part[0] - dropped).abs() < 1e-5;
            num_dropped += usize::from(gone);
            for (y, x) in part.iter().zip(x) {
                let expected = if gone { dropped } else { factor * x + summand };
                assert!((y - expected).abs() < 1e-5, "layer {layer}: {y} for {x}, expected {expected}");
            }
        }
        let (count, rate) = (parts.len() as f64, f64::from(RATE));
        let deviation = (count * rate * (1.0 - rate)).sqrt();
        let distance = (num_dropped as f64 - count * rate).abs();
        assert!(distance < 5.0 * deviation, "layer {layer} drops {num_dropped} of {count}");
    }
}

#[test]
fn layers_draw_for_themselves() {
    let (y, _) = step(&mut Workspace::with_seed(1));
    let zeros = |layer| parts(&y, layer, 6).iter().map(|part| part[0] == 0.0).collect::<Vec<bool>>();
    assert_ne!(zeros(0), zeros(1));
    assert_ne!(zeros(1), zeros(2));
    assert_ne!(parts(&y, 5, 240), parts(&y, 6, 240));
}

/// The gradient of a sum is the sum of the factors: that of what was kept.
#[test]
fn the_gradient_is_that_of_the_same_drawing() {
    let (y, grad) = step(&mut Workspace::with_seed(4));
    let a = 1.0 / ((1.0 - RATE) * (1.0 + RATE * ALPHA * ALPHA)).sqrt();
    for ((y, grad), x) in y.chunks(7).zip(&grad).zip(input().as_slice()) {
        let scaled: f32 = [0, 1, 2, 5, 6].iter().map(|&layer| y[layer] / x).sum();
        let kept = y[3..5].iter().filter(|&&y| y > 0.0).count() as f32;
        assert!((grad - scaled - kept * a).abs() < 1e-4, "{grad}, {y:?}");
    }
}

#[test]
fn seed_and_step_decide_for_any_number_of_threads() {
    let two_steps = |seed, threads| {
        let run = move || {
            let mut workspace = Workspace::with_seed(seed);
            [step(&mut workspace), step(&mut workspace)]
        };
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start").install(run)
    };
    let one = two_steps(7, 1);
    assert_ne!(one[0], one[1], "each step draws anew");
    assert_eq!(one, two_steps(7, 3));
    assert_ne!(one, two_steps(8, 1));
}

#[test]
fn nothing_is_dropped_in_inference() {
    let x = input();
    let y = Drops::new(Device::cpu(), 0).forward(&x);
    assert!(y.as_slice().chunks(7).zip(x.as_slice()).all(|(y, x)| y.iter().all(|y| y == x)));
}

/// Attention to the same place of every sequence: equal scores, and unit vectors as values, so that results are the
/// weights.
#[model]
pub struct Weights {
    #[init(zeros)]
    query: Param<8, 1>,
}

#[model]
impl Weights {
    pub fn forward<N: Dim>(&self, values: Tensor<N, 2, 20, 20>) -> Tensor<N, 2, 8, 20> {
        let query = self.query.expand([N, 2, 8, 1]);
        let dropout = if training() { 0.25 } else { 0.0 };
        attention(query, zeros([N, 2, 20, 1]), values, dropout = dropout)
    }
}

const WEIGHTS: usize = 3 * 2 * 8 * 20;

/// Unit vectors times the number of keys, for 3 samples of 2 heads.
fn unit_vectors() -> Tensor<f32, (usize, Const<2>, Const<20>, Const<20>)> {
    let values = (0..6 * 400).map(|i| if i % 400 % 21 == 0 { 20.0 } else { 0.0 }).collect();
    Tensor::from_vec((3, Const::<2>, Const::<20>, Const::<20>), values)
}

/// What weights are multiplied by in a training step, and the gradient of the values for ones.
fn factors(workspace: &mut Workspace) -> (Vec<f32>, Vec<f32>) {
    let net = Weights::new(Device::cpu(), 0);
    let values = unit_vectors();
    let (y, saved) = net.forward_train(workspace, &values);
    let ones = Tensor::full((3, Const::<2>, Const::<8>, Const::<20>), 1.0);
    let grad = saved.backward(&net, &ones, &mut net.zero_grads());
    (y.as_slice().to_vec(), grad.as_slice().to_vec())
}

#[test]
fn weights_of_attention_are_dropped_and_keep_their_mean() {
    let mut sums = vec![0.0f64; WEIGHTS];
    const SEEDS: u64 = 400;
    for seed in 0..SEEDS {
        let (factors, grad) = factors(&mut Workspace::with_seed(seed));
        assert!(factors.iter().all(|factor| *factor == 0.0 || (factor - 4.0 / 3.0).abs() < 1e-5));
        // The gradient of a value is the sum of its kept weights.
        for (head, grad) in factors.chunks(8 * 20).zip(grad.chunks(20 * 20)) {
            for (key, grad) in grad.chunks(20).enumerate() {
                let kept: f32 = head.iter().skip(key).step_by(20).sum();
                assert!(grad.iter().all(|grad| (grad - kept / 20.0).abs() < 1e-5));
            }
        }
        sums.iter_mut().zip(factors).for_each(|(sum, factor)| *sum += f64::from(factor));
    }
    // Five standard deviations: of all weights together, and of the worst of many.
    let deviation = (0.25f64 / 0.75 / SEEDS as f64).sqrt();
    let mean = sums.iter().sum::<f64>() / (SEEDS as f64 * WEIGHTS as f64);
    assert!((mean - 1.0).abs() < 5.0 * deviation / (WEIGHTS as f64).sqrt(), "mean {mean}");
    for sum in sums {
        assert!(
            (sum / SEEDS as f64 - 1.0).abs() < 5.0 * deviation,
            "mean of one weight {}",
            sum / SEEDS as f64
        );
    }
    assert_ne!(factors(&mut Workspace::with_seed(1)), factors(&mut Workspace::with_seed(2)));
    let inference = Weights::new(Device::cpu(), 0).forward(&unit_vectors());
    assert!(inference.as_slice().iter().all(|weight| (weight - 1.0).abs() < 1e-6));
}

/// A stack of attention layers and a loop over one, each drawing for itself; kept or computed again.
macro_rules! attentive {
    ($name:ident $id:literal $x:ident => $call:expr) => {
        #[model(id = $id)]
        pub struct $name {
            #[with(dropout = 0.4, causal = true)]
            layers: [nn::MultiHeadAttention<6, 2>; 3],
            #[with(dropout = 0.4)]
            again: nn::GroupedQueryAttention<6, 3, 1>,
        }

        #[model]
        impl $name {
            pub fn forward<N: Dim>(&self, x: Tensor<N, 9, 6>) -> Tensor<N, 9, 6> {
                let mut $x = x;
                for layer in &self.layers {
                    $x = $x + $call;
                }
                for _ in 0..3 {
                    $x = $x + self.again($x);
                }
                $x
            }
        }
    };
}

attentive!(Kept "kept attention" x => layer(x));
attentive!(Again "attention again" x => checkpoint(layer(x)));

type Sequences = Tensor<f32, (usize, Const<9>, Const<6>)>;

const SEQUENCES: usize = 4 * 9 * 6;

/// Whole numbers from -2 to 2, in an order of their own for each seed.
fn sequences(seed: usize) -> Sequences {
    let values = (0..SEQUENCES).map(|i| ((i * 7 + seed) * 7919 % 1009 % 5) as f32 - 2.0).collect();
    Tensor::from_vec((4, Const::<9>, Const::<6>), values)
}

/// Results in training and the gradient of their product with `sequences(1)`, with the weights of one drawing dropped.
macro_rules! attend {
    ($name:ident, $x:expr) => {{
        let net = $name::new(Device::cpu(), 3);
        let mut workspace = Workspace::with_seed(5);
        let x = $x;
        let (y, saved) = net.forward_train(&mut workspace, &x);
        let y: Vec<f32> = y.as_slice().to_vec();
        (y, saved.backward(&net, &sequences(1), &mut net.zero_grads()))
    }};
}

#[test]
fn attention_computed_again_drops_the_same_weights() {
    let ((kept, kept_grad), (again, again_grad)) =
        (attend!(Kept, sequences(0)), attend!(Again, sequences(0)));
    assert_eq!(kept, again);
    for (kept, again) in kept_grad.as_slice().iter().zip(again_grad.as_slice()) {
        assert!((kept - again).abs() <= 1e-5 * (1.0 + kept.abs()), "{kept}, computed again {again}");
    }
}

/// Every iteration drops in the backward pass what it dropped in the forward pass.
#[test]
fn gradients_through_dropped_weights_are_those_of_differences() {
    let (_, grad) = attend!(Kept, sequences(0));
    let direction = sequences(2);
    let at = |by: f32| {
        let moved =
            sequences(0).as_slice().iter().zip(direction.as_slice()).map(|(x, d)| x + by * d).collect();
        let (y, _) = attend!(Kept, Tensor::from_vec((4, Const::<9>, Const::<6>), moved));
        y.iter().zip(sequences(1).as_slice()).map(|(y, dy)| f64::from(y * dy)).sum::<f64>()
    };
    let step = 1e-2;
    let expected = (at(step) - at(-step)) / (2.0 * f64::from(step));
    let products = grad.as_slice().iter().zip(direction.as_slice());
    let found: f64 = products.map(|(grad, d)| f64::from(grad * d)).sum();
    assert!((found - expected).abs() < 2e-3 * expected.abs().max(1.0), "{found}, expected {expected}");
}
