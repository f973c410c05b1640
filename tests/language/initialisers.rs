//! Initialisers beyond the plain distributions: what the attribute says against the values that a model starts with.

use super::support::value;
use macrograd::prelude::*;

#[model]
pub struct Structures {
    #[init(eye)]
    eye: Param<2, 3>,
    #[init(dirac(groups = 2))]
    dirac: Param<4, 2, 3, 3>,
    #[init(orthogonal(gain = leaky_relu(0.2)))]
    orthogonal: Param<6, 2, 3>,
    #[init(sparse(0.25, std = 0.5))]
    sparse: Param<10, 200>,
    #[init(trunc_normal(0.02))]
    narrow: Param<40, 50>,
    #[init(trunc_normal(mean = 1.0, std = 0.5, a = 1.0, b = 1.5))]
    one_sided: Param<40, 50>,
    #[init(uniform)]
    unit: Param<40, 50>,
    #[init(uniform(low = -3.0, high = -1.0))]
    below: Param<40, 50>,
    #[init(normal)]
    standard: Param<40, 50>,
    #[init(kaiming_uniform(a = 0.5, mode = "fan_out"))]
    kaiming_uniform: Param<40, 50, 2>,
    #[init(kaiming_normal(mode = fan_out, nonlinearity = tanh))]
    kaiming_normal: Param<40, 50, 2>,
    #[init(kaiming_normal(nonlinearity = "linear"))]
    lecun: Param<40, 50>,
    #[init(xavier_uniform(gain = "relu"))]
    xavier_uniform: Param<40, 50>,
    #[init(xavier_normal(gain = 0.5))]
    xavier_normal: Param<40, 50>,
    by_default: Param<3, 3>,
}

#[model]
impl Structures {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 3> {
        x.matmul(self.by_default)
    }
}

