//! Fields: options, settings, initialisers, and what attributes say about training.

use crate::support::*;
use macrograd::__private::state::Kind;
use macrograd::optim::{AdamW, Sgd};
use macrograd::prelude::*;

/// An optional parameter, an optional layer, off and on.
#[model(part)]
pub struct Affine<const IN: usize, const OUT: usize> {
    #[default(true)]
    shift: Option<Param<OUT>>,
    #[with(bias = false)]
    fc: nn::Linear<IN, OUT>,
    #[default(IN != OUT)]
    #[with(bias = false)]
    skip: Option<nn::Linear<IN, OUT>>,
}

#[model]
impl<const IN: usize, const OUT: usize> Affine<IN, OUT> {
    pub fn forward<N: Dim>(&self, x: Tensor<N, IN>) -> Tensor<N, OUT> {
        let y = self.fc(x);
        let y = if self.skip.is_some() { y + self.skip(x) } else { y + x };
        if let Some(shift) = self.shift { y + shift } else { y }
    }
}

#[model]
pub struct Options {
    wide: Affine<2, 3>,
    same: Affine<3, 3>,
    #[with(shift = false, skip = true)]
    skipped: Affine<3, 3>,
    #[default(false)]
    never: Option<nn::Linear<3, 3>>,
}

#[model]
impl Options {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 2>) -> Tensor<N, 3> {
        let y = self.skipped(self.same(self.wide(x)));
        if let Some(never) = &self.never { never(y) } else { y }
    }

    pub fn loss<N: Dim>(&self, x: Tensor<N, 2>) -> Tensor {
        let y = self.forward(x);
        (y * y).sum()
    }
}

#[test]
fn options_are_on_or_off() {
    assert_eq!(
        names::<Options>(),
        [
            "wide.shift",
            "wide.fc.weight",
            "wide.skip.weight",
            "same.shift",
            "same.fc.weight",
            "skipped.fc.weight",
            "skipped.skip.weight",
        ]
    );
    let mut model = Options::new(Device::cpu(), 1);
    for name in ["wide.shift", "same.shift"] {
        value_mut(&mut model, name).copy_from_slice(&[0.5, -1.0, 2.0]);
    }
    let product = |name: &str, x: &[f64]| -> Vec<f64> {
        let rows = value(&model, name).chunks(x.len());
        rows.map(|row| row.iter().zip(x).map(|(w, x)| f64::from(*w) * x).sum()).collect()
    };
    let add = |a: Vec<f64>, b: Vec<f64>| -> Vec<f64> { a.iter().zip(&b).map(|(a, b)| a + b).collect() };
    let shift = vec![0.5, -1.0, 2.0];
    let x = vec![0.25, -0.75];
    let h = add(add(product("wide.fc.weight", &x), product("wide.skip.weight", &x)), shift.clone());
    let h = add(add(product("same.fc.weight", &h), h.clone()), shift);
    let h = add(product("skipped.fc.weight", &h), product("skipped.skip.weight", &h));
    let expected: Vec<f32> = h.iter().map(|&h| h as f32).collect();
    let input = Tensor::from_vec((1, Const::<2>), vec![0.25, -0.75]);
    assert_close("forward", model.forward(&input).as_slice(), &expected, 1e-5);
    let (_, grads) = model.loss_grad(&input);
    check_gradients(&mut model, &grads, |model| model.loss(&input));
}

/// Every kind of hyper-parameter, with defaults that depend on sizes and on each other.
#[model(part)]
pub struct Hypers<const D: usize> {
    #[default(D * 2)]
    count: usize,
    #[default(1.0 / sqrt(D))]
    scale: f32,
    #[default(count > 4)]
    flag: bool,
    #[default([1, D])]
    pair: [usize; 2],
    weight: Param<{ count / 2 }>,
}

#[model]
impl<const D: usize> Hypers<D> {
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        let y = x * self.scale + self.count as f32 + self.weight.sum();
        if self.flag { y * (self.pair[0] * 100 + self.pair[1]) as f32 } else { y - 1.0 }
    }
}

#[model]
pub struct UsesHypers {
    defaults: Hypers<4>,
    #[with(count = 3 + 1, scale = -2, pair = 7)]
    set: Hypers<4>,
    #[with(flag = true, pair = [2, 3])]
    other: Hypers<1>,
}

#[model]
impl UsesHypers {
    pub fn forward<N: Dim>(&self, x: Tensor<N>) -> (Tensor<N>, Tensor<N>, Tensor<N>) {
        (self.defaults(x), self.set(x), self.other(x))
    }
}

#[test]
fn hyper_parameters_have_defaults_and_are_set() {
    let model = UsesHypers::new(Device::cpu(), 1);
    assert_eq!(tensor_info::<UsesHypers>("defaults.weight").shape, [4]);
    assert_eq!(tensor_info::<UsesHypers>("set.weight").shape, [2]);
    let (a, b, c) = model.forward(&Tensor::from_vec((2,), vec![0.0, 1.0]));
    // Vectors start at zero: only the settings are left.
    assert_close("defaults", a.as_slice(), &[8.0 * 104.0, 8.5 * 104.0], 1e-6);
    assert_close("set", b.as_slice(), &[3.0, 1.0], 1e-6);
    assert_close("other", c.as_slice(), &[2.0 * 203.0, 3.0 * 203.0], 1e-6);
}

