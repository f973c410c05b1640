//! Stacks of layers: a loop gives what the same layers give when they are written out one by one.

use crate::support::*;
use macrograd::prelude::*;

#[model(part)]
pub struct Block {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Block {
    pub fn forward(&self, x: Tensor<_, 8>) -> Tensor<_, 8> {
        x + self.fc(x).tanh() * 0.5
    }
}

/// A model with a stack, and the same with one field per layer.
macro_rules! stacked_and_written_out {
    ($stacked:ident $stacked_id:literal $len:literal, $written:ident $written_id:literal $($block:ident)*) => {
        #[model(id = $stacked_id)]
        pub struct $stacked {
            input: nn::Linear<5, 8>,
            blocks: [Block; $len],
            head: nn::Linear<8, 3>,
        }

        #[model]
        impl $stacked {
            pub fn forward<N: Dim>(&self, x: Tensor<N, 5>) -> Tensor<N, 3> {
                let mut x = self.input(x);
                for block in &self.blocks {
                    x = block(x);
                }
                self.head(x)
            }

            pub fn loss<N: Dim>(&self, x: Tensor<N, 5>, label: Tensor<u8, N>) -> Tensor {
                self.forward(x).cross_entropy(label)
            }
        }

        #[model(id = $written_id)]
        pub struct $written {
            input: nn::Linear<5, 8>,
            $($block: Block,)*
            head: nn::Linear<8, 3>,
        }

        #[model]
        impl $written {
            pub fn forward<N: Dim>(&self, x: Tensor<N, 5>) -> Tensor<N, 3> {
                let x = self.input(x);
                $(let x = self.$block(x);)*
                self.head(x)
            }

            pub fn loss<N: Dim>(&self, x: Tensor<N, 5>, label: Tensor<u8, N>) -> Tensor {
                self.forward(x).cross_entropy(label)
            }
        }
    };
}

stacked_and_written_out!(Stacked1 "stacked 1" 1, Written1 "written 1" block0);
stacked_and_written_out!(Stacked2 "stacked 2" 2, Written2 "written 2" block0 block1);
stacked_and_written_out!(Stacked3 "stacked 3" 3, Written3 "written 3" block0 block1 block2);
stacked_and_written_out!(Stacked64 "stacked 64" 64, Written64 "written 64"
    block0 block1 block2 block3 block4 block5 block6 block7 block8 block9 block10 block11 block12 block13 block14
    block15 block16 block17 block18 block19 block20 block21 block22 block23 block24 block25 block26 block27 block28
    block29 block30 block31 block32 block33 block34 block35 block36 block37 block38 block39 block40 block41 block42
    block43 block44 block45 block46 block47 block48 block49 block50 block51 block52 block53 block54 block55 block56
    block57 block58 block59 block60 block61 block62 block63);

/// `blocks.3.fc.weight` of the stack is `block3.fc.weight` where it is written out.
pub fn written_name(name: &str) -> String {
    name.replace("blocks.", "block")
}

macro_rules! compare {
    ($test:ident $stacked:ident $written:ident) => {
        #[test]
        fn $test() {
            let stacked = $stacked::new(Device::cpu(), 3);
            let mut written = $written::new(Device::cpu(), 4);
            copy_state(&stacked, &mut written, written_name);
            for n in [1, 6] {
                let x = Tensor::from_vec((n, Const::<5>), sample(n * 5, 1));
                let y = Tensor::from_vec((n,), labels(n, 3));
                assert_close("forward", stacked.forward(&x).as_slice(), written.forward(&x).as_slice(), 1e-5);
                let (loss, grads) = stacked.loss_grad(&x, &y);
                let (expected_loss, expected) = written.loss_grad(&x, &y);
                assert_close("loss", &[loss], &[expected_loss], 1e-5);
                assert_same_gradients::<$stacked, $written>(&grads, &expected, written_name, 1e-4);

                let dy = Tensor::from_vec((n, Const::<3>), sample(n * 3, 2));
                let mut grads = stacked.zero_grads();
                let mut workspace = stacked.workspace();
                let (_, saved) = stacked.forward_train(&mut workspace, &x);
                let dx = saved.backward(&stacked, &dy, &mut grads);
                let mut expected = written.zero_grads();
                let mut workspace = written.workspace();
                let (_, saved) = written.forward_train(&mut workspace, &x);
                let expected_dx = saved.backward(&written, &dy, &mut expected);
                assert_close("gradient of x", dx.as_slice(), expected_dx.as_slice(), 1e-4);
                assert_same_gradients::<$stacked, $written>(&grads, &expected, written_name, 1e-4);
            }
        }
    };
}

compare!(a_stack_of_one_is_its_layer_written_out Stacked1 Written1);
compare!(a_stack_of_two_is_its_layers_written_out Stacked2 Written2);
compare!(a_stack_of_three_is_its_layers_written_out Stacked3 Written3);
compare!(a_stack_of_64_is_its_layers_written_out Stacked64 Written64);

#[test]
fn gradients_of_a_stack_are_those_of_differences() {
    let mut model = Stacked3::new(Device::cpu(), 3);
    let x = Tensor::from_vec((4, Const::<5>), sample(20, 1));
    let y = Tensor::from_vec((4,), labels(4, 3));
    let (_, grads) = model.loss_grad(&x, &y);
    check_gradients(&mut model, &grads, |model| model.loss(&x, &y));
}

#[test]
fn names_access_and_files_of_a_stack() {
    let mut model = Stacked3::new(Device::cpu(), 3);
    let expected = [
        "input.weight",
        "input.bias",
        "blocks.0.fc.weight",
        "blocks.0.fc.bias",
        "blocks.1.fc.weight",
        "blocks.1.fc.bias",
        "blocks.2.fc.weight",
        "blocks.2.fc.bias",
        "head.weight",
        "head.bias",
    ];
    assert_eq!(model.named_parameters().map(|(name, ..)| name).collect::<Vec<_>>(), expected);
    for index in 0..3 {
        let name = format!("blocks.{index}.fc.weight");
        assert_eq!(model.blocks(index).fc().weight().as_slice(), value(&model, &name));
    }
    let x = Tensor::from_vec((4, Const::<5>), sample(20, 1));
    let y = Tensor::from_vec((4,), labels(4, 3));
    let (_, grads) = model.loss_grad(&x, &y);
    assert_eq!(grads.blocks(2).fc().weight().as_slice(), gradient::<Stacked3>(&grads, "blocks.2.fc.weight"));
    assert_ne!(grads.blocks(2).fc().weight().as_slice(), grads.blocks(1).fc().weight().as_slice());

    model.blocks_mut(1).fc().bias().as_mut_slice()[3] = 7.0;
    assert_eq!(value(&model, "blocks.1.fc.bias")[3], 7.0);
    let path = std::env::temp_dir().join(format!("macrograd-stack-{}.safetensors", std::process::id()));
    model.save(&path).unwrap();
    let loaded = Stacked3::load(&path, Device::cpu()).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(loaded.state().values(), model.state().values());

    let text = panic_text(|| {
        model.blocks(3);
    });
    assert_eq!(text, "element 3 of a stack of 3");
}

/// Parameters from outside used in the loop: what each iteration contributes adds up.
#[model]
pub struct Captured {
    shared: nn::Linear<8, 8>,
    #[init(normal(1.0))]
    scale: Param<8>,
    blocks: [Block; 3],
}

#[model]
impl Captured {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        let start = x * 2.0;
        let mut x = x;
        for block in &self.blocks {
            x = block(self.shared(x) * self.scale) + start;
        }
        (x * x).mean()
    }
}

