//! Every optimizer on models of both types, and what they remember.

use crate::support::assert_close;
use macrograd::optim::{
    Accumulator, Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, Averaged, Lamb, Lbfgs, Lion, Moment,
    Muon, NAdam, RAdam, RmsProp, ScheduleFreeAdamW, Sgd, clip_grad_norm, clip_grad_norm_inf, clip_grad_value,
};
use macrograd::prelude::*;
use macrograd::{Error, checkpoint};

#[model(part)]
pub struct Layers {
    #[lr(0.3)]
    first: nn::Linear<4, 8>,
    #[no_decay]
    second: nn::Linear<8, 1>,
}

#[model]
impl Layers {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 4>, y: Tensor<N, 1>) -> Tensor {
        (self.second(self.first(x).tanh()) - y).square().mean()
    }
}

#[model(part)]
pub struct Plain {
    first: nn::Linear<4, 8>,
    second: nn::Linear<8, 1>,
}

#[model]
impl Plain {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 4>, y: Tensor<N, 1>) -> Tensor {
        (self.second(self.first(x).tanh()) - y).square().mean()
    }
}

#[model]
pub type Single = Layers;
#[model(dtype = f64)]
pub type Double = Layers;
#[model]
pub type PlainSingle = Plain;
#[model(dtype = f64)]
pub type PlainDouble = Plain;

macro_rules! batch {
    ($float:ty) => {{
        let number = |index: usize| ((index * 29 + 7) % 61) as $float / 30.0 - 1.0;
        let x = Tensor::from_vec((12, Const::<4>), (0..48).map(number).collect());
        let y = Tensor::from_vec((12, Const::<1>), (0..12).map(|index| number(5 * index)).collect());
        (x, y)
    }};
}

/// Five steps of the same optimizer on both models, which must stay together; what it remembers must be continued with
/// the same bits.
macro_rules! check {
    ($($name:ident: $optimizer:expr;)*) => { $(
        #[test]
        fn $name() {
            let mut single = Single::new(Device::cpu(), 2);
            let mut double = Double::new(Device::cpu(), 2);
            let (mut first, mut second) = ($optimizer, $optimizer);
            let ((x, y), (wide_x, wide_y)) = (batch!(f32), batch!(f64));
            for _ in 0..5 {
                let (_, mut grads) = single.loss_grad(&x, &y);
                first.step(&mut single, &mut grads);
                let (_, mut grads) = double.loss_grad(&wide_x, &wide_y);
                second.step(&mut double, &mut grads);
            }
            let values: Vec<f64> = single.state().values().iter().map(|&value| value.into()).collect();
            assert_close(stringify!($name), double.state().values(), &values, 2e-4);
            assert!(double.state().values().iter().any(|&value| f64::from(value as f32) != value));

            let state = second.state();
            let is_wide = |moment: &Moment| matches!(moment, Moment::F64(_));
            assert!(state.moments.iter().chain(&state.others).all(is_wide));
            let mut continued = $optimizer;
            continued.restore::<Double>(&state).expect("the settings are the same");
            let mut twin = Double::from_state(double.state().clone());
            for (optimizer, model) in [(&mut second, &mut double), (&mut continued, &mut twin)] {
                let (_, mut grads) = model.loss_grad(&wide_x, &wide_y);
                optimizer.step(model, &mut grads);
            }
            assert_eq!(double.state().values(), twin.state().values());
        }
    )* };
}

check! {
    sgd: Sgd::new(0.1);
    sgd_with_momentum: Sgd::new(0.1).momentum(0.9).nesterov(true).weight_decay(0.01);
    adam: Adam::new(0.01);
    amsgrad: Adam::new(0.01).amsgrad(true);
    adamw: AdamW::new(0.01).weight_decay(0.1);
    nadam: NAdam::new(0.01);
    radam: RAdam::new(0.01);
    adamax: Adamax::new(0.01);
    adagrad: Adagrad::new(0.01);
    adadelta: Adadelta::new(1.0);
    adafactor: Adafactor::new(0.01);
    rms_prop: RmsProp::new(0.01).centered(true).momentum(0.5);
    lamb: Lamb::new(0.01);
    lion: Lion::new(0.001);
    muon: Muon::new(0.01);
    schedule_free: ScheduleFreeAdamW::new(0.01);
}

