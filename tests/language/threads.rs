//! The same bits from any number of threads, run to run; dropout depends on seed and step only.

use crate::models::{lenet::LeNet, resnet::ResNet};
use crate::support::*;
use macrograd::prelude::*;

/// A stack with dropout, batch normalisation and enough work to be cut into parts.
#[model(part)]
pub struct Block {
    #[with(padding = 1)]
    conv: nn::Conv2d<8, 8, 3>,
    norm: nn::BatchNorm2d<8>,
    #[with(rate = 0.3)]
    dropout: nn::Dropout,
}

#[model]
impl Block {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8, 16, 16>) -> Tensor<N, 8, 16, 16> {
        self.dropout(self.norm(self.conv(x)).relu()) + x
    }
}

#[model]
pub struct Stacked {
    #[with(padding = 1)]
    stem: nn::Conv2d<3, 8, 3>,
    blocks: [Block; 3],
    head: nn::Linear<8, 10>,
}

#[model]
impl Stacked {
    pub fn forward<N: Dim>(&self, image: Tensor<N, 3, 16, 16>) -> Tensor<N, 10> {
        let mut x = self.stem(image);
        for block in &self.blocks {
            x = block(x);
        }
        self.head(x.mean([2, 3]))
    }

    pub fn loss<N: Dim>(&self, image: Tensor<N, 3, 16, 16>, label: Tensor<u8, N>) -> Tensor {
        self.forward(image).cross_entropy(label)
    }
}

fn in_threads<R: Send>(threads: usize, run: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(run)
}

/// Loss and gradients of two steps, as bits.
fn bits(run: impl Fn(&mut dyn FnMut(f32, &[f32]))) -> Vec<u32> {
    let mut bits = Vec::new();
    run(&mut |loss, grads| {
        bits.push(loss.to_bits());
        bits.extend(grads.iter().map(|x| x.to_bits()));
    });
    bits
}

macro_rules! same_bits {
    ($test:ident: $model:ident of [$($size:literal),*], batch $n:literal) => {
        #[test]
        fn $test() {
            let model = $model::new(Device::cpu(), 5);
            let numel = [$n, $($size),*].iter().product();
            let image = Tensor::from_vec(($n, $(Const::<$size>),*), sample(numel, 1));
            let label = Tensor::from_vec(($n,), labels($n, 10));
            let two_steps = || {
                bits(|keep| {
                    let (mut workspace, mut grads) = (Workspace::with_seed(3), model.zero_grads());
                    for _ in 0..2 {
                        let loss = model.loss_grad_into(&mut workspace, &image, &label, &mut grads);
                        keep(loss, grads.gradients().values());
                    }
                    keep(0.0, model.forward(&image).as_slice());
                })
            };
            let one = in_threads(1, two_steps);
            for threads in [1, 2, 3] {
                assert!(in_threads(threads, two_steps) == one, "{threads} threads");
            }

            // Inference from several threads at once.
            let expected = model.forward(&image);
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        for _ in 0..3 {
                            assert!(model.forward(&image).as_slice() == expected.as_slice());
                        }
                    });
                }
            });
        }
    };
}

same_bits!(lenet_gives_the_same_bits: LeNet of [1, 28, 28], batch 33);
same_bits!(resnet_gives_the_same_bits: ResNet of [3, 16, 16], batch 17);
same_bits!(a_stack_gives_the_same_bits: Stacked of [3, 16, 16], batch 17);

#[test]
fn dropout_depends_on_seed_and_step() {
    let model = Stacked::new(Device::cpu(), 5);
    let image = Tensor::from_vec((4, Const::<3>, Const::<16>, Const::<16>), sample(4 * 768, 1));
    let label = Tensor::from_vec((4,), labels(4, 10));
    let mut grads = model.zero_grads();
    let mut losses = |seed: u64, steps: &[u64]| -> Vec<f32> {
        let mut workspace = Workspace::with_seed(seed);
        steps
            .iter()
            .map(|&step| {
                workspace.set_step(step);
                let loss = model.loss_grad_into(&mut workspace, &image, &label, &mut grads);
                assert_eq!(workspace.step(), step + 1);
                loss
            })
            .collect()
    };
    let in_order = losses(7, &[0, 1, 2, 3]);
    let reversed = losses(7, &[3, 2, 1, 0]);
    assert!(in_order.iter().eq(reversed.iter().rev()), "{in_order:?} {reversed:?}");
    assert!(in_order.windows(2).all(|pair| pair[0] != pair[1]), "each step draws its own");
    assert!(losses(8, &[0, 1, 2, 3]).iter().zip(&in_order).all(|(a, b)| a != b), "each seed draws its own");
    // A smaller batch draws for its samples what the larger one drew for them: other samples do not matter. Batch
    // statistics do, so this looks at the masks through a model without them.
    let long = Masks::new(Device::cpu(), 1);
    let (mut a, mut b) = (Workspace::with_seed(7), Workspace::with_seed(7));
    let (large, _) = long.forward_train(&mut a, &Tensor::full((6, Const::<32>), 1.0f32));
    let (small, _) = long.forward_train(&mut b, &Tensor::full((2, Const::<32>), 1.0f32));
    assert_eq!(&large.as_slice()[..64], small.as_slice());
}

#[model]
pub struct Masks {
    #[init(ones)]
    scale: Param<32>,
    dropout: nn::Dropout,
}

#[model]
impl Masks {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 32>) -> Tensor<N, 32> {
        self.dropout(x * self.scale)
    }
}
