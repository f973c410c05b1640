//! Stacks with state of their own: running statistics and dropout masks per element.

use crate::stacks::written_name;
use crate::support::*;
use macrograd::prelude::*;

/// Batch normalisation in every block: buffers of their own.
#[model(part)]
pub struct NormBlock {
    #[with(padding = 1, bias = false)]
    conv: nn::Conv2d<4, 4, 3>,
    norm: nn::BatchNorm2d<4>,
}

#[model]
impl NormBlock {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 4, 5, 5>) -> Tensor<N, 4, 5, 5> {
        self.norm(self.conv(x)).relu() + x
    }
}

#[model]
pub struct NormStack {
    blocks: [NormBlock; 3],
    head: nn::Linear<4, 3>,
}

#[model]
impl NormStack {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 4, 5, 5>, label: Tensor<u8, N>) -> Tensor {
        let mut x = x;
        for block in &self.blocks {
            x = block(x);
        }
        self.head(x.mean([2, 3])).cross_entropy(label)
    }
}

#[model]
pub struct NormWritten {
    block0: NormBlock,
    block1: NormBlock,
    block2: NormBlock,
    head: nn::Linear<4, 3>,
}

#[model]
impl NormWritten {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 4, 5, 5>, label: Tensor<u8, N>) -> Tensor {
        let x = self.block2(self.block1(self.block0(x)));
        self.head(x.mean([2, 3])).cross_entropy(label)
    }
}

#[test]
fn buffers_of_a_stack_move_one_by_one() {
    use macrograd::optim::Sgd;
    let mut stacked = NormStack::new(Device::cpu(), 3);
    let mut written = NormWritten::new(Device::cpu(), 4);
    copy_state(&stacked, &mut written, written_name);
    let x = Tensor::from_vec((6, Const::<4>, Const::<5>, Const::<5>), sample(600, 1));
    let y = Tensor::from_vec((6,), labels(6, 3));
    let (mut sgd, mut sgd_written) = (Sgd::new(0.1), Sgd::new(0.1));
    for step in 0..3 {
        let (loss, mut grads) = stacked.loss_grad(&x, &y);
        let (expected_loss, mut expected) = written.loss_grad(&x, &y);
        assert_close(&format!("loss of step {step}"), &[loss], &[expected_loss], 1e-4);
        assert_same_gradients::<NormStack, NormWritten>(&grads, &expected, written_name, 1e-3);
        sgd.step(&mut stacked, &mut grads);
        sgd_written.step(&mut written, &mut expected);
        for name in names::<NormStack>() {
            assert_close(name, value(&stacked, name), value(&written, &written_name(name)), 1e-3);
        }
    }
    let means: Vec<_> =
        (0..3).map(|index| value(&stacked, &format!("blocks.{index}.norm.running_mean")).to_vec()).collect();
    assert!(means[0] != means[1] && means[1] != means[2] && means[0].iter().all(|mean| *mean != 0.0));
    assert_eq!(stacked.blocks(1).norm().running_mean().as_slice(), means[1]);
    assert_close("inference", &[stacked.loss(&x, &y)], &[written.loss(&x, &y)], 1e-4);
}

/// What dropout draws in a loop can be seen from outside: each iteration multiplies ones by its mask.
#[model(part)]
pub struct Drop {
    #[init(ones)]
    scale: Param<16>,
    dropout: nn::Dropout,
}

#[model]
impl Drop {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 16>, ones: Tensor<N, 16>) -> (Tensor<N, 16>, Tensor<N, 16>) {
        let kept = self.dropout(ones * self.scale);
        (x * 3.0 + kept, ones)
    }
}

#[model]
pub struct DropStack {
    blocks: [Drop; 3],
}

#[model]
impl DropStack {
    pub fn forward<N: Dim>(&self, ones: Tensor<N, 16>) -> Tensor<N, 16> {
        let mut x = ones * 0.0;
        let mut y = ones;
        for block in &self.blocks {
            let (new_x, new_y) = block(x, y);
            x = new_x;
            y = new_y;
        }
        x
    }

    pub fn loss<N: Dim>(&self, ones: Tensor<N, 16>) -> Tensor {
        self.forward(ones).sum()
    }
}

#[test]
fn dropout_in_a_stack_draws_per_iteration_and_the_same_backwards() {
    let model = DropStack::new(Device::cpu(), 3);
    let ones = Tensor::full((5, Const::<16>), 1.0f32);
    let mut workspace = model.workspace();
    let mut grads = model.zero_grads();
    let (y, saved) = model.forward_train(&mut workspace, &ones);
    // rate 0.5: each element is 9 a + 3 b + c with a, b, c in {0, 2}.
    let masks: Vec<[f32; 3]> = y
        .as_slice()
        .iter()
        .map(|&sum| {
            let digits = (sum / 2.0) as u32;
            assert_eq!(digits as f32 * 2.0, sum, "{sum} is a sum of kept elements");
            [digits / 9, digits / 3 % 3, digits % 3].map(|digit| digit as f32 * 2.0)
        })
        .collect();
    let mask = |layer: usize| masks.iter().map(|mask| mask[layer]).collect::<Vec<_>>();
    assert!(masks.iter().flatten().all(|&kept| kept == 0.0 || kept == 2.0));
    assert!(mask(0) != mask(1) && mask(1) != mask(2) && mask(0) != mask(2), "each iteration draws its own");
    for layer in 0..3 {
        let kept = mask(layer).iter().sum::<f32>() / 2.0;
        assert!((20.0..60.0).contains(&kept), "{kept} of 80 kept at rate 0.5");
    }
    saved.backward(&model, &Tensor::full((5, Const::<16>), 1.0f32), &mut grads);
    for layer in 0..3 {
        let factor = [9.0, 3.0, 1.0][layer];
        let expected: Vec<f32> =
            (0..16).map(|column| (0..5).map(|row| factor * masks[row * 16 + column][layer]).sum()).collect();
        let found = gradient::<DropStack>(&grads, &format!("blocks.{layer}.scale"));
        assert_close(&format!("gradient of scale {layer}"), found, &expected, 1e-6);
    }
    // The fused function draws what the halves draw at the same step, and another mask at the next.
    let mut again = model.workspace();
    let mut fused = model.zero_grads();
    let loss = model.loss_grad_into(&mut again, &ones, &mut fused);
    assert_eq!(loss, y.as_slice().iter().sum::<f32>());
    let next = model.loss_grad_into(&mut again, &ones, &mut fused);
    assert_ne!(loss, next);
    again.set_step(0);
    assert_eq!(model.loss_grad_into(&mut again, &ones, &mut fused), loss);
    assert_eq!(
        gradient::<DropStack>(&fused, "blocks.1.scale"),
        gradient::<DropStack>(&grads, "blocks.1.scale")
    );
    // Inference drops nothing.
    assert!(model.forward(&ones).as_slice().iter().all(|&sum| sum == 13.0));
}
