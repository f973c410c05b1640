//! Dimensions known at run time: two at once, bounds, expressions, errors, and the shapes of what functions return.

use crate::support::*;
use macrograd::Error;
use macrograd::prelude::*;

#[model(sequential, input = [N, 784])]
pub struct Mlp(nn::Linear<784, 32>, nn::Relu, nn::Linear<32, 10>);

#[model(sequential, input = [N, D])]
pub struct Chain<const D: usize>(
    nn::Linear<D, { 2 * D }>,
    #[with(rate = 0.25)] nn::Dropout,
    nn::Tanh,
    #[with(bias = false)] nn::Linear<{ 2 * D }, 1>,
);

#[model]
pub type Chain3 = Chain<3>;

#[model]
pub struct Trunk {
    chain: Chain<3>,
    images: Images,
}

/// A sequential model with two run-time dimensions.
#[model(sequential, input = [N, 1, SIZE, SIZE], part)]
pub struct Images(nn::Conv2d<1, 2, 3>, nn::Relu, nn::AvgPool2d<2>);

#[model]
impl Trunk {
    pub fn loss<N: Dim, S: Dim>(&self, x: Tensor<N, 3>, image: Tensor<N, 1, S, S>) -> Tensor {
        self.chain(x).mean() + self.images(image).mean()
    }
}

#[test]
fn sequential_models_are_numbered() {
    assert_eq!(names::<Mlp>(), ["0.weight", "0.bias", "2.weight", "2.bias"]);
    assert_eq!(names::<Chain3>(), ["0.weight", "0.bias", "3.weight"]);
    let mut model = Mlp::new(Device::cpu(), 1);
    let x = Tensor::from_vec((3, Const::<784>), sample(3 * 784, 1));
    value_mut(&mut model, "0.bias").copy_from_slice(&sample(32, 2));
    for row in 0..3 {
        let layer = |name: &str, x: &[f64]| -> Vec<f64> {
            let (weight, bias) =
                (value(&model, &format!("{name}.weight")), value(&model, &format!("{name}.bias")));
            let product = |row: &[f32]| row.iter().zip(x).map(|(w, x)| f64::from(*w) * x).sum::<f64>();
            weight.chunks(x.len()).zip(bias).map(|(row, bias)| product(row) + f64::from(*bias)).collect()
        };
        let input: Vec<f64> = x.row(row).iter().map(|&x| f64::from(x)).collect();
        let h: Vec<f64> = layer("0", &input).iter().map(|h| h.max(0.0)).collect();
        let expected: Vec<f32> = layer("2", &h).iter().map(|&y| y as f32).collect();
        assert_close("logits", model.forward(&x).row(row), &expected, 1e-5);
    }
    let chain = Chain3::new(Device::cpu(), 1);
    let y: Tensor<f32, (usize, Const<1>)> = chain.forward(&Tensor::full((2, Const::<3>), 0.5f32));
    assert_eq!(y.numel(), 2);
}

#[test]
fn a_sequential_model_is_a_layer() {
    let mut model = Trunk::new(Device::cpu(), 1);
    assert!(names::<Trunk>().contains(&"chain.3.weight") && names::<Trunk>().contains(&"images.0.weight"));
    let (x, image) = (
        Tensor::from_vec((2, Const::<3>), sample(6, 1)),
        Tensor::from_vec((2, Const::<1>, 7, 7), sample(98, 2)),
    );
    // Dropout draws the same at every first step.
    let (_, grads) = model.loss_grad(&x, &image);
    check_gradients(&mut model, &grads, |model| model.loss_grad(&x, &image).0);
}

const WIDTH: usize = 8;

/// Attention written out: two run-time dimensions, heads by reshape and permute.
#[model]
pub struct Attention {
    qkv: nn::Linear<8, 24>,
    out: nn::Linear<8, 8>,
    position: Param<5, 8>,
}

