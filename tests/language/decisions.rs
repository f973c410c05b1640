//! Decisions at run time: what runs, and what its gradient is, is what a program that decides outside would do.

use crate::support::*;
use macrograd::prelude::*;

#[model]
pub struct Adaptive {
    input: nn::Linear<4, 6>,
    step: nn::Linear<6, 6>,
    #[with(rate = 0.3)]
    drop: nn::Dropout,
    head: nn::Linear<6, 3>,
}

#[model]
impl Adaptive {
    /// As many steps as it takes until the state is small, at most 12: the state and the number of steps.
    pub fn settle<N: Dim>(&self, x: Tensor<N, 4>) -> (Tensor<N, 6>, Tensor) {
        let mut h = self.input(x);
        let mut steps = 0.0;
        #[bound(12)]
        while h.norm() > 0.5 {
            h = self.step(h).tanh();
            steps = steps + 1.0;
        }
        (h, steps)
    }

    /// Collatz's steps to 1 from each number, and the largest number on the way: no bound is known.
    #[no_grad]
    pub fn collatz<N: Dim>(&self, x: Tensor<N>) -> (Tensor<N>, Tensor) {
        let mut largest = 0.0;
        let mut counts = Vec::new();
        for t in 0..N {
            let mut value = x.at(0, t);
            let mut steps = 0.0;
            while value > 1.0 {
                let half = value / 2.0;
                value = if half == half.floor() { half } else { value * 3.0 + 1.0 };
                largest = largest.maximum(value);
                steps += 1.0;
            }
            counts.push(steps);
        }
        (counts.stack(0), largest)
    }

    /// Halves a state until it is small; where that is called, nothing is learned through it.
    #[no_grad]
    pub fn shrunk<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor<N, 6> {
        let mut h = self.input(x);
        while h.norm() > 0.5 {
            h = h / 2.0;
        }
        h
    }

    pub fn beside_shrunk<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {
        (self.head(self.input(x)).mean(1) * self.shrunk(x).mean(1)).sum()
    }

    /// The same with a number in the place of what is not differentiated.
    pub fn beside_given<N: Dim>(&self, x: Tensor<N, 4>, shrunk: Tensor<N, 6>) -> Tensor {
        (self.head(self.input(x)).mean(1) * shrunk.mean(1)).sum()
    }

    /// A condition of one element: it may hold again later.
    pub fn count_positive<N: Dim>(&self, x: Tensor<N>) -> Tensor {
        let mut count = 0.0;
        for t in 0..N {
            if x.at(0, t) > 0.0 {
                count += 1.0;
            }
        }
        count
    }

    pub fn settle_loss<N: Dim>(&self, x: Tensor<N, 4>, label: Tensor<u8, N>) -> Tensor {
        let (h, _) = self.settle(x);
        self.head(h).cross_entropy(label)
    }

    /// One of two branches, with a dropout in it in training.
    pub fn gated<N: Dim>(&self, x: Tensor<N, 4>, threshold: Tensor) -> Tensor<N, 3> {
        let h = self.input(x);
        let y = if threshold > 0.0 { self.head(self.drop(h).relu()) } else { self.head(h) * 2.0 };
        y + 1.0
    }

    pub fn when_true<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor<N, 3> {
        self.head(self.input(x).relu()) + 1.0
    }

    pub fn when_false<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor<N, 3> {
        self.head(self.input(x)) * 2.0 + 1.0
    }

    pub fn begin<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor<N, 6> {
        self.input(x)
    }

    pub fn one_step<N: Dim>(&self, h: Tensor<N, 6>) -> Tensor<N, 6> {
        self.step(h).tanh()
    }
}

fn model() -> Adaptive {
    let mut model = Adaptive::new(Device::cpu(), 3);
    // So that the steps shrink the state towards zero.
    value_mut(&mut model, "step.bias").fill(0.0);
    model
}

