//! Models with parameters: sizes, models, constants and functions of the user's, models stamped out by a macro.

use crate::support::*;
use macrograd::prelude::*;

/// `x + inner(x)` around any model.
#[model]
pub struct Residual<M: Model> {
    inner: M,
}

#[model]
impl<M: Model> Residual<M> {
    pub fn forward(&self, x: Tensor<_>) -> Tensor<Inferred> {
        x + self.inner(x)
    }
}

/// One model after the other, with a width between them.
#[model]
pub struct Then<A: Model, const D: usize, B: Model> {
    first: A,
    scale: Param<D>,
    second: B,
}

#[model]
impl<A: Model, const D: usize, B: Model> Then<A, D, B> {
    pub fn forward<N: Dim>(&self, x: Tensor<N, D>) -> Tensor<N, D> {
        self.second(self.first(x) * self.scale)
    }
}

#[model]
pub struct Template<const LAYERS: usize, const D: usize> {
    input: nn::Linear<3, D>,
    blocks: [Residual<nn::Linear<D, D>>; LAYERS],
    head: nn::Linear<D, 2>,
}

#[model]
impl<const LAYERS: usize, const D: usize> Template<LAYERS, D> {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 2> {
        let mut x = self.input(x);
        for block in &self.blocks {
            x = block(x).tanh();
        }
        self.head(x)
    }

    pub fn loss<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor {
        let y = self.forward(x);
        (y * y).mean()
    }
}

#[model]
pub type Small = Template<2, 6>;

#[model]
pub type Smaller = Template<1, { 2 + 2 }>;

/// Aliases as layers.
#[model]
pub struct Pair {
    small: Small,
    smaller: Smaller,
    nested: Residual<Residual<nn::Linear<2, 2>>>,
    then: Then<Residual<nn::Linear<2, 2>>, 2, nn::Tanh>,
}

#[model]
impl Pair {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 2> {
        self.then(self.nested(self.small(x) + self.smaller(x)))
    }

    pub fn loss<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor {
        self.forward(x).sum()
    }
}

/// `x Wᵀ + b` in f64.
fn linear<M: Model<Float = f32>>(model: &M, name: &str, x: &[f64]) -> Vec<f64> {
    let (weight, bias) = (value(model, &format!("{name}.weight")), value(model, &format!("{name}.bias")));
    let dot = |row: &[f32]| row.iter().zip(x).map(|(w, x)| f64::from(*w) * x).sum::<f64>();
    weight.chunks(x.len()).zip(bias).map(|(row, bias)| dot(row) + f64::from(*bias)).collect()
}

fn plus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

fn tanh(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| x.tanh()).collect()
}

fn to_f64(x: &[f32]) -> Vec<f64> {
    x.iter().map(|&x| f64::from(x)).collect()
}

fn to_f32(x: &[f64]) -> Vec<f32> {
    x.iter().map(|&x| x as f32).collect()
}

fn template<M: Model<Float = f32>>(model: &M, prefix: &str, layers: usize, x: &[f64]) -> Vec<f64> {
    let mut h = linear(model, &format!("{prefix}input"), x);
    for layer in 0..layers {
        h = tanh(&plus(&h, &linear(model, &format!("{prefix}blocks.{layer}.inner"), &h)));
    }
    linear(model, &format!("{prefix}head"), &h)
}

#[test]
fn aliases_are_models_of_their_own() {
    let mut small = Small::new(Device::cpu(), 1);
    let smaller = Smaller::new(Device::cpu(), 1);
    assert_eq!(Small::PARAMETERS, 3 * 6 + 6 + 2 * (36 + 6) + 12 + 2);
    assert_eq!(Smaller::PARAMETERS, 3 * 4 + 4 + (16 + 4) + 8 + 2);
    let x = Tensor::from_vec((2, Const::<3>), sample(6, 1));
    for row in 0..2 {
        let input = to_f64(x.row(row));
        assert_close("small", small.forward(&x).row(row), &to_f32(&template(&small, "", 2, &input)), 1e-5);
        assert_close(
            "smaller",
            smaller.forward(&x).row(row),
            &to_f32(&template(&smaller, "", 1, &input)),
            1e-5,
        );
    }
    let (_, grads) = small.loss_grad(&x);
    check_gradients(&mut small, &grads, |model| model.loss(&x));
    assert_eq!(small.blocks(1).inner().weight().as_slice(), value(&small, "blocks.1.inner.weight"));
}

