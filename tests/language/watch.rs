//! Looking into a running model: `dbg!`, and the trap for values that are not finite.

use macrograd::Error;
use macrograd::prelude::*;
use std::process::Command;

/// A layer whose value is printed wherever it stands.
#[model(part)]
pub struct Half {
    weight: Param<2, 2>,
}

#[model]
impl Half {
    pub fn forward(&self, x: Tensor<_, 2>) -> Tensor<_, 2> {
        let y = x.matmul(self.weight);
        dbg!(y.sum() * 0.0);
        y
    }
}

#[function]
fn shown(grad: Tensor<_>) -> Tensor<_> {
    dbg!(grad)
}

#[model]
pub struct Watched {
    #[init(eye)]
    scale: Param<2, 2>,
    halves: [Half; 2],
}

#[model]
impl Watched {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 2>, label: Tensor<u8, N>) -> Tensor {
        dbg!(label, N);
        let mut y = dbg!(x.matmul(self.scale)) + 1.0;
        for half in &self.halves {
            y = half(y);
        }
        for t in 0..N {
            dbg!(x.at(0, t).sum());
        }
        if x.sum() > 100.0 {
            dbg!(x);
        }
        let y = checkpoint(dbg!(y.tanh()).square());
        let y = with_grad(y, shown);
        dbg!((y.sum(), 2.5)).0 + y.mean()
    }
}

/// What runs below, in a process of its own.
#[test]
fn one_step_that_prints() {
    let model = Watched::new(Device::cpu(), 1);
    let x = Tensor::from_vec((3, Const::<2>), vec![0.0f32; 6]);
    let label = Tensor::from_vec((3,), vec![1u8, 0, 2]);
    let (loss, _) = model.loss_grad(&x, &label);
    assert!(loss.is_finite());
}

#[test]
fn dbg_prints_in_the_order_of_the_program() {
    let itself = std::env::current_exe().unwrap();
    let run = Command::new(itself)
        .args(["--exact", "watch::one_step_that_prints", "--nocapture"])
        .output()
        .unwrap();
    assert!(run.status.success());
    let printed = String::from_utf8(run.stderr).unwrap();
    let line = |text: &str| {
        let source = include_str!("watch.rs");
        1 + source.lines().position(|line| line.contains(text)).unwrap()
    };
    let lines: Vec<&str> =
        printed.lines().filter(|line| line.starts_with("[tests/language/watch.rs:")).collect();
    let expect = |index: usize, at: &str, text: &str| {
        let expected = format!("[tests/language/watch.rs:{}] {text}", line(at));
        assert!(lines[index].starts_with(&expected), "{} is not {expected}, in\n{printed}", lines[index]);
    };
    expect(0, "dbg!(label, N)", "label = [3]: 1, 0, 2");
    expect(1, "dbg!(label, N)", "N = 3");
    expect(2, "dbg!(x.matmul(", "x.matmul(self.scale) = [3, 2]: 0, 0, 0, 0, 0, 0");
    expect(3, "dbg!(y.sum() * 0.0)", "halves.0: y.sum() * 0.0 = 0");
    expect(4, "dbg!(y.sum() * 0.0)", "halves.0: y.sum() * 0.0 = 0");
    for t in 5..8 {
        expect(t, "dbg!(x.at(0, t)", "x.at(0, t).sum() = 0");
    }
    expect(8, "dbg!(y.tanh())", "y.tanh() = [3, 2]: ");
    expect(9, "dbg!((y.sum(), 2.5))", "(y.sum(), 2.5).0 = ");
    expect(10, "dbg!((y.sum(), 2.5))", "(y.sum(), 2.5).1 = 2.5");
    // The backward pass: a part that is computed again is not printed again.
    expect(11, "    dbg!(grad)", "grad = [3, 2]: 1.167, ");
    assert_eq!(lines.len(), 12, "{printed}");
}

#[model(trap_nan)]
pub struct Trapped {
    fc: nn::Linear<3, 4>,
}

#[model]
impl Trapped {
    pub fn entropy<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor {
        let probs = self.fc(x).softmax(1);
        -(probs * (probs - 0.5).ln()).sum()
    }

    /// Finite, but its gradient at 0 is not.
    #[model(allow(sqrt_at_zero))]
    pub fn distance<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor {
        let y = self.fc(x);
        (y - y.detach()).square().sum().sqrt()
    }

    /// Infinities that are meant.
    pub fn masked<N: Dim>(&self, x: Tensor<N, 3>, keep: Tensor<bool, N, 4>) -> Tensor {
        self.fc(x).masked_fill(!keep, f32::NEG_INFINITY).logsumexp(1).mean()
    }

    pub fn grows<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor {
        let mut y = self.fc(x).square() + 1.0;
        for t in 0..40 {
            y = y * y;
        }
        y.mean()
    }
}

fn trapped() -> (Trapped, Tensor<f32, (usize, Const<3>)>) {
    (Trapped::new(Device::cpu(), 1), Tensor::from_vec((2, Const::<3>), vec![0.5, -0.25, 1.0, 0.0, 2.0, -1.0]))
}

#[track_caller]
fn check<T>(result: Result<T, Error>, expected: &[&str]) {
    let Err(error) = result else { panic!("nothing was trapped") };
    let text = error.to_string();
    let mut rest = text.as_str();
    for part in expected {
        let Some(at) = rest.find(part) else { panic!("`{part}` is not in the rest of\n{text}") };
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn the_trap_names_line_operation_and_operands() {
    let (model, x) = trapped();
    let expected = [
        "the first value that is not finite: `ln` in the forward pass, at tests/language/watch.rs:",
        "\n  from `sub` = [2, 4]: ",
        "\n  came `ln` = [2, 4]: ",
        "NaN",
    ];
    check(model.try_entropy(&x), &expected);
    check(model.try_entropy_grad(&x), &expected);
    check(
        model.try_grows(&x),
        &["`mul` in the forward pass", "\n  from `y` = [2, 4]: ", "\n  came `mul`", "inf"],
    );
}

#[test]
fn the_trap_sees_the_backward_pass() {
    let (model, x) = trapped();
    assert_eq!(model.distance(&x), 0.0);
    check(
        model.try_distance_grad(&x),
        &[
            "`sqrt` in the backward pass, at tests/language/watch.rs:",
            "\n  came `gradient at sqrt` = ",
            "inf",
        ],
    );
}

#[test]
fn what_is_given_may_not_be_finite() {
    let (model, mut x) = trapped();
    let keep = Tensor::from_vec((2, Const::<4>), vec![1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0]);
    let (value, _) = model.try_masked_grad(&x, &keep).unwrap();
    assert!(value.is_finite());
    x.as_mut_slice()[1] = f32::NAN;
    check(
        model.try_masked(&x, &keep),
        &[
            "`fc: matmul` in the forward pass",
            "\n  from `x` = [2, 3]: 0.5, NaN, ",
            "the NaN was there before",
        ],
    );
}