#[test]
fn a_loop_runs_until_its_condition_fails() {
    let model = model();
    let mut counts = Vec::new();
    for (n, scale) in [(1, 0.1), (3, 1.0), (3, 4.0), (5, 0.3)] {
        let values: Vec<f32> = sample(n * 4, n as u64).iter().map(|value| value * scale).collect();
        let x = Tensor::from_vec((n, Const::<4>), values);
        let (h, steps) = model.settle(&x);
        let mut expected = model.begin(&x);
        let mut count = 0;
        let norm = |h: &[f32]| h.iter().map(|value| value * value).sum::<f32>().sqrt();
        while norm(expected.as_slice()) > 0.5 && count < 12 {
            expected = model.one_step(&expected);
            count += 1;
        }
        assert_close("state", h.as_slice(), expected.as_slice(), 1e-5);
        assert_eq!(steps.as_slice(), [count as f32]);
        counts.push(count);
    }
    assert!(counts.iter().any(|&count| count != counts[0]), "data decides how often: {counts:?}");
}

#[test]
fn a_loop_without_a_bound_ends() {
    let model = model();
    let (counts, largest) = model.collatz(&Tensor::from_vec((5,), vec![1.0, 27.0, 6.0, 97.0, 2.0]));
    assert_eq!((counts.as_slice(), largest.as_slice()), (&[0.0, 111.0, 8.0, 118.0, 1.0][..], &[9232.0][..]));
}

#[test]
fn no_gradient_passes_a_function_without_one() {
    let model = model();
    let x = Tensor::from_vec((3, Const::<4>), sample(12, 1));
    let (value, grads) = model.beside_shrunk_grad(&x);
    let (expected, expected_grads) = model.beside_given_grad(&x, &model.shrunk(&x));
    assert_close("value", &[value], &[expected], 1e-6);
    assert_same_gradients::<Adaptive, Adaptive>(&grads, &expected_grads, |name| name.to_string(), 1e-6);
}

#[test]
fn a_decision_about_an_element_is_made_for_each() {
    let x = Tensor::from_vec((5,), vec![1.0, -1.0, 2.0, -3.0, 4.0]);
    assert_eq!(model().count_positive(&x), 3.0);
}

#[test]
fn gradients_of_a_loop_with_a_condition_are_those_of_differences() {
    let mut model = model();
    let x = Tensor::from_vec((3, Const::<4>), sample(12, 1));
    let y = Tensor::from_vec((3,), labels(3, 3));
    let (_, grads) = model.settle_loss_grad(&x, &y);
    check_gradients(&mut model, &grads, |model| model.settle_loss(&x, &y));
}

#[test]
fn one_branch_runs_and_has_the_gradient() {
    let model = model();
    let x = Tensor::from_vec((5, Const::<4>), sample(20, 1));
    let dy = Tensor::from_vec((5, Const::<3>), sample(15, 2));
    for decides in [1.0, -1.0] {
        let threshold = Tensor::from_vec((), vec![decides]);
        let expected = if decides > 0.0 { model.when_true(&x) } else { model.when_false(&x) };
        assert_close("gated", model.gated(&x, &threshold).as_slice(), expected.as_slice(), 1e-6);
    }
    // In training, without dropout in the second branch.
    let threshold = Tensor::from_vec((), vec![-1.0]);
    let (mut workspace, mut grads) = (model.workspace(), model.zero_grads());
    let (y, saved) = model.gated_train(&mut workspace, &x, &threshold);
    let (dx, d_threshold) = saved.backward(&model, &dy, &mut grads);
    let (mut workspace, mut expected_grads) = (model.workspace(), model.zero_grads());
    let (expected, saved) = model.when_false_train(&mut workspace, &x);
    let expected_dx = saved.backward(&model, &dy, &mut expected_grads);
    assert_close("result", y.as_slice(), expected.as_slice(), 1e-6);
    assert_close("gradient of x", dx.as_slice(), expected_dx.as_slice(), 1e-5);
    assert_eq!(d_threshold.as_slice(), [0.0], "a condition has no gradient");
    for name in ["input.weight", "input.bias", "head.weight", "head.bias"] {
        let (found, expected) =
            (gradient::<Adaptive>(&grads, name), gradient::<Adaptive>(&expected_grads, name));
        assert_close(name, found, expected, 1e-5);
    }
    // In the first one, about 0.3 of the elements are dropped.
    let threshold = Tensor::from_vec((), vec![1.0]);
    let mut workspace = model.workspace();
    let (y, _) = model.gated_train(&mut workspace, &x, &threshold);
    assert_ne!(y.as_slice(), model.when_true(&x).as_slice());
}
