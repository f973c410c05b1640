//! Scans: a loop over a run-time dimension gives what the same steps give when they are written out.

use crate::support::*;
use macrograd::prelude::*;

/// A recurrent model over sequences of any length, and the same steps for a length that is written out.
macro_rules! recurrent {
    ($name:ident $id:literal [$($dims:tt)*] $length:tt) => {
        #[model(id = $id)]
        pub struct $name {
            input: nn::Linear<5, 8>,
            state: nn::Linear<8, 8>,
            drop: nn::Dropout,
            head: nn::Linear<8, 3>,
        }

        #[model]
        impl $name {
            pub fn forward<$($dims)*>(&self, x: Tensor<N, $length, 5>) -> Tensor<N, $length, 3> {
                let mut h = zeros([N, 8]);
                let mut ys = Vec::new();
                for t in 0..$length {
                    h = (self.input(x.at(1, t)) + self.state(h)).tanh();
                    ys.push(self.head(h));
                }
                ys.stack(1)
            }

            pub fn loss<$($dims)*>(&self, x: Tensor<N, $length, 5>, label: Tensor<u8, N>) -> Tensor {
                self.forward(x).at(1, $length - 1).cross_entropy(label)
            }

            /// From the last to the first, with the position as a number.
            pub fn backwards<$($dims)*>(&self, x: Tensor<N, $length, 5>) -> Tensor<N, 8> {
                let mut h = ones([N, 8]);
                for t in (1..$length).rev() {
                    let step = self.input(x.at(1, t)) - self.input(x.at(1, t - 1)) * (t as f32);
                    h = h * 0.5 + step;
                }
                h
            }
        }
    };
}

recurrent!(Scanned "scanned" [N: Dim, T: Dim] T);
recurrent!(Written1 "steps 1" [N: Dim] 1);
recurrent!(Written2 "steps 2" [N: Dim] 2);
recurrent!(Written7 "steps 7" [N: Dim] 7);
recurrent!(Long20 "steps 20" [N: Dim] 20);

macro_rules! compare {
    ($test:ident $written:ident $length:literal) => {
        #[test]
        fn $test() {
            let scanned = Scanned::new(Device::cpu(), 3);
            let mut written = $written::new(Device::cpu(), 4);
            copy_state(&scanned, &mut written, str::to_string);
            for n in [1, 6] {
                let values = sample(n * $length * 5, 1);
                let x = Tensor::from_vec((n, $length, Const::<5>), values.clone());
                let x_written = Tensor::from_vec((n, Const::<$length>, Const::<5>), values);
                let y = Tensor::from_vec((n,), labels(n, 3));
                let (found, expected) = (scanned.forward(&x), written.forward(&x_written));
                assert_close("forward", found.as_slice(), expected.as_slice(), 1e-5);
                let (loss, grads) = scanned.loss_grad(&x, &y);
                let (expected_loss, expected) = written.loss_grad(&x_written, &y);
                assert_close("loss", &[loss], &[expected_loss], 1e-5);
                assert_same_gradients::<Scanned, $written>(&grads, &expected, str::to_string, 1e-4);

                let dy = Tensor::from_vec((n, Const::<8>), sample(n * 8, 2));
                let mut grads = scanned.zero_grads();
                let mut workspace = scanned.workspace();
                let (found, saved) = scanned.backwards_train(&mut workspace, &x);
                let dx = saved.backward(&scanned, &dy, &mut grads);
                let mut expected_grads = written.zero_grads();
                let mut workspace = written.workspace();
                let (expected, saved) = written.backwards_train(&mut workspace, &x_written);
                let expected_dx = saved.backward(&written, &dy, &mut expected_grads);
                assert_close("backwards", found.as_slice(), expected.as_slice(), 1e-5);
                assert_close("gradient of x", dx.as_slice(), expected_dx.as_slice(), 1e-4);
                assert_same_gradients::<Scanned, $written>(&grads, &expected_grads, str::to_string, 1e-4);
            }
        }
    };
}

compare!(a_scan_of_two_steps Written2 2);
compare!(a_scan_of_seven_steps Written7 7);
compare!(a_scan_of_a_length_known_at_compile_time Long20 20);

