//! Elements of other types than `f32`: read, moved, cast and returned.

use macrograd::prelude::*;
use macrograd::{bf16, f16};

use crate::support::assert_close;

#[model]
struct Halves {
    fc: nn::Linear<4, 3>,
}

#[model]
impl Halves {
    /// What a cache in half the memory would hold, in two orders of one axis. No result is `f32`, so that nothing is
    /// differentiated.
    pub fn keys<N: Dim>(&self, x: Tensor<N, 4>) -> (Tensor<bf16, N, 3>, Tensor<f16, 3, N>) {
        let keys = self.fc(x);
        (keys as bf16, keys.transpose(0, 1) as f16)
    }

    /// A cache, grown by a step, and what is read from it.
    #[no_grad]
    pub fn grown<N: Dim>(
        &self,
        cache: Tensor<bf16, N, 3>,
        x: Tensor<1, 4>,
    ) -> (Tensor<bf16, { N + 1 }, 3>, Tensor<3>) {
        let cache = concat([cache, self.fc(x) as bf16], 0);
        (cache, (cache as f32).sum(0))
    }

    /// A penultimate value of 16 bits, through a decision and a loop that hands it on.
    pub fn loss<N: Dim>(&self, x: Tensor<f64, N, 4>, label: Tensor<i16, N>) -> Tensor {
        let scores = self.fc(x as f32) as f16;
        let mut kept = scores;
        for step in 0..N {
            kept = kept.flip(1);
        }
        let kept = if (x as f32).sum() > -1e9 { kept } else { scores };
        checkpoint((kept as f32) * 2.0).cross_entropy(label)
    }

    /// The same without rounding.
    pub fn loss_of_f32<N: Dim>(&self, x: Tensor<N, 4>, label: Tensor<i16, N>) -> Tensor {
        let mut scores = self.fc(x);
        for step in 0..N {
            scores = scores.flip(1);
        }
        (scores * 2.0).cross_entropy(label)
    }

    /// The slope with respect to a value of 16 bits is `f32`.
    #[no_grad]
    pub fn slope<N: Dim>(&self, x: Tensor<bf16, N, 4>) -> Tensor<N, 4> {
        grad(self.energy, x)
    }

    fn energy<N: Dim>(&self, x: Tensor<bf16, N, 4>) -> Tensor {
        (x as f32).square().sum()
    }

    /// Every type of whole numbers, one after the other.
    #[no_grad]
    pub fn around<N: Dim>(
        &self,
        x: Tensor<N>,
    ) -> (Tensor<i8, N>, Tensor<u64, N>, Tensor<i32, N>, Tensor<u16, N>, Tensor<bool, N>) {
        let truth = x > 0.0;
        (x as i8, x as i64 as u64, truth as i32, x as u8 as u16, truth)
    }
}

/// `x` as `f32`, with a gradient that is twice that of the cast.
#[function]
#[custom_grad(widened_grad)]
fn widened<N: Dim>(x: Tensor<bf16, N, 3>) -> Tensor<N, 3> {
    x as f32
}

/// The gradient of what has 16 bits is `f32`.
#[function]
fn widened_grad<N: Dim>(x: Tensor<bf16, N, 3>, y: Tensor<N, 3>, grad: Tensor<N, 3>) -> Tensor<N, 3> {
    grad + grad
}

#[model]
struct Doubled {
    fc: nn::Linear<4, 3>,
}

#[model]
impl Doubled {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {
        widened(self.fc(x) as bf16).sum()
    }

    pub fn plain<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {
        self.fc(x).sum()
    }
}

#[test]
fn a_gradient_in_the_language_is_given_and_gives_f32() {
    let net = Doubled::new(Device::cpu(), 3);
    let x = Tensor::from_vec((5, Const::<4>), points());
    let (_, grads) = net.loss_grad(&x);
    let (_, plain) = net.plain_grad(&x);
    let doubled: Vec<f32> = plain.gradients().values().iter().map(|grad| 2.0 * grad).collect();
    assert_close("gradients", grads.gradients().values(), &doubled, 1e-6);
}

#[model]
struct Tokens {
    embed: nn::Embedding<10, 4>,
}

#[model]
impl Tokens {
    /// How many tokens of each sentence are no padding, come before `end`, and are no smaller than `least`.
    #[no_grad]
    pub fn counts<N: Dim, T: Dim>(
        &self,
        tokens: Tensor<i32, N, T>,
        end: Tensor<u64, N, 1>,
        least: Tensor<i64, T>,
    ) -> (Tensor<N>, Tensor<N>, Tensor<N>, Tensor<N>) {
        let counted = [tokens != 0, tokens < end, tokens >= least, T - 3 > tokens];
        let [a, b, c, d] = counted;
        ((a as f32).sum(1), (b as f32).sum(1), (c as f32).sum(1), (d as f32).sum(1))
    }
}