#[model]
impl Attention {
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 8>) -> Tensor<N, T, 8>
    where
        T: AtMost<5>,
    {
        let x = x + self.position[0..T];
        let qkv = self.qkv(x).reshape([N, T, 3, 2, 8 / 2]).permute([2, 0, 3, 1, 4]);
        let (q, k, v) = (qkv[0], qkv[1], qkv[2]);
        let scores = q.matmul(k.permute([0, 1, 3, 2])) / sqrt(4.0);
        let y = scores.log_softmax(3).exp().matmul(v);
        self.out(y.permute([0, 2, 1, 3]).reshape([N, T, 8]))
    }

    pub fn loss<N: Dim, T: Dim>(&self, x: Tensor<N, T, 8>, target: Tensor<N, T, 8>) -> Tensor
    where
        T: AtMost<5>,
    {
        let d = self.forward(x) - target;
        (d * d).mean()
    }
}

fn attention(model: &Attention, x: &[f32], t: usize) -> Vec<f32> {
    let layer = |layer: &str, x: &[f64]| -> Vec<f64> {
        let (weight, bias) =
            (value(model, &format!("{layer}.weight")), value(model, &format!("{layer}.bias")));
        let product = |row: &[f32]| row.iter().zip(x).map(|(w, x)| f64::from(*w) * x).sum::<f64>();
        weight.chunks(x.len()).zip(bias).map(|(row, bias)| product(row) + f64::from(*bias)).collect()
    };
    let position = value(model, "position");
    let shifted: Vec<f64> = x.iter().zip(position).map(|(x, p)| f64::from(*x) + f64::from(*p)).collect();
    let qkv: Vec<Vec<f64>> = shifted.chunks(WIDTH).map(|x| layer("qkv", x)).collect();
    let mut result = Vec::new();
    for at in 0..t {
        let mut row = Vec::new();
        for head in 0..2 {
            let part = |t: usize, which: usize| &qkv[t][which * 8 + head * 4..][..4];
            let score = |to: usize| {
                (part(at, 0).iter().zip(part(to, 1)).map(|(a, b)| a * b).sum::<f64>() / 2.0).exp()
            };
            let total: f64 = (0..t).map(score).sum();
            for i in 0..4 {
                row.push((0..t).map(|to| score(to) / total * part(to, 2)[i]).sum::<f64>());
            }
        }
        result.extend(layer("out", &row).iter().map(|&y| y as f32));
    }
    result
}

#[test]
fn two_dimensions_at_run_time() {
    let mut model = Attention::new(Device::cpu(), 1);
    value_mut(&mut model, "position").copy_from_slice(&sample(40, 9));
    for (n, t) in [(1, 1), (2, 5), (3, 2)] {
        let x = Tensor::from_vec((n, t, Const::<8>), sample(n * t * 8, 1));
        let y = model.forward(&x);
        for row in 0..n {
            assert_close("attention", y.row(row), &attention(&model, x.row(row), t), 1e-4);
        }
    }
    let x = Tensor::from_vec((2, 3, Const::<8>), sample(48, 1));
    let target = Tensor::from_vec((2, 3, Const::<8>), sample(48, 2));
    let (_, grads) = model.loss_grad(&x, &target);
    check_gradients(&mut model, &grads, |model| model.loss(&x, &target));
    // Positions that a short sequence does not have get no gradient.
    assert!(gradient::<Attention>(&grads, "position")[3 * 8..].iter().all(|&grad| grad == 0.0));
}

#[model]
pub struct Bounds {
    weight: Param<4>,
}

#[model]
impl Bounds {
    /// The halves of each sequence, swapped, and both dimensions in one.
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 4>) -> (Tensor<N, T, 4>, Tensor<{ N * T / 2 }, 8>)
    where
        T: AtMost<16>,
        N: MultipleOf<2>,
    {
        let x = x * self.weight;
        let swapped = concat([x[(0..N / 2)] * 2.0, x[(N / 2..N)]], axis = 0);
        (swapped, x.reshape([N / 2 * T, 8]))
    }

    /// An argument that is an expression of other dimensions.
    pub fn pooled<N: Dim, T: Dim>(
        &self,
        x: Tensor<N, T, 4>,
        mask: Tensor<{ N * T }, { 2 + 2 }>,
    ) -> Tensor<N, 4> {
        (x * mask.reshape([N, T, 4]) * self.weight).sum(1)
    }

    pub fn loss<N: Dim, T: Dim>(&self, x: Tensor<N, T, 4>) -> Tensor
    where
        T: AtMost<16>,
        N: MultipleOf<2>,
    {
        let (a, b) = self.forward(x);
        (a * a).mean() + (b * 3.0).mean()
    }
}

