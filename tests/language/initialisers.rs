//! Initialisers beyond the plain distributions: what the attribute says against the values that a model starts with.

use super::support::{assert_close, names, sample, value, value_mut};
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

/// Layers with normalised weights beside the plain ones.
macro_rules! with_layers {
    ($name:ident, $linear:ident, $conv:ident) => {
        #[model]
        pub struct $name {
            linear: nn::$linear<6, 4>,
            #[with(groups = 2, padding = 1)]
            convs: [nn::$conv<4, 4, 3>; 2],
        }

        #[model]
        impl $name {
            pub fn forward<N: Dim>(&self, x: Tensor<N, 4, 6>) -> Tensor<N, 4, 4> {
                let mut y = self.linear(x);
                for conv in &self.convs {
                    y = conv(y);
                }
                y
            }

            pub fn loss<N: Dim>(&self, x: Tensor<N, 4, 6>) -> Tensor {
                self.forward(x).square().mean()
            }
        }
    };
}

with_layers!(PlainWeights, Linear, Conv1d);
with_layers!(WeightNorms, WeightNormLinear, WeightNormConv1d);
with_layers!(SpectralNorms, SpectralNormLinear, SpectralNormConv1d);

#[test]
fn layers_with_normalised_weights_start_as_plain_ones() {
    let normalised = WeightNorms::new(Device::cpu(), 1);
    let mut plain = PlainWeights::new(Device::cpu(), 2);
    let x = Tensor::from_vec((2, Const::<4>, Const::<6>), sample(48, 1));
    for name in names::<PlainWeights>() {
        let from = name.replace("weight", "weight_v");
        value_mut(&mut plain, name).copy_from_slice(value(&normalised, &from));
    }
    assert_close("outputs", normalised.forward(&x).as_slice(), plain.forward(&x).as_slice(), 1e-5);
}

#[test]
fn singular_vectors_start_with_length_1_and_move_one_by_one() {
    use macrograd::optim::Sgd;
    let mut model = SpectralNorms::new(Device::cpu(), 1);
    let x = Tensor::from_vec((2, Const::<4>, Const::<6>), sample(48, 1));
    let layers = ["linear", "convs.0", "convs.1"];
    let vectors = |model: &SpectralNorms| -> Vec<Vec<f32>> {
        let names = layers.iter().flat_map(|layer| ["u", "v"].map(|name| format!("{layer}.weight_{name}")));
        names.map(|name| value(model, &name).to_vec()).collect()
    };
    let before = vectors(&model);
    for vector in &before {
        assert!((deviation(vector) * (vector.len() as f64).sqrt() - 1.0).abs() < 1e-6, "{vector:?}");
    }
    assert_ne!(before[2], before[4]);
    for _ in 0..200 {
        let (_, mut grads) = model.loss_grad(&x);
        Sgd::new(0.0).step(&mut model, &mut grads);
    }
    // Of singular vectors `Wᵀ u` is a multiple of `v`, and `W v` of `u`, by the same number.
    for (layer, vectors) in layers.iter().zip(vectors(&model).chunks_exact(2)) {
        let weight = value(&model, &format!("{layer}.weight_orig"));
        let [u, v] = vectors else { unreachable!("two vectors of each layer") };
        let rows = || weight.chunks_exact(v.len());
        let dot = |x: &[f32]| -> f32 { x.iter().zip(v).map(|(x, y)| x * y).sum() };
        let sigma: f32 = rows().zip(u).map(|(row, u)| u * dot(row)).sum();
        let left: Vec<f32> = rows().map(|row| dot(row) / sigma).collect();
        let column = |col: usize| rows().zip(u).map(|(row, u)| u * row[col] / sigma).sum();
        let right: Vec<f32> = (0..v.len()).map(column).collect();
        assert_close(layer, &left, u, 1e-3);
        assert_close(layer, &right, v, 1e-3);
        assert!(sigma > 0.0);
    }
}