#[model]
pub struct Inits {
    by_default: Param<40, 50>,
    vector: Param<20>,
    #[init(zeros)]
    zeros: Param<40, 50>,
    #[init(ones)]
    ones: Param<40, 50>,
    #[init(constant(0.5))]
    constant: Param<40, 50>,
    #[init(uniform(0.3))]
    uniform: Param<40, 50>,
    #[init(uniform(1.0, 3.0))]
    between: Param<40, 50>,
    #[init(normal(0.2))]
    normal: Param<40, 50>,
    #[init(normal(5.0, 0.1))]
    around: Param<40, 50>,
    #[init(kaiming_uniform)]
    kaiming_uniform: Param<40, 50>,
    #[init(kaiming_normal)]
    kaiming_normal: Param<40, 10, 5, 5>,
    #[init(xavier_uniform)]
    xavier_uniform: Param<40, 50>,
    #[init(xavier_normal)]
    xavier_normal: Param<40, 50>,
    #[init(ones)]
    buffer: Buffer<7>,
}

#[model]
impl Inits {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 50>) -> Tensor<N, 40> {
        x.matmul(self.by_default.t())
    }
}

#[test]
fn initialisers_have_their_statistics() {
    let model = Inits::new(Device::cpu(), 1);
    let statistics = |name: &str| {
        let values = value(&model, name);
        let count = values.len() as f64;
        let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
        let variance = values.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / count;
        let largest = values.iter().fold(0.0f64, |most, x| most.max(f64::from(x.abs())));
        (mean, variance.sqrt(), largest)
    };
    for (name, constant) in
        [("vector", 0.0), ("zeros", 0.0), ("ones", 1.0), ("constant", 0.5), ("buffer", 1.0)]
    {
        assert!(value(&model, name).iter().all(|&x| x == constant), "{name}");
    }
    // Name, mean, bound of a uniform one. PyTorch's Linear has a bound of 1/√fan_in.
    let uniform = [
        ("by_default", 0.0, 1.0 / 50f64.sqrt()),
        ("uniform", 0.0, 0.3),
        ("between", 2.0, 1.0),
        ("kaiming_uniform", 0.0, (6.0f64 / 50.0).sqrt()),
        ("xavier_uniform", 0.0, (6.0f64 / 90.0).sqrt()),
    ];
    for (name, center, bound) in uniform {
        let (mean, deviation, largest) = statistics(name);
        assert!((mean - center).abs() < 0.06 * bound, "{name}: mean {mean}");
        assert!((deviation / (bound / 3f64.sqrt()) - 1.0).abs() < 0.05, "{name}: deviation {deviation}");
        assert!(largest <= center + bound && largest > center + 0.98 * bound, "{name}: largest {largest}");
    }
    let normal = [
        ("normal", 0.0, 0.2),
        ("around", 5.0, 0.1),
        ("kaiming_normal", 0.0, (2.0f64 / 250.0).sqrt()),
        ("xavier_normal", 0.0, (2.0f64 / 90.0).sqrt()),
    ];
    for (name, center, expected) in normal {
        let (mean, deviation, largest) = statistics(name);
        assert!((mean - center).abs() < 0.1 * expected, "{name}: mean {mean}");
        assert!((deviation / expected - 1.0).abs() < 0.06, "{name}: deviation {deviation}");
        assert!(largest > center + 2.5 * expected, "{name}: largest {largest}");
    }
    let again = Inits::new(Device::cpu(), 1);
    assert_eq!(again.state().values(), model.state().values());
    assert_ne!(Inits::new(Device::cpu(), 2).state().values(), model.state().values());
}

#[model]
pub struct Trained {
    plain: nn::Linear<4, 4>,
    #[frozen]
    frozen: nn::Linear<4, 4>,
    #[lr(0.1)]
    slow: nn::Linear<4, 4>,
    #[no_decay]
    kept: nn::Linear<4, 4>,
    #[rename("old.name")]
    renamed: nn::Linear<4, 4>,
    #[frozen]
    #[init(ones)]
    fixed: Param<4>,
    #[lr(0.5)]
    group: Group,
}

/// Factors multiply on the way down.
#[model(part)]
pub struct Group {
    #[lr(0.5)]
    #[no_decay]
    weight: Param<4, 4>,
}

#[model]
impl Group {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor<N, 4> {
        x.matmul(self.weight)
    }
}

#[model]
impl Trained {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {
        let x = self.frozen(self.plain(x)).tanh() * self.fixed;
        let x = self.group(self.renamed(self.kept(self.slow(x))));
        (x * x).mean()
    }
}