#[model]
pub struct CapturedWritten {
    shared: nn::Linear<8, 8>,
    #[init(normal(1.0))]
    scale: Param<8>,
    blocks: [Block; 3],
}

#[model]
impl CapturedWritten {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        let start = x * 2.0;
        let x = self.blocks[0](self.shared(x) * self.scale) + start;
        let x = self.blocks[1](self.shared(x) * self.scale) + start;
        let x = self.blocks[2](self.shared(x) * self.scale) + start;
        (x * x).mean()
    }
}

#[test]
fn gradients_of_captured_parameters_add_up() {
    let mut model = Captured::new(Device::cpu(), 3);
    let mut written = CapturedWritten::new(Device::cpu(), 4);
    copy_state(&model, &mut written, str::to_string);
    let x = Tensor::from_vec((4, Const::<8>), sample(32, 1));
    let (loss, grads) = model.loss_grad(&x);
    let (expected_loss, expected) = written.loss_grad(&x);
    assert_close("loss", &[loss], &[expected_loss], 1e-5);
    assert_same_gradients::<Captured, CapturedWritten>(&grads, &expected, str::to_string, 1e-4);
    check_gradients(&mut model, &grads, |model| model.loss(&x));
}

/// A stack of stacks, its first element also called by itself.
#[model(part)]
pub struct Stage {
    layers: [Block; 2],
    last: nn::Linear<8, 8>,
}