#[test]
fn bounds_and_expressions_of_dimensions() {
    let mut model = Bounds::new(Device::cpu(), 1);
    value_mut(&mut model, "weight").copy_from_slice(&[1.0, -1.0, 2.0, 0.5]);
    let x = Tensor::from_vec((4, 3, Const::<4>), sample(48, 1));
    let (swapped, flat) = model.forward(&x);
    let scaled: Vec<f32> =
        x.as_slice().chunks(4).flat_map(|x| [x[0], -x[1], x[2] * 2.0, x[3] * 0.5]).collect();
    let doubled: Vec<f32> =
        scaled.iter().enumerate().map(|(i, x)| if i < 24 { x * 2.0 } else { *x }).collect();
    assert_close("swapped", swapped.as_slice(), &doubled, 1e-6);
    assert_close("flat", flat.as_slice(), &scaled, 1e-6);
    let (rows, _): (usize, Const<8>) = flat.shape();
    assert_eq!(rows, 6);
    let (_, grads) = model.loss_grad(&x);
    check_gradients(&mut model, &grads, |model| model.loss(&x));

    let mask = Tensor::from_fn((12, Const::<4>), |index| if index[0] % 3 == 1 { 1.0f32 } else { 0.0 });
    let pooled = model.pooled(&x, &mask);
    for row in 0..4 {
        assert_close("pooled", pooled.row(row), &scaled[(row * 3 + 1) * 4..][..4], 1e-6);
    }

    let error = model.try_forward(&Tensor::full((3, 3, Const::<4>), 0.0f32)).unwrap_err();
    assert!(matches!(error, Error::DimBound { dim: "N", size: 3, bound: "MultipleOf<2>" }), "{error}");
    let error = model.try_loss(&Tensor::full((2, 17, Const::<4>), 0.0f32)).unwrap_err();
    assert_eq!(error.to_string(), "`T` is 17, but the function is declared for T: AtMost<16>");
    let error = model.try_loss_grad(&Tensor::full((2, 17, Const::<4>), 0.0f32)).err().unwrap();
    assert!(matches!(error, Error::DimBound { dim: "T", size: 17, bound: "AtMost<16>" }), "{error}");
    let mask = Tensor::full((11, Const::<4>), 0.0f32);
    let text = model.try_pooled(&x, &mask).unwrap_err().to_string();
    assert!(text.contains("12") && text.contains("11") && text.contains("`mask`"), "{text}");
    let error = model.try_forward(&Tensor::full((0, 3, Const::<4>), 0.0f32)).unwrap_err();
    assert!(matches!(error, Error::EmptyDim { dim: "N", argument: "x" }), "{error}");
}

#[model]
pub struct Net {
    fc: nn::Linear<6, 3>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, image: Tensor<N, 6>) -> Tensor<N, 3> {
        self.fc(image)
    }

    pub fn loss<N: Dim>(&self, image: Tensor<N, 6>, label: Tensor<u8, N>) -> Tensor {
        self.forward(image).cross_entropy(label)
    }

    /// A second loss, in one function with what it is made of.
    pub fn mean_and_square<N: Dim>(&self, image: Tensor<N, 6>) -> (Tensor, Tensor<N>) {
        let y = self.forward(image);
        (y.mean(), self.length(y))
    }

    pub fn square_loss<N: Dim>(&self, image: Tensor<N, 6>) -> Tensor {
        let (mean, lengths) = self.mean_and_square(image);
        lengths.mean() - mean * mean
    }

    fn length<N: Dim>(&self, y: Tensor<N, 3>) -> Tensor<N> {
        self.square(y).sum(1)
    }

    fn square<N: Dim>(&self, y: Tensor<N, 3>) -> Tensor<N, 3> {
        y * y
    }

    pub fn is_training<N: Dim>(&self, image: Tensor<N, 6>) -> Tensor<N, 3> {
        if training() { self.fc(image) } else { self.fc(image) * 0.0 - 1.0 }
    }
}

