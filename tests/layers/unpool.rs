//! Max pooling that returns indices, and its inverse.

use macrograd::prelude::*;

/// `with_indices! { name: #[with(…)] nn::Layer<…>, (x: [2, 3]) -> [2, 2]; … }`: a test for each layer that returns maxima
/// and indices.
macro_rules! with_indices {
    ($($(#[$setting:meta])* $name:ident: $layer:ty, (x: [$($dim:literal),*]) -> [$($out:literal),*];)*) => { $(
        mod $name {
            use crate::harness::Case;
            use macrograd::prelude::*;

            #[model]
            pub struct Net {
                $(#[$setting])*
                layer: $layer,
                #[init(ones)]
                scale: Param,
            }

            #[model]
            impl Net {
                pub fn forward(&self, x: Tensor<$($dim),*>) -> (Tensor<$($out),*>, Tensor<u32, $($out),*>) {
                    let (maxima, indices) = self.layer(x);
                    (maxima * self.scale, indices)
                }
            }

            #[test]
            fn agrees_with_pytorch() {
                let case = Case::read("layers_unpool", stringify!($name));
                let net = Net::new(Device::cpu(), 0);
                let x = case.tensor::<f32, _>("input.x", ($(Const::<$dim>,)*));
                let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
                let ((maxima, indices), saved) = net.forward_train(&mut workspace, &x);
                case.compare("out", maxima.as_slice());
                let found: Vec<f64> = indices.as_slice().iter().map(|&index| f64::from(index)).collect();
                assert_eq!(found, case.get("indices"));
                let seed = case.tensor::<f32, _>("grad_out", ($(Const::<$out>,)*));
                let grad = saved.backward(&net, &seed, &mut grads);
                case.compare("grad_input.x", grad.as_slice());
                case.finish();
            }
        }
    )* };
}

with_indices! {
    #[with(stride = 2, padding = 1, dilation = 2, ceil_mode = true)]
    max_pool1d_with_indices: nn::MaxPool1dWithIndices<3>, (x: [2, 2, 8]) -> [2, 2, 4];
    #[with(kernel_size = [2, 3], stride = [3, 1], padding = [1, 0], dilation = [1, 2], ceil_mode = true)]
    max_pool2d_with_indices: nn::MaxPool2dWithIndices<2>, (x: [1, 2, 6, 7]) -> [1, 2, 3, 3];
    #[with(kernel_size = [2, 1, 3], stride = [1, 3, 2], padding = [1, 0, 1])]
    max_pool3d_with_indices: nn::MaxPool3dWithIndices<1>, (x: [1, 2, 4, 5, 6]) -> [1, 2, 5, 2, 3];
    adaptive_max_pool1d_with_indices: nn::AdaptiveMaxPool1dWithIndices<3>, (x: [2, 2, 7]) -> [2, 2, 3];
    #[with(output_size = [0, 5])]
    adaptive_max_pool2d_with_indices: nn::AdaptiveMaxPool2dWithIndices<2>, (x: [2, 2, 5, 7]) -> [2, 2, 5, 5];
    #[with(output_size = [2, 1, 3])]
    adaptive_max_pool3d_with_indices: nn::AdaptiveMaxPool3dWithIndices<1>,
        (x: [1, 2, 3, 4, 5]) -> [1, 2, 2, 1, 3];
}

cases! { "layers_unpool";
    max_unpool1d: nn::MaxUnpool1d<2>, (x: [2, 2, 3], indices: u32[2, 2, 3]) -> [2, 2, 6];
    max_unpool2d: nn::MaxUnpool2d<2>, (x: [1, 2, 2, 3], indices: u8[1, 2, 2, 3]) -> [1, 2, 4, 6];
    max_unpool3d: nn::MaxUnpool3d<2>, (x: [1, 2, 1, 2, 2], indices: i64[1, 2, 1, 2, 2]) -> [1, 2, 2, 4, 4];
    #[with(output_size = 7)]
    max_unpool1d_of_a_size: nn::MaxUnpool1d<2>, (x: [1, 2, 3], indices: i64[1, 2, 3]) -> [1, 2, 7];
    #[with(kernel_size = [3, 2], stride = [2, 1], padding = [1, 0], output_size = [6, 0])]
    max_unpool2d_options: nn::MaxUnpool2d<2>, (x: [1, 2, 3, 4], indices: u32[1, 2, 3, 4]) -> [1, 2, 6, 5];
    #[with(kernel_size = [2, 1, 3], stride = [1, 3, 2], padding = [1, 0, 1], output_size = [0, 5, 0])]
    max_unpool3d_options: nn::MaxUnpool3d<2>,
        (x: [1, 2, 4, 2, 3], indices: u32[1, 2, 4, 2, 3]) -> [1, 2, 3, 5, 5];
}

#[model]
struct Autoencoder {
    pool: nn::MaxPool2dWithIndices<2>,
    unpool: nn::MaxUnpool2d<2>,
    scale: Param,
}

#[model]
impl Autoencoder {
    /// Maxima in their places.
    pub fn forward<N: Dim>(&self, x: Tensor<N, 1, 4, 6>) -> Tensor<N, 1, 4, 6> {
        let (maxima, indices) = self.pool(x);
        self.unpool(maxima * self.scale, indices)
    }

    pub fn spread<N: Dim>(
        &self,
        x: Tensor<N, 1, 2, 2>,
        indices: Tensor<u32, N, 1, 2, 2>,
    ) -> Tensor<N, 1, 4, 4> {
        self.unpool(x, indices)
    }
}

#[test]
fn an_index_outside_the_result_is_an_error() {
    let net = Autoencoder::new(Device::cpu(), 0);
    let shape = (1, Const::<1>, Const::<2>, Const::<2>);
    let (x, indices) = (Tensor::full(shape, 1.0), Tensor::from_vec(shape, vec![0, 15, 16, 3]));
    let error = net.try_spread(&x, &indices).expect_err("there are 16 places");
    assert_eq!(
        error.to_string(),
        "index 16 at position 2 is out of range: the axis has size 16, its places are numbered from 0"
    );
}

#[test]
fn maxima_return_to_their_places() {
    let mut net = Autoencoder::new(Device::cpu(), 0);
    net.scale_mut().copy_from_slice(&[1.0]);
    let shape = (2, Const::<1>, Const::<4>, Const::<6>);
    let x = Tensor::from_vec(shape, (1..=48).map(|place| (place * 5 % 49) as f32).collect());
    let y = net.forward(&x);
    let elements = || x.as_slice().iter().zip(y.as_slice());
    assert_eq!(elements().filter(|(x, y)| x == y).count(), 12);
    assert_eq!(elements().filter(|(_, y)| **y == 0.0).count(), 36);
}
