//! Adafactor.

use macrograd_runtime::float::Either;

use super::float::{Subjects, in_float};
use super::memory::{Memory, Plan, Run};
use super::{at_least_zero, optimizer, positive, setting, sign};

/// Adafactor: mean squares of gradients kept as means of rows and columns, so that a matrix costs the memory of a
/// vector; steps relative to the size of the parameters.
///
/// At step `t` from 1, for a tensor of two or more axes, of which the last two count as rows and columns:
/// `w = t^beta2_decay`, `row <- row + w (mean of g^2 along the row - row)`, `col` likewise,
/// `v = row col / max(mean of row, eps1)`, `u = g / sqrt(max(v, eps1^2))`, and
/// `param <- (1 - lr weight_decay) param - min(lr, 1 / sqrt(t)) max(eps2, rms(param)) u / max(1, rms(u) / d)`. The mean
/// squares of a vector are kept in full.
///
/// ```
/// use macrograd::optim::Adafactor;
///
/// let optimizer = Adafactor::new(1e-2).weight_decay(0.01).d(2.0);
/// ```
///
/// # Numerics
/// Means are of the computing type, sums f64.
///
/// # Source
/// N. Shazeer, M. Stern, "Adafactor: adaptive learning rates with sublinear memory cost", 2018; the same steps as
/// PyTorch's `torch.optim.Adafactor`.
#[derive(Clone, Debug)]
pub struct Adafactor {
    lr: f64,
    beta2_decay: f64,
    /// That of the computing type, unless it is set.
    eps1: Option<f64>,
    eps2: f64,
    d: f64,
    weight_decay: f64,
    maximize: bool,
    memory: Memory,
}

optimizer!(Adafactor);

impl Adafactor {
    /// An optimizer of this relative learning rate, with PyTorch's defaults for the rest: beta2 decay -0.8, eps
    /// that of the computing type (1.19e-7 in f32) and 1e-3, d 1, no weight decay. PyTorch's learning rate is 1e-2.
    ///
    /// # Panics
    /// When `lr` is negative or not finite.
    #[track_caller]
    pub fn new(lr: f64) -> Adafactor {
        Adafactor {
            lr: at_least_zero("lr", lr),
            beta2_decay: -0.8,
            eps1: None,
            eps2: 1e-3,
            d: 1.0,
            weight_decay: 0.0,
            maximize: false,
            memory: Memory::default(),
        }
    }

    setting!(decoupled_weight_decay);
    setting!(maximize);

    /// Power of the step with which the weight of new squares falls.
    ///
    /// # Panics
    /// When it is positive or not finite.
    #[must_use]
    #[track_caller]
    pub fn beta2_decay(mut self, beta2_decay: f64) -> Adafactor {
        assert!(
            beta2_decay <= 0.0 && beta2_decay.is_finite(),
            "`beta2_decay` is {beta2_decay}, but must be finite and at most 0"
        );
        self.beta2_decay = beta2_decay;
        self
    }

    /// Least mean of mean squares, whose square is the least mean square, and least size of parameters as it enters
    /// the step.
    ///
    /// # Panics
    /// When the square of the first is not positive as an f32, or the second is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn eps(mut self, eps1: f64, eps2: f64) -> Adafactor {
        positive("the square of eps1", eps1 * eps1);
        self.eps1 = Some(positive("eps1", eps1));
        self.eps2 = at_least_zero("eps2", eps2);
        self
    }

    /// Largest root mean square of a step, before the learning rate.
    ///
    /// # Panics
    /// When it is below 1 or not finite.
    #[must_use]
    #[track_caller]
    pub fn d(mut self, d: f64) -> Adafactor {
        assert!(d >= 1.0 && d.is_finite(), "`d` is {d}, but must be finite and at least 1");
        self.d = d;
        self
    }

    fn plan(&self) -> Plan<'_> {
        // Means of rows or the squares of a vector, and means of columns.
        let others = |tensor: &macrograd_runtime::state::TensorInfo| match Shape::of(tensor.shape) {
            Shape::Vector => vec![tensor.numel(), 0],
            Shape::Matrices([matrices, rows, cols]) => vec![matrices * rows, matrices * cols],
        };
        Plan { by_tensor: true, others: Some(Box::new(others)), ..Plan::default() }
    }

    #[track_caller]
    fn apply(&mut self, subject: Either<Subjects<'_>>) {
        in_float!(subject, |subject| {
            let Adafactor { lr, beta2_decay, eps1, eps2, d, weight_decay, maximize, ref mut memory } = *self;
            memory.step(subject, |step, _| {
                let step = step as f64;
                move |run: &Run, params: &mut [Float], [row, col]: [&mut [Float]; 2], grads: &[Float]| {
                    let lr = lr * run.lr_scale;
                    let options = ops::adafactor::AdafactorOptions {
                        step_size: lr.min(1.0 / step.sqrt()),
                        sign: sign(maximize),
                        weight: step.powf(beta2_decay) as Float,
                        eps1: eps1.map_or(Float::EPSILON, |eps1| eps1 as Float),
                        eps2,
                        threshold: d,
                        shrink: (1.0 - lr * run.weight_decay(weight_decay)) as Float,
                    };
                    match Shape::of(run.shape) {
                        Shape::Vector => ops::adafactor::adafactor_vector(&options, params, row, grads),
                        Shape::Matrices(shape) => {
                            ops::adafactor::adafactor_matrices(&options, params, row, col, grads, shape)
                        }
                    }
                }
            });
        })
    }
}

/// How the squares of a tensor are kept.
enum Shape {
    Vector,
    /// Number, rows and columns.
    Matrices([usize; 3]),
}

impl Shape {
    fn of(shape: &[usize]) -> Shape {
        match shape {
            [matrices @ .., rows, cols] => Shape::Matrices([matrices.iter().product(), *rows, *cols]),
            _ => Shape::Vector,
        }
    }
}
