//! Casts to and from the computing type, in models of both.

use macrograd::prelude::*;

#[model(dtype = f64)]
pub struct Wide {
    fc: nn::Linear<3, 4>,
}

#[model]
impl Wide {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 4> {
        self.fc(x).tanh()
    }

    pub fn loss<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor {
        self.forward(x).square().mean()
    }

    /// A third of single precision, widened.
    pub fn from_single<N: Dim>(&self, x: Tensor<f32, N>) -> Tensor<N> {
        x as _ / 3.0
    }

    pub fn to_single<N: Dim>(&self, x: Tensor<N>) -> Tensor<f32, N> {
        (x / 3.0) as f32
    }
}

#[test]
fn f64_models_hold_f32() {
    let net = Wide::new(Device::cpu(), 1);
    let x = Tensor::from_vec((2,), vec![1.0_f32, 0.1]);
    assert_eq!(net.from_single(&x).as_slice(), [1.0 / 3.0, f64::from(0.1_f32) / 3.0]);
    let x = Tensor::from_vec((2,), vec![1.0_f64, 0.1]);
    assert_eq!(net.to_single(&x).as_slice(), [(1.0_f64 / 3.0) as f32, (0.1_f64 / 3.0) as f32]);
}

#[test]
fn gradients_are_f64() {
    let net = Wide::new(Device::cpu(), 1);
    let x = Tensor::from_vec((5, Const::<3>), (0..15).map(|i| f64::from(i) * 0.1 - 0.7).collect());
    let (loss, grads): (f64, _) = net.loss_grad(&x);
    assert!((loss - net.loss(&x)).abs() < 1e-15);
    let mut moved = Wide::from_state(net.state().clone());
    let step = 1e-5;
    let mut values = [0.0; 2];
    for (value, sign) in values.iter_mut().zip([1.0, -1.0]) {
        moved.fc_mut().weight().as_mut_slice()[4] = net.fc().weight().as_slice()[4] + sign * step;
        *value = moved.loss(&x);
    }
    let difference = (values[0] - values[1]) / (2.0 * step);
    let gradient = grads.fc().weight().as_slice()[4];
    assert!((difference - gradient).abs() < 1e-10, "{difference} {gradient}");
}

#[model(dtype = f64, trap_nan)]
pub struct Trapped {
    #[init(ones)]
    scale: Param<2>,
}

#[model]
impl Trapped {
    pub fn logarithms(&self, x: Tensor<2>) -> Tensor<2> {
        (self.scale * x).ln()
    }

    /// Held elements and those of the computing type through slices, stacks and a scan.
    pub fn moved<T: Dim>(
        &self,
        x: Tensor<f32, T, 2>,
        label: Tensor<i64, T>,
    ) -> (Tensor<f32, T, 2>, Tensor<2>, Tensor<i64, T>) {
        let mut sum = zeros([2]);
        for t in 0..T {
            sum = sum + x.at(0, t) as _ * self.scale;
        }
        (concat([x[1..T], x[0..1]], 0), sum, label)
    }
}

#[test]
fn the_trap_sees_f64() {
    let net = Trapped::new(Device::cpu(), 1);
    let error =
        net.try_logarithms(&Tensor::from_vec((Const::<2>,), vec![1.0, -1e-300])).expect_err("it is NaN");
    assert!(error.to_string().contains("`ln` in the forward pass"), "{error}");
    let found = net.logarithms(&Tensor::from_vec((Const::<2>,), vec![1e-300, 1e300]));
    assert_eq!(found.as_slice(), [1e-300_f64.ln(), 1e300_f64.ln()]);
}

#[test]
fn held_elements_move_as_they_are() {
    let net = Trapped::new(Device::cpu(), 1);
    let x = Tensor::from_vec((3, Const::<2>), vec![0.1_f32, 2.0, 0.3, 4.0, 0.5, 6.0]);
    let label = Tensor::from_vec((3,), vec![i64::MAX, -1, 7]);
    let (moved, sum, same) = net.moved(&x, &label);
    assert_eq!(moved.as_slice(), [0.3, 4.0, 0.5, 6.0, 0.1, 2.0]);
    assert_eq!(sum.as_slice(), [f64::from(0.1_f32) + f64::from(0.3_f32) + 0.5, 12.0]);
    assert_eq!(same.as_slice(), label.as_slice());
}