fn images<const N: usize>() -> NetImage<Const<N>> {
    Tensor::from_vec((Const, Const), sample(N * 6, 1))
}

#[test]
fn arguments_that_disagree() {
    let model = Net::new(Device::cpu(), 1);
    let image: NetImage<usize> = Tensor::full((64, Const::<6>), 0.5f32);
    let label = Tensor::full((63,), 1u8);
    let expected = "`N` is 64 in `image`, but 63 in `label`";
    for error in [
        model.try_loss(&image, &label).unwrap_err(),
        model.try_loss_grad(&image, &label).err().unwrap(),
        model.try_loss_train(&mut model.workspace(), &image, &label).err().unwrap(),
        model
            .try_loss_grad_into(&mut model.workspace(), &image, &label, &mut model.zero_grads())
            .unwrap_err(),
    ] {
        assert_eq!(error.to_string(), expected);
        assert!(matches!(error, Error::DimMismatch { first: 64, second: 63, .. }));
    }
    let wrong = Tensor::from_fn((64,), |index| if index[0] == 5 { 3u8 } else { 2 });
    let expected = "label 3 at position 5 is out of range: there are 3 classes, numbered from 0";
    for error in
        [model.try_loss(&image, &wrong).unwrap_err(), model.try_loss_grad(&image, &wrong).err().unwrap()]
    {
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn short_forms_panic_at_the_callers_line() {
    use std::sync::{Arc, Mutex};
    let seen: Arc<Mutex<Vec<(String, u32)>>> = Arc::default();
    let log = Arc::clone(&seen);
    let thread = std::thread::current().id();
    let before = std::panic::take_hook();
    let before = Arc::new(before);
    let others = Arc::clone(&before);
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() != thread {
            return others(info);
        }
        let location = info.location().expect("panics have a place");
        log.lock().unwrap().push((location.file().to_string(), location.line()));
    }));
    let model = Net::new(Device::cpu(), 1);
    let image: NetImage<usize> = Tensor::full((4, Const::<6>), 0.5f32);
    let label = Tensor::full((3,), 1u8);
    let texts = [
        panic_text(|| _ = model.loss(&image, &label)),
        panic_text(|| drop(model.loss_grad(&image, &label))),
        panic_text(|| _ = model.loss(&image, &Tensor::full((4,), 9u8))),
    ];
    let line = line!() - 4;
    std::panic::set_hook(Box::new(move |info| before(info)));
    assert_eq!(texts[0], "`N` is 4 in `image`, but 3 in `label`");
    assert_eq!(texts[0], texts[1]);
    assert!(texts[2].starts_with("label 9 at position 0"), "{}", texts[2]);
    let places: Vec<(String, u32)> = seen.lock().unwrap().clone();
    let expected: Vec<(String, u32)> = (0..3).map(|i| (file!().to_string(), line + i)).collect();
    assert_eq!(places, expected);
}

