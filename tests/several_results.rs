//! Results in unusual places: several of one run-time dimension, and one that is also a gradient.

use macrograd::prelude::*;

#[model]
struct Heads {
    left: Param<3>,
    right: Param<3>,
}

#[model]
impl Heads {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> (Tensor<N, 3>, Tensor<N, 3>) {
        (x * self.left, x * self.right)
    }
}

#[test]
fn each_result_brings_its_gradient() {
    let mut net = Heads::new(Device::cpu(), 0);
    net.left_mut().copy_from_slice(&[1.0, 2.0, 3.0]);
    net.right_mut().copy_from_slice(&[4.0, 5.0, 6.0]);
    let x = Tensor::from_vec((2, Const::<3>), vec![1.0, 1.0, 1.0, 2.0, 2.0, 2.0]);
    let mut workspace = net.workspace();
    let mut grads = net.zero_grads();
    let ((left, right), saved) = net.forward_train(&mut workspace, &x);
    assert_eq!(left.as_slice(), [1.0, 2.0, 3.0, 2.0, 4.0, 6.0]);
    assert_eq!(right.as_slice(), [4.0, 5.0, 6.0, 8.0, 10.0, 12.0]);
    let seed = |value: f32| Tensor::full((2, Const::<3>), value);
    let grad_x = saved.backward(&net, &seed(1.0), &seed(10.0), &mut grads);
    assert_eq!(grad_x.as_slice(), [41.0, 52.0, 63.0, 41.0, 52.0, 63.0]);
    assert_eq!(grads.left().as_slice(), [3.0, 3.0, 3.0]);
    assert_eq!(grads.right().as_slice(), [30.0, 30.0, 30.0]);
}

#[model]
struct Cut {
    scale: Param<3>,
}

#[model]
impl Cut {
    /// Zeros, which are also the gradient of the argument.
    pub fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 3> {
        (x * self.scale).detach() * 0.0
    }
}

#[test]
fn result_that_is_also_a_gradient_is_kept_for_the_backward_half() {
    let net = Cut::new(Device::cpu(), 0);
    let x = Tensor::from_fn((2, Const::<3>), |_| 1.0);
    let mut workspace = net.workspace();
    let mut grads = net.zero_grads();
    let (y, saved) = net.forward_train(&mut workspace, &x);
    let grad_x = saved.backward(&net, &x, &mut grads);
    assert_eq!(y.as_slice(), [0.0; 6]);
    assert_eq!(grad_x.as_slice(), [0.0; 6]);
    assert_eq!(grads.scale().as_slice(), [0.0; 3]);
}

#[model]
struct Ordered {
    scale: Param<3>,
}

#[model]
impl Ordered {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> (Tensor<N, 3>, Tensor<u32, N, 3>) {
        let (sorted, places) = (x * self.scale).sort();
        (sorted, places)
    }
}

#[test]
fn places_are_a_result_and_kept_for_the_backward_half() {
    let mut net = Ordered::new(Device::cpu(), 0);
    net.scale_mut().copy_from_slice(&[1.0, 2.0, 3.0]);
    let x = Tensor::from_vec((1, Const::<3>), vec![5.0, 1.0, 1.0]);
    let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
    let ((sorted, places), saved) = net.forward_train(&mut workspace, &x);
    assert_eq!(sorted.as_slice(), [2.0, 3.0, 5.0]);
    assert_eq!(places.as_slice(), [1, 2, 0]);
    let seed = Tensor::from_vec((1, Const::<3>), vec![1.0, 10.0, 100.0]);
    let grad = saved.backward(&net, &seed, &mut grads);
    assert_eq!(grad.as_slice(), [100.0, 2.0, 30.0]);
    assert_eq!(grads.scale().as_slice(), [500.0, 1.0, 10.0]);
}