#[model]
impl Stage {
    pub fn forward(&self, x: Tensor<_, 8>) -> Tensor<_, 8> {
        let mut y = x;
        for layer in &self.layers {
            y = layer(y) + x * 0.1;
        }
        self.last(y)
    }
}

#[model]
pub struct Nested {
    stages: [Stage; 3],
}

#[model]
impl Nested {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        let mut x = self.stages[0](x);
        for stage in &self.stages {
            x = stage(x);
        }
        x = self.stages[2].layers[1](x);
        (x * x).mean()
    }
}

#[model]
pub struct NestedWritten {
    stages: [Stage; 3],
}

#[model]
impl NestedWritten {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        let x = self.stage0(x);
        let x = self.stage0(x);
        let y = self.stages[1].layers[0](x) + x * 0.1;
        let y = self.stages[1].layers[1](y) + x * 0.1;
        let x = self.stages[1].last(y);
        let y = self.stages[2].layers[0](x) + x * 0.1;
        let y = self.stages[2].layers[1](y) + x * 0.1;
        let x = self.stages[2].last(y);
        let x = self.stages[2].layers[1](x);
        (x * x).mean()
    }

    fn stage0<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let y = self.stages[0].layers[0](x) + x * 0.1;
        let y = self.stages[0].layers[1](y) + x * 0.1;
        self.stages[0].last(y)
    }
}

#[test]
fn a_stack_of_stacks_is_looped_and_indexed() {
    let mut model = Nested::new(Device::cpu(), 3);
    let mut written = NestedWritten::new(Device::cpu(), 4);
    copy_state(&model, &mut written, str::to_string);
    assert!(names::<Nested>().contains(&"stages.2.layers.1.fc.weight"));
    let x = Tensor::from_vec((4, Const::<8>), sample(32, 1));
    let (loss, grads) = model.loss_grad(&x);
    let (expected_loss, expected) = written.loss_grad(&x);
    assert_close("loss", &[loss], &[expected_loss], 1e-5);
    assert_same_gradients::<Nested, NestedWritten>(&grads, &expected, str::to_string, 1e-4);
    assert_eq!(
        model.stages(2).layers(1).fc().weight().as_slice(),
        value(&model, "stages.2.layers.1.fc.weight")
    );
    assert_eq!(
        grads.stages(1).layers(0).fc().bias().as_slice(),
        gradient::<Nested>(&grads, "stages.1.layers.0.fc.bias")
    );
    check_gradients(&mut model, &grads, |model| model.loss(&x));
}

/// A layer with a setting that its stack gives one by one.
#[model(part)]
pub struct Scaled {
    #[default(1.0)]
    factor: f32,
    weight: Param<8, 8>,
}

#[model]
impl Scaled {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x.matmul(self.weight) * self.factor + x
    }
}

#[model]
pub struct Settings {
    #[with(factor = [0.3, 0.1, 0.2])]
    blocks: [Scaled; 3],
    #[with(factor = 0.5)]
    same: [Scaled; 2],
    #[with(rate = [0.0, 0.1, 0.2])]
    dropouts: [nn::Dropout; 3],
}

#[model]
impl Settings {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let mut x = x;
        for block in &self.blocks {
            x = block(x);
        }
        for block in &self.same {
            x = block(x);
        }
        x
    }

    pub fn dropped<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let mut x = self.forward(x) * 0.0 + 1.0;
        for dropout in &self.dropouts {
            x = dropout(x);
        }
        x
    }

    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        self.forward(x).sum()
    }
}