#[test]
fn whole_numbers_are_compared_exactly() {
    let net = Tokens::new(Device::cpu(), 0);
    let large = i32::MAX; // as `f32` equal to its neighbour
    let tokens = Tensor::from_vec((2, 3), vec![0, 5, large, large - 1, -1, 0]);
    let end = Tensor::from_vec((2, Const::<1>), vec![large as u64, 1]);
    let least = Tensor::from_vec((3,), vec![i64::from(large), 0, -5]);
    let (a, b, c, d) = net.counts(&tokens, &end, &least);
    assert_eq!(a.as_slice(), [2.0, 2.0]);
    assert_eq!(b.as_slice(), [2.0, 2.0]);
    assert_eq!(c.as_slice(), [2.0, 1.0]);
    assert_eq!(d.as_slice(), [0.0, 1.0]);
}

fn points() -> Vec<f32> {
    (0..20).map(|i| ((i * 7) % 11) as f32 / 4.0 - 1.0).collect()
}

#[test]
fn results_are_rounded_to_16_bits() {
    let net = Halves::new(Device::cpu(), 0);
    let x = Tensor::from_vec((5, Const::<4>), points());
    let (by_row, by_column) = net.keys(&x);
    let (weight, bias) = (net.fc().weight(), net.fc().bias());
    for row in 0..5 {
        for column in 0..3 {
            let products = x.row(row).iter().zip(weight.row(column)).map(|(x, w)| x * w);
            let exact = products.sum::<f32>() + bias.as_slice()[column];
            let (b, f) = (by_row.row(row)[column].to_f32(), by_column.row(column)[row].to_f32());
            assert!((b - exact).abs() <= exact.abs() / 256.0, "{b} {exact}");
            assert!((f - exact).abs() <= exact.abs() / 2048.0 + 1e-7, "{f} {exact}");
            assert_eq!(bf16::from_f32(b), by_row.row(row)[column]);
            assert_eq!(f16::from_f32(f), by_column.row(column)[row]);
        }
    }
}

#[test]
fn a_cache_of_16_bits_grows() {
    let net = Halves::new(Device::cpu(), 1);
    let steps = Tensor::from_vec((5, Const::<4>), points());
    let (all, _) = net.keys(&steps);
    let mut cache = Tensor::from_vec((1, Const::<3>), all.row(0).to_vec());
    for step in 1..5 {
        let x = Tensor::from_vec((Const::<1>, Const::<4>), steps.row(step).to_vec());
        let (grown, sum) = net.grown(&cache, &x);
        let expected: Vec<f32> =
            (0..3).map(|column| (0..=step).map(|row| all.row(row)[column].to_f32()).sum()).collect();
        assert_close("sum", sum.as_slice(), &expected, 1e-6);
        cache = grown;
    }
    assert_eq!(cache.as_slice(), all.as_slice());
}

#[test]
fn gradients_pass_as_if_nothing_were_rounded() {
    let net = Halves::new(Device::cpu(), 2);
    // Whole multiples of 1/4 are exact in every type.
    let (x, label) = (points(), Tensor::from_vec((5,), vec![0i16, 1, 2, 1, 0]));
    let wide = Tensor::from_vec((5, Const::<4>), x.iter().map(|&x| f64::from(x)).collect());
    let (loss, grads) = net.loss_grad(&wide, &label);
    let (exact, exact_grads) = net.loss_of_f32_grad(&Tensor::from_vec((5, Const::<4>), x), &label);
    assert_close("loss", &[loss], &[exact], 1e-3);
    assert!(loss != exact, "f16 has 11 bits");
    assert_close("gradients", grads.gradients().values(), exact_grads.gradients().values(), 2e-3);
}

#[test]
fn a_slope_at_16_bits_is_f32() {
    let net = Halves::new(Device::cpu(), 0);
    let x = Tensor::from_vec((5, Const::<4>), points().into_iter().map(bf16::from_f32).collect());
    let doubled: Vec<f32> = points().iter().map(|x| 2.0 * x).collect();
    assert_eq!(net.slope(&x).as_slice(), doubled);
}

#[test]
fn whole_numbers_are_cast_as_by_rust() {
    let net = Halves::new(Device::cpu(), 0);
    let x = [-1.5f32, 0.0, 3.9, 200.0, -300.0];
    let (i8s, u64s, truths, u16s, bools) = net.around(&Tensor::from_vec((5,), x.to_vec()));
    assert_eq!(i8s.as_slice(), x.map(|x| x as i8));
    assert_eq!(u64s.as_slice(), x.map(|x| x as i64 as u64));
    assert_eq!(truths.as_slice(), x.map(|x| i32::from(x > 0.0)));
    assert_eq!(u16s.as_slice(), x.map(|x| u16::from(x as u8)));
    assert_eq!(bools.as_slice(), x.map(|x| f32::from(x > 0.0)));
}