fn deviation(values: &[f32]) -> f64 {
    (values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

#[test]
fn structures_are_those_of_the_attribute() {
    let model = Structures::new(Device::cpu(), 1);
    assert_eq!(value(&model, "eye"), [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    // Two groups of two channels, each passed on at the middle of its window.
    let ones: Vec<usize> = (0..72).filter(|&index| value(&model, "dirac")[index] == 1.0).collect();
    assert_eq!(ones, [4, 31, 40, 67]);

    let orthogonal = value(&model, "orthogonal");
    let gain_squared = 2.0 / (1.0 + 0.04);
    for (a, first) in orthogonal.chunks_exact(6).enumerate() {
        for (b, second) in orthogonal.chunks_exact(6).enumerate() {
            let dot: f32 = first.iter().zip(second).map(|(x, y)| x * y).sum();
            let expected = if a == b { gain_squared } else { 0.0 };
            assert!((dot - expected).abs() < 1e-5, "rows {a} and {b} have {dot}");
        }
    }

    let sparse = value(&model, "sparse");
    for col in 0..200 {
        // A quarter of ten, rounded up.
        assert_eq!((0..10).filter(|row| sparse[row * 200 + col] == 0.0).count(), 3);
    }
    assert!((deviation(sparse) / (0.5 * 0.7f64.sqrt()) - 1.0).abs() < 0.06);
}

#[test]
fn distributions_are_those_of_the_attribute() {
    let model = Structures::new(Device::cpu(), 1);
    let (narrow, one_sided) = (value(&model, "narrow"), value(&model, "one_sided"));
    assert!((deviation(narrow) / 0.02 - 1.0).abs() < 0.06, "two is far out: nothing is cut");
    assert!(one_sided.iter().all(|value| (1.0..=1.5).contains(value)));

    // Name, low, high.
    let fan_out = 40.0f64 * 2.0;
    let kaiming = (6.0 / (1.25 * fan_out)).sqrt();
    let xavier = 2f64.sqrt() * (6.0 / 90.0f64).sqrt();
    for (name, low, high) in [
        ("unit", 0.0, 1.0),
        ("below", -3.0, -1.0),
        ("kaiming_uniform", -kaiming, kaiming),
        ("xavier_uniform", -xavier, xavier),
    ] {
        let extreme = |pick: fn(f64, f64) -> f64| {
            value(&model, name).iter().map(|&value| f64::from(value)).reduce(pick).expect("it has elements")
        };
        let (least, most) = (extreme(f64::min), extreme(f64::max));
        let near = 0.01 * (high - low);
        assert!(least >= low - 1e-6 && least < low + near, "{name}: least {least} for {low}");
        assert!(most <= high + 1e-6 && most > high - near, "{name}: most {most} for {high}");
    }
    for (name, expected) in [
        ("standard", 1.0),
        ("kaiming_normal", 5.0 / 3.0 / fan_out.sqrt()),
        ("lecun", 1.0 / 50f64.sqrt()),
        ("xavier_normal", 0.5 * (2.0 / 90.0f64).sqrt()),
    ] {
        let found = deviation(value(&model, name));
        assert!((found / expected - 1.0).abs() < 0.06, "{name}: deviation {found} for {expected}");
    }
}

/// A layer that leaves its initialisation to whoever uses it.
#[model(part)]
pub struct Chosen<const SIZE: usize> {
    #[default("fan_in")]
    mode: &'static str,
    #[init(kaiming_normal(mode = self.mode, nonlinearity = "relu"))]
    weight: Param<SIZE, 100>,
}

#[model]
impl<const SIZE: usize> Chosen<SIZE> {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 100>) -> Tensor<N, SIZE> {
        x.matmul(self.weight.t())
    }
}

#[model]
pub struct Chooses {
    inputs: Chosen<25>,
    #[with(mode = "fan_out")]
    outputs: Chosen<25>,
}

#[model]
impl Chooses {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 100>) -> Tensor<N, 25> {
        self.inputs(x) + self.outputs(x)
    }
}

#[test]
fn settings_reach_initialisers() {
    let model = Chooses::new(Device::cpu(), 1);
    for (name, fan) in [("inputs.weight", 100.0f64), ("outputs.weight", 25.0)] {
        let found = deviation(value(&model, name));
        assert!((found / (2.0 / fan).sqrt() - 1.0).abs() < 0.06, "{name}: deviation {found}");
    }
}

/// Norms of a tensor that comes before and after them.
#[model(part)]
pub struct Lengths {
    #[init(norm_of(matrix))]
    rows: Param<3, 1>,
    #[init(normal)]
    matrix: Param<3, 3>,
    #[frozen]
    #[init(norm_of(self.matrix))]
    whole: Param,
    #[init(norm_of(tensor = "matrix"))]
    cols: Buffer<3>,
}

#[model]
impl Lengths {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 3> {
        x.matmul(self.matrix / self.rows / self.cols * self.whole)
    }
}

#[model]
pub struct LengthsEverywhere {
    first: Lengths,
    #[frozen]
    still: Lengths,
    blocks: [Lengths; 3],
}

#[model]
impl LengthsEverywhere {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 3> {
        let mut x = self.still(self.first(self.first(x)));
        for block in &self.blocks {
            x = block(x);
        }
        x
    }
}

#[test]
fn norms_are_those_of_the_tensor_beside_them() {
    let model = LengthsEverywhere::new(Device::cpu(), 1);
    for layer in ["first", "still", "blocks.0", "blocks.1", "blocks.2"] {
        let of = |name: &str| value(&model, &format!("{layer}.{name}"));
        let matrix = of("matrix");
        let check = |name: &str, place: usize, elements: &[usize]| {
            let squares = elements.iter().map(|&element| f64::from(matrix[element]).powi(2));
            let (found, expected) = (f64::from(of(name)[place]), squares.sum::<f64>().sqrt());
            assert!((found - expected).abs() < 1e-6, "{layer}.{name}[{place}] is {found}, not {expected}");
        };
        for index in 0..3 {
            check("rows", index, &[3 * index, 3 * index + 1, 3 * index + 2]);
            check("cols", index, &[index, index + 3, index + 6]);
        }
        check("whole", 0, &[0, 1, 2, 3, 4, 5, 6, 7, 8]);
    }
}