#[test]
fn attributes_decide_what_moves() {
    let mut model = Trained::new(Device::cpu(), 1);
    assert!(names::<Trained>().contains(&"old.name.weight"));
    assert_eq!(model.renamed().weight().as_slice(), value(&model, "old.name.weight"));
    let frozen: Vec<_> =
        Trained::layout().tensors.iter().filter(|t| t.kind == Kind::Frozen).map(|t| t.name).collect();
    assert_eq!(frozen, ["frozen.weight", "frozen.bias", "fixed"]);
    let info = |name| tensor_info::<Trained>(name);
    assert_eq!((info("slow.weight").lr_scale, info("group.weight").lr_scale), (f64::from(0.1_f32), 0.25));
    assert!(!info("kept.bias").decay && !info("group.weight").decay && info("slow.weight").decay);

    let x = Tensor::from_vec((3, Const::<4>), sample(12, 1));
    let (_, mut grads) = model.loss_grad(&x);
    check_gradients(&mut model, &grads, |model| model.loss(&x));
    let before = model.state().values().to_vec();
    let gradients = grads.clone();
    Sgd::new(0.5).step(&mut model, &mut grads);
    for tensor in Trained::layout().tensors {
        let old = &before[tensor.offset..][..tensor.numel()];
        let expected: Vec<f32> = if tensor.kind == Kind::Trainable {
            let grad = gradient::<Trained>(&gradients, tensor.name);
            old.iter().zip(grad).map(|(value, grad)| value - 0.5 * tensor.lr_scale as f32 * grad).collect()
        } else {
            old.to_vec()
        };
        assert_close(tensor.name, value(&model, tensor.name), &expected, 1e-6);
    }
    // Without gradients, AdamW moves by its decay alone.
    let before = model.state().values().to_vec();
    let mut grads = model.zero_grads();
    AdamW::new(0.1).weight_decay(0.2).step(&mut model, &mut grads);
    for tensor in Trained::layout().tensors {
        let decays = tensor.kind == Kind::Trainable && tensor.decay;
        let factor = if decays { 1.0 - 0.1 * tensor.lr_scale as f32 * 0.2 } else { 1.0 };
        let old = &before[tensor.offset..][..tensor.numel()];
        let expected: Vec<f32> = old.iter().map(|value| value * factor).collect();
        assert_close(tensor.name, value(&model, tensor.name), &expected, 1e-6);
    }
    // Frozen parameters and buffers are saved like the others.
    let path = std::env::temp_dir().join(format!("macrograd-trained-{}.safetensors", std::process::id()));
    model.save(&path).unwrap();
    let loaded = Trained::load(&path, Device::cpu()).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(loaded.state().values(), model.state().values());
}

/// A weight used in two places, and a layer called twice.
#[model]
pub struct Tied {
    wte: Embedding,
    fc: nn::Linear<4, 4>,
}

#[model(part)]
pub struct Embedding {
    weight: Param<5, 4>,
}

#[model]
impl Embedding {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 5>) -> Tensor<N, 4> {
        x.matmul(self.weight)
    }
}

#[model]
impl Tied {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 5>) -> Tensor<N, 5> {
        let h = self.fc(self.fc(self.wte(x)).tanh());
        h.matmul(self.wte.weight.t())
    }

    pub fn loss<N: Dim>(&self, x: Tensor<N, 5>, label: Tensor<u8, N>) -> Tensor {
        self.forward(x).cross_entropy(label)
    }
}

/// The same with every use a parameter of its own.
#[model]
pub struct Untied {
    wte: Embedding,
    head: Param<5, 4>,
    first: nn::Linear<4, 4>,
    second: nn::Linear<4, 4>,
}

#[model]
impl Untied {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 5>, label: Tensor<u8, N>) -> Tensor {
        let h = self.second(self.first(self.wte(x)).tanh());
        h.matmul(self.head.t()).cross_entropy(label)
    }
}

#[test]
fn gradients_of_shared_parameters_add_up() {
    let mut tied = Tied::new(Device::cpu(), 1);
    let mut untied = Untied::new(Device::cpu(), 2);
    for (from, to) in [("wte.weight", "wte.weight"), ("wte.weight", "head")] {
        value_mut(&mut untied, to).copy_from_slice(value(&tied, from));
    }
    for part in ["weight", "bias"] {
        for layer in ["first", "second"] {
            value_mut(&mut untied, &format!("{layer}.{part}"))
                .copy_from_slice(value(&tied, &format!("fc.{part}")));
        }
    }
    let x = Tensor::from_vec((3, Const::<5>), sample(15, 1));
    let y = Tensor::from_vec((3,), labels(3, 5));
    let (loss, grads) = tied.loss_grad(&x, &y);
    let (expected_loss, expected) = untied.loss_grad(&x, &y);
    assert_close("loss", &[loss], &[expected_loss], 1e-6);
    for (name, uses) in [
        ("wte.weight", ["wte.weight", "head"]),
        ("fc.weight", ["first.weight", "second.weight"]),
        ("fc.bias", ["first.bias", "second.bias"]),
    ] {
        let [a, b] = uses.map(|name| gradient::<Untied>(&expected, name));
        let sum: Vec<f32> = a.iter().zip(b).map(|(a, b)| a + b).collect();
        assert_close(name, gradient::<Tied>(&grads, name), &sum, 1e-5);
    }
    check_gradients(&mut tied, &grads, |model| model.loss(&x, &y));
}