#[test]
fn batches_of_a_known_size_and_of_one() {
    let mut model = Net::new(Device::cpu(), 1);
    let known: Tensor<f32, (Const<4>, Const<3>)> = model.forward(&images::<4>());
    let image: NetImage<usize> = Tensor::from_vec((4, Const), sample(24, 1));
    let unknown: Tensor<f32, (usize, Const<3>)> = model.forward(&image);
    assert_eq!(known.as_slice(), unknown.as_slice());
    for row in 0..4 {
        let one = Tensor::from_vec((1, Const::<6>), image.row(row).to_vec());
        assert_close("one", model.forward(&one).as_slice(), unknown.row(row), 1e-6);
    }
    let label: NetLabel<Const<4>> = Tensor::from_vec((Const,), labels(4, 3));
    let (loss, grads) = model.loss_grad(&images::<4>(), &label);
    let (other, same) = model.loss_grad(&image, &Tensor::from_vec((4,), labels(4, 3)));
    assert_eq!((loss, grads.gradients().values()), (other, same.gradients().values()));

    let (mean, lengths) = model.mean_and_square(&images::<4>());
    let y = known.as_slice();
    let expected: Vec<f32> = y.chunks(3).map(|y| y.iter().map(|y| y * y).sum()).collect();
    assert_close("lengths", lengths.as_slice(), &expected, 1e-5);
    assert_close("mean", mean.as_slice(), &[y.iter().sum::<f32>() / 12.0], 1e-5);
    let (_, grads) = model.square_loss_grad(&image);
    check_gradients(&mut model, &grads, |model| model.square_loss(&image));
    // Both results of the two, by their own gradients.
    let mut workspace = model.workspace();
    let ((mean_again, _), saved) = model.mean_and_square_train(&mut workspace, &image);
    assert_eq!(mean_again.as_slice(), mean.as_slice());
    let mut halves = model.zero_grads();
    let quarter = Tensor::full((4,), 0.25f32);
    saved.backward(&model, -2.0 * mean.as_slice()[0], &quarter, &mut halves);
    assert_close("halves", halves.gradients().values(), grads.gradients().values(), 1e-5);

    assert!(model.is_training(&image).as_slice().iter().all(|&y| y == -1.0));
    let (trained, _) = model.is_training_train(&mut workspace, &image);
    assert_eq!(trained.as_slice(), unknown.as_slice());
}

#[model]
pub struct Differences {
    fc: nn::Linear<3, 3>,
}

#[model]
impl Differences {
    /// The steps after the fourth.
    pub fn late<N: Dim, T: Dim>(&self, x: Tensor<N, T, 3>) -> Tensor<N, 3> {
        let mut h = zeros([N, 3]);
        for t in 4..T {
            h = (self.fc(x.at(1, t)) + h).tanh();
        }
        h
    }

    /// As many steps of `y` as there are of `x`.
    pub fn along<N: Dim, T: Dim, S: Dim>(&self, x: Tensor<N, T, 3>, y: Tensor<N, S, 3>) -> Tensor<N, T, 3> {
        self.fc(x) + y[(.., 0..T)]
    }

    /// A convolution without padding over an image that may be too small.
    pub fn halved<N: Dim, H: Dim>(&self, x: Tensor<N, 1, H, 3>) -> Tensor<Inferred> {
        x.avg_pool2d([3, 1], stride = 2)
    }

    /// The difference as a number.
    pub fn shifted<N: Dim, T: Dim>(&self, x: Tensor<N, T, 3>) -> Tensor<N, T, 3> {
        self.fc(x) * 0.0 + x * ((T - 10) as f32)
    }
}

#[test]
fn dimensions_that_are_too_small_for_a_function_are_errors() {
    let model = Differences::new(Device::cpu(), 1);
    let x = |t: usize| Tensor::full((2, t, Const::<3>), 1.0f32);
    let image = |h: usize| Tensor::full((2, Const::<1>, h, Const::<3>), 1.0f32);
    assert_eq!(model.try_late(&x(4)).unwrap().as_slice(), [0.0; 6]);
    let error = model.try_late(&x(2)).unwrap_err();
    assert!(matches!(error, Error::DimRelation { condition: "T >= 4", left: 2, right: 4 }), "{error}");
    assert_eq!(model.try_along(&x(3), &x(5)).unwrap().shape().1, 3);
    let error = model.try_along(&x(5), &x(3)).unwrap_err();
    assert_eq!(error.to_string(), "the function needs S >= T, which is 3 >= 5 here");
    assert!(model.try_halved(&image(3)).is_ok());
    let error = model.try_halved(&image(2)).err().unwrap();
    assert!(matches!(error, Error::DimRelation { condition: "H >= 3", .. }), "{error}");
    assert_eq!(model.shifted(&x(3)).as_slice(), [-7.0; 18]);
}