#[test]
fn aliases_and_models_as_arguments_are_layers() {
    let mut pair = Pair::new(Device::cpu(), 1);
    value_mut(&mut pair, "then.scale").copy_from_slice(&[0.5, -2.0]);
    let x = Tensor::from_vec((2, Const::<3>), sample(6, 1));
    for row in 0..2 {
        let input = to_f64(x.row(row));
        let h = plus(&template(&pair, "small.", 2, &input), &template(&pair, "smaller.", 1, &input));
        let inner = plus(&h, &linear(&pair, "nested.inner.inner", &h));
        let h = plus(&h, &inner);
        let h = plus(&h, &linear(&pair, "then.first.inner", &h));
        let h = tanh(&[h[0] * 0.5, h[1] * -2.0]);
        assert_close("pair", pair.forward(&x).row(row), &to_f32(&h), 1e-5);
    }
    let (_, grads) = pair.loss_grad(&x);
    check_gradients(&mut pair, &grads, |model| model.loss(&x));
    assert_eq!(
        grads.nested().inner().inner().weight().as_slice(),
        gradient::<Pair>(&grads, "nested.inner.inner.weight")
    );
}

mod sizes {
    use macrograd::dim;
    #[dim]
    pub const D: usize = 6;
    #[dim]
    pub const HIDDEN: usize = 2 * D + 1;
    pub mod deeper {
        use macrograd::dim;
        #[dim]
        pub(crate) const THIRD: usize = super::D / 3;
    }
}

use sizes::HIDDEN;

#[macrograd::dim]
const LOCAL: usize = HIDDEN + sizes::deeper::THIRD;

/// Scales by a size, and by what another function does.
#[function]
fn scaled<N: Dim>(x: Tensor<N, { sizes::D }>) -> Tensor<N, { sizes::D }> {
    squared(x) / sizes::D as f32
}

#[function]
pub fn squared(x: Tensor<_>) -> Tensor<_> {
    x * x
}

/// The first half times the sigmoid of the second.
#[function]
fn gated<N: Dim, D: Dim>(x: Tensor<N, { 2 * D }>, like: Tensor<D>) -> Tensor<N, D> {
    let size = like.size(0);
    x.slice(.., 0..size) * x.slice(.., size..2 * size).sigmoid()
}

#[model]
pub struct Sized {
    first: nn::Linear<{ sizes::D }, HIDDEN>,
    second: nn::Linear<HIDDEN, { 2 * sizes::D }>,
    extra: Param<LOCAL>,
    #[init(ones)]
    like: Param<{ sizes::D }>,
}

#[model]
impl Sized {
    pub fn forward<N: Dim>(&self, x: Tensor<N, { sizes::D }>) -> Tensor<N, { sizes::D }> {
        let extra = self.extra.slice(LOCAL - sizes::D..LOCAL);
        let x = scaled(x) + extra;
        gated(self.second(self.first(x)), self.like) * self.like
    }

    pub fn loss<N: Dim>(&self, x: Tensor<N, { sizes::D }>) -> Tensor {
        self.forward(x).sum()
    }
}

#[test]
fn constants_and_functions_of_the_users() {
    assert_eq!((sizes::D, HIDDEN, LOCAL), (6, 13, 15));
    let mut model = Sized::new(Device::cpu(), 1);
    value_mut(&mut model, "extra").copy_from_slice(&sample(15, 3));
    assert_eq!(tensor_info::<Sized>("second.weight").shape, [12, 13]);
    let x = Tensor::from_vec((2, Const::<6>), sample(12, 1));
    for row in 0..2 {
        let scaled: Vec<f64> = to_f64(x.row(row)).iter().map(|x| x * x / 6.0).collect();
        let h = plus(&scaled, &to_f64(&value(&model, "extra")[9..]));
        let h = linear(&model, "second", &linear(&model, "first", &h));
        let expected: Vec<f64> = (0..6).map(|i| h[i] / (1.0 + (-h[6 + i]).exp())).collect();
        assert_close("forward", model.forward(&x).row(row), &to_f32(&expected), 1e-5);
    }
    let (_, grads) = model.loss_grad(&x);
    check_gradients(&mut model, &grads, |model| model.loss(&x));
}

