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
