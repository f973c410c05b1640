//! Models that the tests use from another crate. This one knows macrograd as `grad`.
#![forbid(unsafe_code)]

use grad::prelude::*;

mod inner {
    //! Layers that users of this crate cannot name.

    use grad::prelude::*;

    /// `x · weight`.
    #[model(part, crate = ::grad)]
    pub struct Scale<const D: usize> {
        #[init(constant(2.0))]
        weight: Param<D>,
    }

    #[model]
    impl<const D: usize> Scale<D> {
        pub fn forward(&self, x: Tensor<_, D>) -> Tensor<_, D> {
            x * self.weight
        }
    }
}

/// Width of [`Tower`].
#[dim(crate = ::grad)]
pub const WIDTH: usize = 2 * 3;

/// `x²` plus its width.
#[function(crate = ::grad)]
pub fn square_plus<N: Dim>(x: Tensor<N, WIDTH>) -> Tensor<N, WIDTH> {
    x * x + WIDTH as f32
}

/// A layer at any width: a linear one, then a layer of a private module.
#[model(crate = ::grad)]
pub struct Scaled<const D: usize> {
    fc: nn::Linear<D, D>,
    scale: inner::Scale<D>,
}

#[model]
impl<const D: usize> Scaled<D> {
    /// The layers, one after the other.
    pub fn forward(&self, x: Tensor<_, D>) -> Tensor<_, D> {
        self.scale(self.fc(x))
    }
}

/// A compiled model, which is a layer as well.
#[model(crate = ::grad)]
#[derive(Clone)]
pub struct Tower {
    layers: [Scaled<WIDTH>; 2],
}

#[model]
impl Tower {
    /// Both layers and the square.
    pub fn forward<N: Dim>(&self, x: Tensor<N, WIDTH>) -> Tensor<N, WIDTH> {
        let mut x = x;
        for layer in &self.layers {
            x = layer(x).tanh();
        }
        square_plus(x)
    }

    /// The mean of the result.
    pub fn loss<N: Dim>(&self, x: Tensor<N, WIDTH>) -> Tensor {
        self.forward(x).mean()
    }
}