#[test]
fn a_scan_of_one_step_and_one_of_none() {
    let scanned = Scanned::new(Device::cpu(), 3);
    let mut written = Written1::new(Device::cpu(), 4);
    copy_state(&scanned, &mut written, str::to_string);
    let x = Tensor::from_vec((2, 1, Const::<5>), sample(10, 1));
    let x_written = Tensor::from_vec((2, Const::<1>, Const::<5>), sample(10, 1));
    assert_close("forward", scanned.forward(&x).as_slice(), written.forward(&x_written).as_slice(), 1e-6);
    // `1..1` has no steps.
    assert_eq!(scanned.backwards(&x).as_slice(), [1.0; 16]);
}

#[test]
fn gradients_of_a_scan_are_those_of_differences() {
    let mut model = Scanned::new(Device::cpu(), 3);
    let x = Tensor::from_vec((4, 9, Const::<5>), sample(180, 1));
    let y = Tensor::from_vec((4,), labels(4, 3));
    let (_, grads) = model.loss_grad(&x, &y);
    check_gradients(&mut model, &grads, |model| model.loss(&x, &y));
}

#[test]
fn memory_of_a_scan_grows_with_its_length() {
    let bytes = |t| Scanned::train_bytes(ScannedDims { n: 4, t });
    assert_eq!(bytes(30) - bytes(20), bytes(20) - bytes(10));
}

/// A stack of layers, run in every step of a scan: the gradients of its elements are added up over the steps.
#[model]
pub struct DeepRecurrent {
    first: nn::Linear<4, 6>,
    layers: [nn::Linear<6, 6>; 3],
    state: nn::Linear<6, 6>,
    head: nn::Linear<6, 3>,
}

#[model]
impl DeepRecurrent {
    pub fn loss<N: Dim, T: Dim>(&self, x: Tensor<N, T, 4>, label: Tensor<u8, N>) -> Tensor {
        let mut h = zeros([N, 6]);
        for t in 0..T {
            let mut y = self.first(x.at(1, t)) + self.state(h);
            for layer in &self.layers {
                y = y + layer(y).tanh();
            }
            h = y.tanh();
        }
        self.head(h).cross_entropy(label)
    }
}

#[test]
fn gradients_of_a_stack_in_a_scan_are_those_of_differences() {
    let mut model = DeepRecurrent::new(Device::cpu(), 3);
    let x = Tensor::from_vec((4, 5, Const::<4>), sample(80, 1));
    let y = Tensor::from_vec((4,), labels(4, 3));
    let (_, grads) = model.loss_grad(&x, &y);
    check_gradients(&mut model, &grads, |model| model.loss(&x, &y));
}

#[model]
pub struct Swapped {
    fc: nn::Linear<2, 2>,
}

#[model]
impl Swapped {
    /// Whole numbers and reals change places `T` times.
    pub fn swap<N: Dim, T: Dim>(
        &self,
        first: Tensor<u8, N>,
        second: Tensor<u8, N>,
        x: Tensor<T, 2>,
    ) -> (Tensor<u8, N>, Tensor<u8, N>, Tensor<2>) {
        let (mut a, mut b) = (first, second);
        let (mut p, mut q) = (x.at(0, 0), self.fc(x.at(0, T - 1)));
        for t in 0..T {
            (a, b) = (b, a);
            (p, q) = (q, p);
        }
        (a, b, p)
    }
}

#[test]
fn values_change_places_in_a_loop() {
    let model = Swapped::new(Device::cpu(), 1);
    let (a, b) = (Tensor::from_vec((2,), vec![1u8, 2]), Tensor::from_vec((2,), vec![3u8, 4]));
    for length in 1..4 {
        let x = Tensor::from_vec((length, Const::<2>), sample(2 * length, 1));
        let (first, second, p) = model.swap(&a, &b, &x);
        let swapped = length % 2 == 1;
        let expected = if swapped { (&b, &a) } else { (&a, &b) };
        assert_eq!((first.as_slice(), second.as_slice()), (expected.0.as_slice(), expected.1.as_slice()));
        assert_eq!(p.as_slice() == x.row(0), !swapped);
    }
}