/// A user's macro that stamps out models: types, sizes and values as fragments.
macro_rules! stamped {
    ($vis:vis $name:ident $id:literal: $layer:ty, $count:literal of $block:ty, $width:expr, $rate:expr, $scale:literal) => {
        #[model(id = $id)]
        $vis struct $name {
            first: $layer,
            rest: [$block; $count],
            maybe: Option<$block>,
            wrapped: Residual<$block>,
            weight: Param<{ $width }>,
            #[with(rate = $rate)]
            dropout: nn::Dropout,
            #[default($scale)]
            scale: f32,
        }

        #[model]
        impl $name {
            pub fn forward<N: Dim>(&self, x: Tensor<N, { $width }>) -> Tensor<N, { $width }> {
                let mut x = self.first(x);
                for block in &self.rest {
                    x = block(x);
                }
                let x = if let Some(maybe) = &self.maybe { maybe(x) } else { x };
                self.wrapped(self.dropout(x)) * self.weight * self.scale * $width as f32
            }

            pub fn loss<N: Dim>(&self, x: Tensor<N, { $width }>) -> Tensor {
                self.forward(x).sum()
            }
        }
    };
}

stamped!(pub Stamped2 "two": nn::Linear<2, 2>, 2 of nn::Linear<2, 2>, 1 + 1, 0.0, 2.0);
stamped!(Stamped3 "three": nn::Linear<3, 3>, 1 of Residual<nn::Linear<3, 3>>, 3, 0.5 - 0.25, -1.0);

#[test]
fn a_macro_stamps_out_models() {
    let model = Stamped2::new(Device::cpu(), 1);
    let mut weighted = model;
    value_mut(&mut weighted, "weight").copy_from_slice(&[1.0, 3.0]);
    let x = Tensor::from_vec((1, Const::<2>), sample(2, 1));
    let mut h = to_f64(x.as_slice());
    for name in ["first", "rest.0", "rest.1", "maybe"] {
        h = linear(&weighted, name, &h);
    }
    let h = plus(&h, &linear(&weighted, "wrapped.inner", &h));
    assert_close("forward", weighted.forward(&x).as_slice(), &to_f32(&[h[0] * 4.0, h[1] * 12.0]), 1e-5);
    assert_eq!(Stamped3::PARAMETERS, 4 * 12 + 3);
    let other = Stamped3::new(Device::cpu(), 1);
    assert_eq!(other.forward(&Tensor::full((1, Const::<3>), 1.0f32)).numel(), 3);
}

/// Public models of one name from one macro: their definitions differ by `id` only.
macro_rules! same_name {
    ($module:ident $id:literal $size:literal) => {
        pub mod $module {
            use macrograd::prelude::*;

            #[model(id = $id)]
            pub struct Same {
                #[init(constant($size + 1))]
                weight: Param<$size>,
            }

            #[model]
            impl Same {
                pub fn forward<N: Dim>(&self, x: Tensor<N, $size>) -> Tensor<N, $size> {
                    x * self.weight
                }
            }
        }
    };
}

same_name!(one "same 1" 1);
same_name!(two "same 2" 2);

#[model]
pub struct Both {
    one: one::Same,
    two: two::Same,
}

#[model]
impl Both {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 1>, y: Tensor<N, 2>) -> Tensor<N, 2> {
        self.one(x) + self.two(y)
    }
}

#[test]
fn a_macro_stamps_out_models_of_one_name() {
    let model = Both::new(Device::cpu(), 1);
    let x = Tensor::from_vec((1, Const::<1>), vec![1.0]);
    let y = Tensor::from_vec((1, Const::<2>), vec![10.0, 100.0]);
    assert_eq!(model.forward(&x, &y).as_slice(), [2.0 + 30.0, 2.0 + 300.0]);
}
