//! Losses that contain gradients, and their gradients.

use crate::case::Case;
use macrograd::prelude::*;

/// A critic's loss with a penalty on the length of its gradient: Gulrajani et al., "Improved Training of Wasserstein
/// GANs", 2017, equation 3. `$sample` is the shape of a sample, `$mix` that of a number for each.
macro_rules! critic {
    (
        $test:ident, $case:literal, $name:ident, [$($sample:literal),*], [$($mix:literal),*], [$($axes:literal),*],
        { $($fields:tt)* } { $($forward:tt)* }
    ) => {
        #[model]
        pub struct $name {
            $($fields)*
        }

        #[model]
        impl $name {
            $($forward)*

            pub fn total<N: Dim>(&self, x: Tensor<N, $($sample),*>) -> Tensor {
                self.forward(x).sum()
            }

            pub fn penalty<N: Dim>(
                &self,
                real: Tensor<N, $($sample),*>,
                fake: Tensor<N, $($sample),*>,
                mix: Tensor<N, $($mix),*>,
            ) -> Tensor {
                let slope = grad(self.total, real * mix + fake * (1.0 - mix));
                (slope.norm(axes = [$($axes),*]) - 1.0).square().mean()
            }

            pub fn loss<N: Dim>(
                &self,
                real: Tensor<N, $($sample),*>,
                fake: Tensor<N, $($sample),*>,
                mix: Tensor<N, $($mix),*>,
            ) -> Tensor {
                self.forward(fake).mean() - self.forward(real).mean() + self.penalty(real, fake, mix) * 10.0
            }
        }

        #[test]
        fn $test() {
            let case = Case::read("language", $case);
            let mut net = $name::new(Device::cpu(), 1);
            case.load(&mut net);
            let samples = case.get("input.mix").len();
            let real = case.tensor("input.real", (samples, $(Const::<$sample>),*));
            let fake = case.tensor("input.fake", (samples, $(Const::<$sample>),*));
            let mix = case.tensor("input.mix", (samples, $(Const::<$mix>),*));
            case.compare("penalty", &[net.penalty(&real, &fake, &mix)]);

            let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
            let (loss, saved) = net.loss_train(&mut workspace, &real, &fake, &mix);
            case.compare("loss", &[loss]);
            let (grad_real, grad_fake, grad_mix) = saved.backward(&net, 1.0, &mut grads);
            case.compare("grad_input.real", grad_real.as_slice());
            case.compare("grad_input.fake", grad_fake.as_slice());
            case.compare("grad_input.mix", grad_mix.as_slice());
            case.compare_grads(&mut net, &mut grads);
            case.finish();
        }
    };
}

critic! {
    a_gradient_penalty_of_linear_layers, "critic", Critic, [6], [1], [1],
    {
        fc1: nn::Linear<6, 8>,
        fc2: nn::Linear<8, 5>,
        fc3: nn::Linear<5, 1>,
    } {
        pub fn forward<N: Dim>(&self, x: Tensor<N, 6>) -> Tensor<N, 1> {
            self.fc3(self.fc2(self.fc1(x).leaky_relu(0.2)).tanh())
        }
    }
}

critic! {
    a_gradient_penalty_of_convolutions, "conv_critic", ConvCritic, [2, 5, 6], [1, 1, 1], [1, 2, 3],
    {
        #[with(padding = 1)]
        conv1: nn::Conv2d<2, 4, 3>,
        #[with(stride = 2)]
        conv2: nn::Conv2d<4, 3, 3>,
        fc: nn::Linear<12, 1>,
    } {
        pub fn forward<N: Dim>(&self, x: Tensor<N, 2, 5, 6>) -> Tensor<N, 1> {
            self.fc(self.conv2(self.conv1(x).leaky_relu(0.2)).tanh().flatten(1))
        }
    }
}

/// Products of Hessians with vectors. The weights are arguments of `error`, so that gradients can be asked for with
/// respect to them.
#[model]
pub struct Mlp {
    #[init(normal)]
    w1: Param<5, 4>,
    #[init(normal)]
    w2: Param<3, 5>,
}

#[model]
impl Mlp {
    pub fn error<N: Dim>(
        &self,
        w1: Tensor<5, 4>,
        w2: Tensor<3, 5>,
        x: Tensor<N, 4>,
        target: Tensor<N, 3>,
    ) -> Tensor {
        x.matmul(w1.t()).tanh().matmul(w2.t()).mse_loss(target)
    }

