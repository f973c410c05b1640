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

mod kernels {
    //! Operations that users of this crate cannot name.

    use grad::prelude::*;

    /// `3 x`.
    #[op(crate = ::grad)]
    #[custom_grad(triple_grad)]
    fn triple(x: Tensor<_>) -> Tensor<_> {
        out.iter_mut().zip(x).for_each(|(out, x)| *out = 3.0 * x);
    }

    /// `3 grad`.
    #[function(crate = ::grad)]
    fn triple_grad(x: Tensor<_>, y: Tensor<_>, grad: Tensor<_>) -> Tensor<_> {
        3.0 * grad
    }

    /// `3 x · scale`.
    #[model(part, crate = ::grad)]
    pub struct Tripled<const D: usize> {
        #[init(constant(0.5))]
        scale: Param<D>,
    }

    #[model]
    impl<const D: usize> Tripled<D> {
        pub fn forward(&self, x: Tensor<_, D>) -> Tensor<_, D> {
            triple(x * self.scale)
        }
    }
}

pub use kernels::Tripled;

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

/// Two tensors, a struct for users of this crate; its width is fixed by [`WIDTH`].
#[tensors(crate = ::grad)]
#[derive(Clone, Debug, PartialEq)]
pub struct Pair<N: Dim, const D: usize> {
    /// As wide as it is declared.
    pub left: Tensor<N, D>,
    /// As wide as this crate says.
    pub right: Tensor<N, { WIDTH - 2 }>,
}

/// Turns a pair round a number of times.
#[model(crate = ::grad)]
pub struct Turn<const D: usize> {
    fc: nn::Linear<D, { WIDTH - 2 }>,
}

#[model]
impl<const D: usize> Turn<D> {
    /// What the left becomes on the right; the left stays.
    pub fn forward<N: Dim>(&self, pair: Pair<N, D>) -> Pair<N, D> {
        Pair { right: self.fc(pair.left) + pair.right, ..pair }
    }
}
