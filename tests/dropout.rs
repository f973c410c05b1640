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
