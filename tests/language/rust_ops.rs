//! Operations written in Rust, under `#[op]`: alone, with gradients of either kind, in layers of other modules and
//! crates, in loops.

use crate::support::*;
use macrograd::prelude::*;
use macrograd_other_crate as other;

mod kernels {
    //! Private to this module: models elsewhere call them through layers.

    use macrograd::prelude::*;

    /// Running sum along the last axis.
    #[op]
    #[custom_grad(running_sum_grad)]
    fn running_sum<D: Dim>(x: Tensor<_, D>) -> Tensor<_, D> {
        for (x, out) in x.chunks(D).zip(out.chunks_mut(D)) {
            let mut sum = 0.0;
            for (x, out) in x.iter().zip(out) {
                sum += x;
                *out = sum;
            }
        }
        assert_eq!(x.len(), rest * D);
    }

    /// A gradient in Rust: the running sum from the other end.
    #[op]
    fn running_sum_grad<D: Dim>(
        x: Tensor<_, D>,
        sums: Tensor<_, D>,
        grad_sums: Tensor<_, D>,
    ) -> Tensor<_, D> {
        for (grad, out) in grad_sums.chunks(D).zip(out.chunks_mut(D)) {
            let mut sum = 0.0;
            for (grad, out) in grad.iter().zip(out).rev() {
                sum += grad;
                *out = sum;
            }
        }
    }

    /// A layer that sums up what a linear one gives.
    #[model(part)]
    pub struct Summed<const D: usize> {
        fc: nn::Linear<D, D>,
    }

    #[model]
    impl<const D: usize> Summed<D> {
        pub fn forward(&self, x: Tensor<_, D>) -> Tensor<_, D> {
            running_sum(self.fc(x))
        }
    }
}

/// Smallest and largest element of each row, and where the largest is.
#[op]
#[custom_grad(range_grad)]
pub fn range<N: Dim>(x: Tensor<N, 4>) -> (Tensor<N>, Tensor<N>, Tensor<u32, N>) {
    for (row, x) in x.chunks(4).enumerate() {
        out_0[row] = x.iter().copied().fold(f32::INFINITY, f32::min);
        out_1[row] = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        out_2[row] = x.iter().position(|&x| x == out_1[row]).map_or(0, |at| at as u32);
    }
}

/// A gradient in the language. Whole numbers have none.
#[function]
fn range_grad<N: Dim>(
    x: Tensor<N, 4>,
    low: Tensor<N>,
    high: Tensor<N>,
    at: Tensor<u32, N>,
    grad_low: Tensor<N>,
    grad_high: Tensor<N>,
) -> Tensor<N, 4> {
    (x == low.unsqueeze(1)) as f32 * grad_low.unsqueeze(1) + at.one_hot(4) * grad_high.unsqueeze(1)
}

/// Picks one element of each row. Nothing is learned through it.
#[op]
#[no_grad]
fn picked<N: Dim, D: Dim>(x: Tensor<N, D>, at: Tensor<u8, N>, keep: Tensor<bool, N>) -> Tensor<N> {
    for row in 0..N {
        out[row] = x[row * D + usize::from(at[row])] * keep[row];
    }
}

#[model]
pub struct Net {
    summed: kernels::Summed<4>,
    tripled: other::Tripled<4>,
}

#[model]
impl Net {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {
        let mut h = x;
        for t in 0..3 {
            h = self.summed(h).tanh();
        }
        let (low, high, _) = range(self.tripled(h));
        (low * high + high.square()).mean()
    }

    /// The same of operations of the language.
    pub fn expected<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {
        let mut h = x;
        for t in 0..3 {
            h = self.summed.fc(h).cumsum(1).tanh();
        }
        let h = 3.0 * (h * self.tripled.scale);
        let (low, high) = (h.min(1), h.max(1));
        (low * high + high.square()).mean()
    }

    pub fn pick<N: Dim>(&self, x: Tensor<N, 4>, at: Tensor<u8, N>) -> Tensor<N> {
        picked(x, at, x.at(1, 0) > 0.0)
    }
}

#[test]
fn rust_and_the_language_agree() {
    let mut net = Net::new(Device::cpu(), 3);
    let x = Tensor::from_vec((5, Const::<4>), sample(20, 1));
    assert_close("loss", &[net.loss(&x)], &[net.expected(&x)], 1e-6);
    let ((_, grads), (_, expected)) = (net.loss_grad(&x), net.expected_grad(&x));
    assert_same_gradients::<Net, Net>(&grads, &expected, |name| name.to_string(), 1e-5);
    check_gradients(&mut net, &grads, |net| net.loss(&x));
}

#[test]
fn elements_are_slices_of_their_type() {
    let net = Net::new(Device::cpu(), 3);
    let x = Tensor::from_vec((2, Const::<4>), vec![1.0, 2.0, 3.0, 4.0, -1.0, 6.0, 7.0, 8.0]);
    let at = Tensor::from_vec((2,), vec![2u8, 3]);
    assert_eq!(net.pick(&x, &at).as_slice(), [3.0, 0.0]);
}

#[test]
fn rust_calls_it_too() {
    let (mut low, mut high, mut at) = ([0.0; 2], [0.0; 2], [0; 2]);
    range(&[3.0, 1.0, 2.0, 0.0, 5.0, 6.0, 9.0, 7.0], &mut low, &mut high, &mut at, 2);
    assert_eq!((low, high, at), ([0.0, 5.0], [3.0, 9.0], [0, 2]));
}
