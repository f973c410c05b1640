//! Arguments that a caller may leave out.

use macrograd::prelude::*;

#[function]
fn shifted<N: Dim>(x: Tensor<N, 3>, by: Option<Tensor<3>>, factor: Option<Tensor>) -> Tensor<N, 3> {
    let x = if let Some(by) = by { x + by } else { x };
    x * factor.unwrap_or(1.0)
}

#[model(part)]
struct Scaled {
    #[init(constant(2.0))]
    scale: Param<3>,
}

#[model]
impl Scaled {
    fn forward<N: Dim>(&self, x: Tensor<N, 3>, mask: Option<Tensor<N>>) -> Tensor<N, 3> {
        let y = shifted(x, Some(self.scale), None);
        if mask.is_none() { y } else { y * mask.unwrap_or(1.0).unsqueeze(1) }
    }
}

#[model]
struct Net {
    scaled: Scaled,
}

#[model]
impl Net {
    fn bare<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 3> {
        self.scaled(x)
    }

    fn masked<N: Dim>(&self, x: Tensor<N, 3>, mask: Tensor<N>) -> Tensor<N, 3> {
        self.either(x, mask)
    }

    fn unmasked<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 3> {
        self.either(x, None)
    }

    /// Written out where it is called; hands its own option on.
    fn either<N: Dim>(&self, x: Tensor<N, 3>, mask: Option<Tensor<N>>) -> Tensor<N, 3> {
        shifted(self.scaled(x, mask), None, 10.0)
    }
}

#[test]
fn arguments_are_left_out_given_and_handed_on() {
    let net = Net::new(Device::cpu(), 0);
    let x = Tensor::from_vec((2, Const::<3>), vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(net.bare(&x).as_slice(), [3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
    let mask = Tensor::from_vec((2,), vec![0.0, 1.0]);
    assert_eq!(net.masked(&x, &mask).as_slice(), [0.0, 0.0, 0.0, 60.0, 70.0, 80.0]);
    assert_eq!(net.unmasked(&x).as_slice(), [30.0, 40.0, 50.0, 60.0, 70.0, 80.0]);
}

/// A state that a caller may have from a call before.
#[tensors]
#[derive(Clone, Debug, PartialEq)]
pub struct Memory<N: Dim> {
    pub sum: Tensor<N, 3>,
}

#[model]
struct Public {
    #[init(constant(2.0))]
    scale: Param<3>,
}

#[model]
impl Public {
    /// Scaled, where the mask lets it through.
    pub fn forward<N: Dim>(&self, x: Tensor<N, 3>, mask: Option<Tensor<N>>) -> Tensor<N, 3> {
        let y = x * self.scale;
        if let Some(mask) = mask { y * mask.unsqueeze(1) } else { y }
    }

    /// Adds what it is given to the memory, which begins with zeros.
    pub fn remember<N: Dim>(
        &self,
        x: Tensor<N, 3>,
        weight: Option<Tensor>,
        memory: Option<Memory<N>>,
    ) -> (Tensor<N>, Memory<N>) {
        let added = self.forward(x) * weight.unwrap_or(1.0);
        let sum = if let Some(memory) = memory { memory.sum + added } else { added };
        (sum.sum(1), Memory { sum })
    }

    pub fn loss<N: Dim>(&self, x: Tensor<N, 3>, mask: Option<Tensor<N>>) -> Tensor {
        self.forward(x, mask).square().mean()
    }

    fn loss_without_mask<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor {
        self.forward(x).square().mean()
    }

    fn loss_with_mask<N: Dim>(&self, x: Tensor<N, 3>, mask: Tensor<N>) -> Tensor {
        self.forward(x, mask).square().mean()
    }
}

fn points() -> Tensor<f32, (usize, Const<3>)> {
    Tensor::from_vec((2, Const), vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
}

#[test]
fn rust_calls_with_and_without_optional_arguments() {
    let net = Public::new(Device::cpu(), 0);
    let mask = Tensor::from_vec((2,), vec![0.0, 1.0]);
    assert_eq!(net.forward(&points(), None).as_slice(), [2.0, 4.0, 6.0, 8.0, 10.0, 12.0]);
    assert_eq!(net.forward(&points(), Some(&mask)).as_slice(), [0.0, 0.0, 0.0, 8.0, 10.0, 12.0]);
    let short = Tensor::from_vec((1,), vec![1.0]);
    let error = net.try_forward(&points(), Some(&short)).expect_err("the mask is of another batch");
    assert!(error.to_string().contains("`mask`"), "{error}");

    let weight = Tensor::from_vec((), vec![0.5]);
    let (first, memory) = net.remember(&points(), None, None);
    assert_eq!(first.as_slice(), [12.0, 30.0]);
    let (second, memory) = net.remember(&points(), Some(&weight), Some(&memory));
    assert_eq!((second.as_slice(), memory.sum.as_slice()[0]), (&[18.0, 45.0][..], 3.0));
    let (weighted, _) = net.remember(&points(), Some(&weight), None);
    assert_eq!(weighted.as_slice(), [6.0, 15.0]);
    let (third, _) = net.remember(&points(), None, Some(&memory));
    assert_eq!(third.as_slice(), [30.0, 75.0]);
}

#[test]
fn gradients_are_those_of_functions_without_options() {
    let net = Public::new(Device::cpu(), 0);
    let mask = Tensor::from_vec((2,), vec![0.5, 1.0]);
    let (loss, grads) = net.loss_grad(&points(), None);
    let (expected, of_expected) = net.loss_without_mask_grad(&points());
    assert_eq!((loss, grads.scale().as_slice()), (expected, of_expected.scale().as_slice()));
    let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
    let loss = net.loss_grad_into(&mut workspace, &points(), Some(&mask), &mut grads);
    let (expected, of_expected) = net.loss_with_mask_grad(&points(), &mask);
    assert_eq!((loss, grads.scale().as_slice()), (expected, of_expected.scale().as_slice()));
}

#[test]
fn arguments_that_are_left_out_have_no_gradient() {
    let net = Public::new(Device::cpu(), 0);
    let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
    let x = points();
    let seed = Tensor::full((2, Const::<3>), 1.0);
    let (_, saved) = net.forward_train(&mut workspace, &x, None);
    let (grad_x, grad_mask) = saved.backward(&net, &seed, &mut grads);
    assert_eq!((grad_x.as_slice(), grad_mask), (&[2.0; 6][..], None));
    let mask = Tensor::from_vec((2,), vec![0.0, 1.0]);
    let (_, saved) = net.forward_train(&mut workspace, &x, Some(&mask));
    let (grad_x, grad_mask) = saved.backward(&net, &seed, &mut grads);
    assert_eq!(grad_x.as_slice(), [0.0, 0.0, 0.0, 2.0, 2.0, 2.0]);
    assert_eq!(grad_mask.expect("it was given").as_slice(), [12.0, 30.0]);

    let memory = Memory { sum: Tensor::zeros((2, Const)) };
    let (_, saved) = net.remember_train(&mut workspace, &x, None, Some(&memory));
    let (_, grad_weight, grad_memory) =
        saved.backward(&net, &Tensor::full((2,), 1.0), &Memory { sum: seed }, &mut grads);
    assert!(grad_weight.is_none());
    assert_eq!(grad_memory.expect("it was given").sum.as_slice(), [2.0; 6]);
}