#[test]
fn lbfgs_goes_beyond_single_precision() {
    let mut single = PlainSingle::new(Device::cpu(), 2);
    let mut double = PlainDouble::new(Device::cpu(), 2);
    let mut workspace = Workspace::new();
    let ((x, y), (wide_x, wide_y)) = (batch!(f32), batch!(f64));
    let make = || Lbfgs::new(1.0).max_iter(3000).tolerance_grad(0.0).tolerance_change(0.0).strong_wolfe(true);
    let mut optimizer = make();
    let mut grads = single.zero_grads();
    optimizer.step(&mut single, &mut grads, |net, grads| net.loss_grad_into(&mut workspace, &x, &y, grads));
    let mut optimizer = make();
    let mut grads = double.zero_grads();
    optimizer.step(&mut double, &mut grads, |net, grads| {
        net.loss_grad_into(&mut workspace, &wide_x, &wide_y, grads)
    });
    let (loss, wide_loss) = (f64::from(single.loss(&x, &y)), double.loss(&wide_x, &wide_y));
    println!("{loss:e} in f32, {wide_loss:e} in f64");
    // How far the iterations get depends on roundings: 4e-27 in portable code, 1e-23 with AVX2, below 1e-24 with AVX-512.
    assert!(wide_loss < 1e-20 && loss > 1e-16, "{loss:e} in f32, {wide_loss:e} in f64");

    let state = optimizer.state();
    assert!(matches!(state.moments[0], Moment::F64(_)));
    make().restore::<PlainDouble>(&state).expect("the settings are the same");
}

#[test]
fn clipping_accumulating_and_averaging() {
    let mut net = Double::new(Device::cpu(), 2);
    let (x, y) = batch!(f64);
    let (_, mut grads) = net.loss_grad(&x, &y);
    let exact = grads.gradients().values().iter().map(|g| g * g).sum::<f64>().sqrt();
    let norm: f64 = clip_grad_norm(&mut grads, exact / 2.0);
    assert!((norm - exact).abs() < 1e-15);
    let halved: f64 = clip_grad_norm(&mut grads, 10.0);
    assert!((halved - exact / 2.0).abs() < 1e-5 * exact);
    let largest: f64 = clip_grad_norm_inf(&mut grads, 1e3);
    clip_grad_value(&mut grads, largest / 2.0);
    assert!(grads.gradients().values().iter().all(|g| g.abs() <= largest / 2.0));

    let (_, whole) = net.loss_grad(&x, &y);
    let mut accumulator = Accumulator::new(3);
    let mut average = Averaged::ema(&net, 0.75);
    for step in 0..3 {
        let (_, mut grads) = net.loss_grad(&x, &y);
        if let Some(mean) = accumulator.add(&mut net, &mut grads) {
            assert_eq!(step, 2);
            assert_close("mean", mean.gradients().values(), whole.gradients().values(), 1e-15);
        }
    }
    average.update(&net);
    let before = net.state().values().to_vec();
    net.state_mut().values_mut()[0] += 1.0;
    average.update(&net);
    assert_eq!(average.model().state().values()[0], before[0] + 0.25);
}

#[test]
#[should_panic(expected = "computes in `f32`, and now with `Double` in `f64`")]
fn an_optimizer_stays_with_one_type() {
    let (mut single, mut double) = (Single::new(Device::cpu(), 2), Double::new(Device::cpu(), 2));
    let mut adam = Adam::new(0.1);
    let mut grads = single.zero_grads();
    adam.step(&mut single, &mut grads);
    let mut grads = double.zero_grads();
    adam.step(&mut double, &mut grads);
}

#[test]
fn checkpoints_hold_f64_and_load_both_types() -> Result<(), Error> {
    let folder = std::env::temp_dir().join(format!("macrograd-double-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let (mut double, mut adam) = (Double::new(Device::cpu(), 5), Adam::new(0.01));
    let (x, y) = batch!(f64);
    let (_, mut grads) = double.loss_grad(&x, &y);
    adam.step(&mut double, &mut grads);

    let (path, of_adam) = (folder.join("double.safetensors"), folder.join("adam.safetensors"));
    double.save(&path)?;
    let header = std::fs::read(&path).expect("it was written");
    assert!(String::from_utf8_lossy(&header).contains("\"dtype\":\"F64\""));
    assert_eq!(Double::load(&path, Device::cpu())?.state().values(), double.state().values());

    checkpoint::save_optimizer::<Double, _>(&adam, &of_adam)?;
    let mut continued = Adam::new(0.01);
    checkpoint::load_optimizer::<Double, _>(&mut continued, &of_adam)?;
    assert_eq!(continued.state(), adam.state());

    // Down to f32 and up again.
    let single = Single::load(&path, Device::cpu())?;
    let rounded: Vec<f32> = double.state().values().iter().map(|&value| value as f32).collect();
    assert_eq!(single.state().values(), rounded);
    let narrow = folder.join("single.safetensors");
    single.save(&narrow)?;
    let widened: Vec<f64> = rounded.iter().map(|&value| value.into()).collect();
    assert_eq!(Double::load(&narrow, Device::cpu())?.state().values(), widened);
    std::fs::remove_dir_all(&folder).expect("the folder can be removed");
    Ok(())
}
