//! Checkpoints: the same numbers with less memory, at the price of computing twice.

use crate::support::*;
use macrograd::prelude::*;

#[model(part)]
pub struct Wide {
    up: nn::Linear<8, 64>,
    #[with(rate = 0.1)]
    drop: nn::Dropout,
    down: nn::Linear<64, 8>,
}

#[model]
impl Wide {
    pub fn forward(&self, x: Tensor<_, 8>) -> Tensor<_, 8> {
        x + self.down(self.drop(self.up(x).gelu()))
    }
}

/// A stack of wide blocks whose activations are kept, or computed again.
macro_rules! deep {
    ($name:ident $id:literal $x:ident => $call:expr) => {
        #[model(id = $id)]
        pub struct $name {
            blocks: [Wide; 12],
            head: nn::Linear<8, 3>,
        }

        #[model]
        impl $name {
            pub fn loss<N: Dim>(&self, x: Tensor<N, 8>, label: Tensor<u8, N>) -> Tensor {
                let mut $x = x;
                for block in &self.blocks {
                    $x = $call;
                }
                self.head($x).cross_entropy(label)
            }
        }
    };
}

deep!(Kept "kept" x => block(x));
deep!(Again "again" x => checkpoint(block(x)));

#[test]
fn a_checkpoint_changes_memory_and_no_number() {
    let kept = Kept::new(Device::cpu(), 3);
    let mut again = Again::new(Device::cpu(), 4);
    copy_state(&kept, &mut again, str::to_string);
    for n in [1, 33] {
        let x = Tensor::from_vec((n, Const::<8>), sample(n * 8, 1));
        let y = Tensor::from_vec((n,), labels(n, 3));
        // Dropout included: the same numbers are drawn again.
        let (loss, grads) = kept.loss_grad(&x, &y);
        let (found, found_grads) = again.loss_grad(&x, &y);
        assert_eq!(found, loss);
        assert_same_gradients::<Kept, Again>(&grads, &found_grads, str::to_string, 1e-6);
    }
    let (kept, again) = (Kept::train_bytes(KeptDims { n: 1000 }), Again::train_bytes(AgainDims { n: 1000 }));
    assert!(again * 2 < kept, "{again} bytes with checkpoints, {kept} without");
}