    fn along_weights<N: Dim>(
        &self,
        w1: Tensor<5, 4>,
        w2: Tensor<3, 5>,
        x: Tensor<N, 4>,
        target: Tensor<N, 3>,
        v1: Tensor<5, 4>,
        v2: Tensor<3, 5>,
    ) -> Tensor {
        let (g1, g2) = grad(self.error, w1, w2, x, target, wrt = [0, 1]);
        (g1 * v1).sum() + (g2 * v2).sum()
    }

    /// The Hessian of the error with respect to the weights, times `v1` and `v2`.
    pub fn of_weights<N: Dim>(
        &self,
        x: Tensor<N, 4>,
        target: Tensor<N, 3>,
        v1: Tensor<5, 4>,
        v2: Tensor<3, 5>,
    ) -> (Tensor<5, 4>, Tensor<3, 5>) {
        grad(self.along_weights, self.w1, self.w2, x, target, v1, v2, wrt = [0, 1])
    }

    pub fn of_weights_loss<N: Dim>(
        &self,
        x: Tensor<N, 4>,
        target: Tensor<N, 3>,
        v1: Tensor<5, 4>,
        v2: Tensor<3, 5>,
    ) -> Tensor {
        let (h1, h2) = self.of_weights(x, target, v1, v2);
        (h1.square().sum() + h2.square().sum()) / 2.0
    }

    fn along_input<N: Dim>(&self, x: Tensor<N, 4>, target: Tensor<N, 3>, v: Tensor<N, 4>) -> Tensor {
        (grad(self.error, self.w1, self.w2, x, target, wrt = 2) * v).sum()
    }

    /// The Hessian of the error with respect to the input, times `v`.
    pub fn of_input<N: Dim>(&self, x: Tensor<N, 4>, target: Tensor<N, 3>, v: Tensor<N, 4>) -> Tensor<N, 4> {
        grad(self.along_input, x, target, v)
    }

    pub fn of_input_loss<N: Dim>(&self, x: Tensor<N, 4>, target: Tensor<N, 3>, v: Tensor<N, 4>) -> Tensor {
        self.of_input(x, target, v).square().sum() / 2.0
    }
}

#[test]
fn a_hessian_of_weights_times_a_vector() {
    let case = Case::read("language", "hessian_of_weights");
    let mut net = Mlp::new(Device::cpu(), 1);
    case.load(&mut net);
    let x = case.tensor("input.x", (6, Const::<4>));
    let target = case.tensor("input.target", (6, Const::<3>));
    let v1 = case.tensor("input.v1", (Const::<5>, Const::<4>));
    let v2 = case.tensor("input.v2", (Const::<3>, Const::<5>));
    let (product1, product2) = net.of_weights(&x, &target, &v1, &v2);
    case.compare("product1", product1.as_slice());
    case.compare("product2", product2.as_slice());

    let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
    let (loss, saved) = net.of_weights_loss_train(&mut workspace, &x, &target, &v1, &v2);
    case.compare("loss", &[loss]);
    let (grad_x, grad_target, grad_v1, grad_v2) = saved.backward(&net, 1.0, &mut grads);
    case.compare("grad_input.x", grad_x.as_slice());
    case.compare("grad_input.target", grad_target.as_slice());
    case.compare("grad_input.v1", grad_v1.as_slice());
    case.compare("grad_input.v2", grad_v2.as_slice());
    case.compare_grads(&mut net, &mut grads);
    case.finish();
}

#[test]
fn a_hessian_of_inputs_times_a_vector() {
    let case = Case::read("language", "hessian_of_inputs");
    let mut net = Mlp::new(Device::cpu(), 1);
    case.load(&mut net);
    let x = case.tensor("input.x", (6, Const::<4>));
    let target = case.tensor("input.target", (6, Const::<3>));
    let v = case.tensor("input.v", (6, Const::<4>));
    case.compare("product", net.of_input(&x, &target, &v).as_slice());

    let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
    let (loss, saved) = net.of_input_loss_train(&mut workspace, &x, &target, &v);
    case.compare("loss", &[loss]);
    let (grad_x, grad_target, grad_v) = saved.backward(&net, 1.0, &mut grads);
    case.compare("grad_input.x", grad_x.as_slice());
    case.compare("grad_input.target", grad_target.as_slice());
    case.compare("grad_input.v", grad_v.as_slice());
    case.compare_grads(&mut net, &mut grads);
    case.finish();
}
