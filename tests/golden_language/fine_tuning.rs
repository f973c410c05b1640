//! Low-rank factors are trained while the weights that they add to stay as they are.

use crate::case::Case;
use macrograd::__private::state::Kind;
use macrograd::Model;
use macrograd::optim::AdamW;
use macrograd::prelude::*;

#[model]
pub struct FineTuned {
    #[with(alpha = 8.0)]
    fc1: nn::LoraLinear<7, 6, 2>,
    fc2: nn::LoraLinear<6, 4, 3>,
}

#[model]
impl FineTuned {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 7>, target: Tensor<N, 4>) -> Tensor {
        self.fc2(self.fc1(x).tanh()).mse_loss(target)
    }

    pub fn merged(&self) -> Tensor<6, 7> {
        self.fc1.merged_weight()
    }
}

#[test]
fn low_rank_factors_learn_and_nothing_else_does() {
    let case = Case::read("language", "fine_tune");
    let mut net = FineTuned::new(Device::cpu(), 1);
    assert!(net.fc1().lora_b().as_slice().iter().all(|&value| value == 0.0), "nothing changes at the start");
    case.load(&mut net);
    let frozen: Vec<_> =
        FineTuned::layout().tensors.iter().filter(|tensor| tensor.kind == Kind::Frozen).collect();
    let names: Vec<&str> = frozen.iter().map(|tensor| tensor.name).collect();
    assert_eq!(names, ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]);

    let x = case.tensor("input.x", (8, Const::<7>));
    let target = case.tensor("input.target", (8, Const::<4>));
    let (_, mut grads) = net.loss_grad(&x, &target);
    case.compare_grads(&mut net, &mut grads);

    let mut optimizer = AdamW::new(1e-2).weight_decay(0.1);
    let mut workspace = net.workspace();
    let mut losses = Vec::new();
    for _ in 0..20 {
        losses.push(net.loss_grad_into(&mut workspace, &x, &target, &mut grads));
        optimizer.step(&mut net, &mut grads);
    }
    case.compare("losses", &losses);
    for tensor in FineTuned::layout().tensors {
        let found = &net.state().values()[tensor.offset..][..tensor.numel()];
        if tensor.kind == Kind::Frozen {
            let before: Vec<f32> =
                case.get(&format!("param.{}", tensor.name)).iter().map(|&x| x as f32).collect();
            assert_eq!(found, before, "{} is frozen", tensor.name);
        } else {
            case.compare_within(1e-3, &format!("after.{}", tensor.name), found);
        }
    }
    case.compare_within(1e-3, "merged", net.merged().as_slice());
    case.finish();
}