#[test]
fn settings_of_a_stack_may_differ() {
    let model = Settings::new(Device::cpu(), 3);
    let n = 200;
    let x = Tensor::from_vec((n, Const::<8>), sample(n * 8, 1));
    let mut expected: Vec<f64> = x.as_slice().iter().map(|&x| f64::from(x)).collect();
    for (name, factor) in
        [("blocks.0", 0.3), ("blocks.1", 0.1), ("blocks.2", 0.2), ("same.0", 0.5), ("same.1", 0.5)]
    {
        let weight = value(&model, &format!("{name}.weight"));
        for row in expected.chunks_mut(8) {
            let before = row.to_vec();
            for column in 0..8 {
                let product: f64 = (0..8).map(|k| before[k] * f64::from(weight[k * 8 + column])).sum();
                row[column] += factor * product;
            }
        }
    }
    let expected: Vec<f32> = expected.iter().map(|&x| x as f32).collect();
    assert_close("forward", model.forward(&x).as_slice(), &expected, 1e-5);

    let mut workspace = model.workspace();
    let (y, _) = model.dropped_train(&mut workspace, &x);
    let zeros = y.as_slice().iter().filter(|y| **y == 0.0).count() as f32 / y.numel() as f32;
    assert!((zeros - (1.0 - 0.9 * 0.8)).abs() < 0.04, "{zeros} of the elements are dropped");
    let kept = 1.0 / (0.9 * 0.8);
    assert!(y.as_slice().iter().all(|&y| y == 0.0 || (y - kept).abs() < 1e-5));
}

/// Two carried variables, ranges, a stack's length, compound assignment.
#[model]
pub struct Carried {
    blocks: [Block; 3],
    #[frozen]
    fixed: [Block; 2],
    powers: Param<3>,
}

#[model]
impl Carried {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> (Tensor<N, 8>, Tensor<N>) {
        let mut x = x;
        let mut total = x.sum(1);
        for block in &self.blocks {
            let before = x;
            x = block(x);
            total += (x * before).sum(1);
        }
        for block in &self.fixed {
            x = block(x);
        }
        for i in 0..3 {
            x = x + self.powers[i] * (i + 1) as f32;
            total = total * 2.0;
        }
        (x, total / self.blocks.len() as f32)
    }

    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        let (x, total) = self.forward(x);
        (x * x).mean() + (total * total).mean() * 0.01
    }
}

#[test]
fn a_loop_carries_two_variables() {
    use macrograd::optim::Sgd;
    let mut model = Carried::new(Device::cpu(), 3);
    value_mut(&mut model, "powers").copy_from_slice(&[0.1, 0.2, -0.3]);
    let x = Tensor::from_vec((2, Const::<8>), sample(16, 1));
    let (y, total) = model.forward(&x);
    for row in 0..2 {
        let mut h: Vec<f64> = x.row(row).iter().map(|&x| f64::from(x)).collect();
        let mut sum: f64 = h.iter().sum();
        for (index, name) in ["blocks.0", "blocks.1", "blocks.2", "fixed.0", "fixed.1"].iter().enumerate() {
            let (weight, bias) =
                (value(&model, &format!("{name}.fc.weight")), value(&model, &format!("{name}.fc.bias")));
            let before = h.clone();
            for out in 0..8 {
                let z: f64 = (0..8).map(|k| before[k] * f64::from(weight[out * 8 + k])).sum::<f64>()
                    + f64::from(bias[out]);
                h[out] = before[out] + 0.5 * z.tanh();
            }
            if index < 3 {
                sum += h.iter().zip(&before).map(|(a, b)| a * b).sum::<f64>();
            }
        }
        let shift = 0.1 + 0.2 * 2.0 - 0.3 * 3.0;
        let expected: Vec<f32> = h.iter().map(|h| (h + shift) as f32).collect();
        assert_close("x", y.row(row), &expected, 1e-5);
        assert_close("total", &total.as_slice()[row..][..1], &[(sum * 8.0 / 3.0) as f32], 1e-5);
    }
    let (_, mut grads) = model.loss_grad(&x);
    check_gradients(&mut model, &grads, |model| model.loss(&x));
    let before = model.clone_state();
    Sgd::new(0.1).step(&mut model, &mut grads);
    for name in names::<Carried>() {
        let tensor = tensor_info::<Carried>(name);
        let moved = value(&model, name) != &before[tensor.offset..][..tensor.numel()];
        assert_eq!(moved, !name.starts_with("fixed"), "{name}");
    }
}

impl Carried {
    fn clone_state(&self) -> Vec<f32> {
        self.state().values().to_vec()
    }
}
