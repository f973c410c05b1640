//! Muon.

use macrograd_runtime::state::TensorInfo;

use super::adam::{Options, Settings};
use super::group::{check_pattern, matches, trained};
use macrograd_runtime::float::{Either, Family, Float as _};

use super::float::{Subjects, in_float};
use super::memory::{Memory, Plan, Run};
use super::{at_least_zero, below_one, optimizer, positive, setting, sign};

/// Muon: matrices move along their momentum, made orthogonal; all other parameters as by [`AdamW`](super::AdamW).
///
/// For a parameter of two axes: `mean <- momentum mean + (1 - momentum) g`, `x = mean`, with Nesterov's
/// `x = momentum mean + (1 - momentum) g`, then `x <- x / max(|x|, eps)` and, a few times,
/// `x <- a x + (b x x^T + c (x x^T)^2) x`, and at last
/// `param <- (1 - lr weight_decay) param - scale lr x`, where `scale` depends on the shape: see [`MuonScale`].
///
/// Embeddings and the layer that makes logits are better left to AdamW although they are matrices: name them with
/// [`adamw_for`](Muon::adamw_for).
///
/// ```
/// use macrograd::optim::{Muon, MuonScale};
///
/// let optimizer = Muon::new(1e-3).scale(MuonScale::MatchRmsAdamW).adamw_for("embedding.*").adamw_for("head.*");
/// ```
///
/// # Numerics
/// Iterations are in the computing type; PyTorch's are in bfloat16.
///
/// # Source
/// K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024,
/// <https://kellerjordan.github.io/posts/muon/>; the same steps as PyTorch's `torch.optim.Muon` on matrices and its
/// `torch.optim.AdamW` on others.
#[derive(Clone, Debug)]
pub struct Muon {
    lr: f64,
    momentum: f64,
    nesterov: bool,
    weight_decay: f64,
    coefficients: [f64; 3],
    iterations: usize,
    eps: f64,
    scale: MuonScale,
    maximize: bool,
    adamw: Settings,
    adamw_lr_scale: f64,
    adamw_patterns: Vec<String>,
    scratch: Option<Either<Scratch>>,
    memory: Memory,
}

/// Factor of [`Muon`] on the step of a matrix of `rows` by `columns`, in PyTorch's layout of outputs by inputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MuonScale {
    /// `sqrt(max(1, rows / columns))`, as in the original program.
    #[default]
    Original,
    /// `0.2 sqrt(max(rows, columns))`: steps as large as those of AdamW, so that its learning rate and weight decay can
    /// be used. J. Liu et al., "Muon is scalable for LLM training", 2025.
    MatchRmsAdamW,
    /// `sqrt(rows / columns)`: steps of one spectral norm relative to that of the matrix. J. Bernstein, "Deriving Muon",
    /// 2025.
    SpectralUnclamped,
}

impl MuonScale {
    fn of(self, [rows, cols]: [usize; 2]) -> f64 {
        let (rows, cols) = (rows as f64, cols as f64);
        match self {
            MuonScale::Original => (rows / cols).max(1.0).sqrt(),
            MuonScale::MatchRmsAdamW => 0.2 * rows.max(cols).sqrt(),
            MuonScale::SpectralUnclamped => (rows / cols).sqrt(),
        }
    }
}

/// Scratch of both computing types.
#[derive(Debug)]
struct Scratch;

impl Family for Scratch {
    type Of<F: macrograd_runtime::float::Float> = Vec<F>;
}

optimizer!(Muon);

impl Muon {
    /// An optimizer of this learning rate, with PyTorch's defaults for the rest: momentum 0.95, Nesterov's, weight decay
    /// 0.1, coefficients 3.4445, -4.775 and 2.0315, 5 iterations, eps 1e-7; for the parameters of AdamW the same
    /// learning rate and weight decay, betas 0.9 and 0.999, eps 1e-8. PyTorch's learning rate is 1e-3.
    ///
    /// # Panics
    /// When `lr` is negative or not finite.
    #[track_caller]
    pub fn new(lr: f64) -> Muon {
        Muon {
            lr: at_least_zero("lr", lr),
            momentum: 0.95,
            nesterov: true,
            weight_decay: 0.1,
            coefficients: [3.4445, -4.775, 2.0315],
            iterations: 5,
            eps: 1e-7,
            scale: MuonScale::default(),
            maximize: false,
            adamw: Settings {
                lr: 0.0,
                beta1: 0.9,
                beta2: 0.999,
                eps: 1e-8,
                weight_decay: 0.1,
                decoupled: true,
                maximize: false,
            },
            adamw_lr_scale: 1.0,
            adamw_patterns: Vec::new(),
            scratch: None,
            memory: Memory::default(),
        }
    }

    setting!(maximize);

    /// Decay of the mean of gradients.
    ///
    /// # Panics
    /// When it is negative or not below 1.
    #[must_use]
    #[track_caller]
    pub fn momentum(mut self, momentum: f64) -> Muon {
        self.set_momentum(momentum);
        self
    }

    /// Changes the momentum from the next step on.
    ///
    /// # Panics
    /// When it is negative or not below 1.
    #[track_caller]
    pub fn set_momentum(&mut self, momentum: f64) {
        self.momentum = below_one("momentum", momentum);
    }

    /// Whether steps look ahead along the mean.
    #[must_use]
    pub fn nesterov(mut self, nesterov: bool) -> Muon {
        self.nesterov = nesterov;
        self
    }

    /// Weight decay of matrices: the part, times the learning rate, that each step takes away, except under
    /// `#[no_decay]`.
    ///
    /// # Panics
    /// When it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn weight_decay(mut self, weight_decay: f64) -> Muon {
        self.weight_decay = at_least_zero("weight_decay", weight_decay);
        self
    }

    /// Coefficients `a`, `b`, `c` of the Newton-Schulz iteration, and how often it is repeated.
    ///
    /// # Panics
    /// When a coefficient is not finite, or there are 100 iterations or more.
    #[must_use]
    #[track_caller]
    pub fn newton_schulz(mut self, coefficients: [f64; 3], iterations: usize) -> Muon {
        assert!(
            coefficients.iter().all(|coefficient| coefficient.is_finite()),
            "the coefficients of Newton-Schulz are {coefficients:?}, but must be finite"
        );
        assert!(
            iterations < 100,
            "{iterations} iterations of Newton-Schulz, but there must be fewer than 100"
        );
        (self.coefficients, self.iterations) = (coefficients, iterations);
        self
    }

    /// Least norm that a matrix is divided by.
    ///
    /// # Panics
    /// When it is not positive as an f32.
    #[must_use]
    #[track_caller]
    pub fn eps(mut self, eps: f64) -> Muon {
        self.eps = positive("eps", eps);
        self
    }

    /// How steps depend on the shape of a matrix.
    #[must_use]
    pub fn scale(mut self, scale: MuonScale) -> Muon {
        self.scale = scale;
        self
    }

    /// Leaves the matrices whose names match a pattern to AdamW; patterns are those of
    /// [`ParamGroup`](super::ParamGroup). To be chosen before the first step, which panics when nothing matches.
    #[must_use]
    pub fn adamw_for(mut self, pattern: impl Into<String>) -> Muon {
        self.adamw_patterns.push(pattern.into());
        self
    }

    /// Learning rate of AdamW, as a factor on that of Muon.
    ///
    /// # Panics
    /// When it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn adamw_lr_scale(mut self, scale: f64) -> Muon {
        self.adamw_lr_scale = at_least_zero("adamw_lr_scale", scale);
        self
    }

    /// Betas of AdamW.
    ///
    /// # Panics
    /// When one is negative or not below 1.
    #[must_use]
    #[track_caller]
    pub fn adamw_betas(mut self, beta1: f64, beta2: f64) -> Muon {
        self.adamw.beta1 = below_one("beta1", beta1);
        self.adamw.beta2 = below_one("beta2", beta2);
        self
    }

    /// What AdamW adds to the denominator of its step.
    ///
    /// # Panics
    /// When it is not positive as an f32.
    #[must_use]
    #[track_caller]
    pub fn adamw_eps(mut self, eps: f64) -> Muon {
        self.adamw.eps = positive("eps", eps);
        self
    }

    /// Weight decay of the parameters of AdamW.
    ///
    /// # Panics
    /// When it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn adamw_weight_decay(mut self, weight_decay: f64) -> Muon {
        self.adamw.weight_decay = at_least_zero("weight_decay", weight_decay);
        self
    }

    /// A mean for each parameter; squares only for those of AdamW.
    fn plan(&self) -> Plan<'_> {
        let squares = |tensor: &TensorInfo| {
            let is_matrix = matrix_shape(&self.adamw_patterns, tensor.name, tensor.shape).is_some();
            vec![if is_matrix { 0 } else { tensor.numel() }]
        };
        Plan { by_tensor: true, others: Some(Box::new(squares)), ..Plan::moments(1) }
    }

    #[track_caller]
    fn apply(&mut self, subject: Either<Subjects<'_>>) {
        in_float!(subject, |subject| {
            let Muon { lr, momentum, nesterov, weight_decay, eps, iterations, scale, maximize, .. } = *self;
            let patterns = &self.adamw_patterns;
            if self.scratch.is_none() {
                let layout = subject.state.layout();
                patterns.iter().for_each(|pattern| check_pattern(pattern, layout, subject.model));
                let matrices = trained(layout)
                    .filter_map(|tensor| matrix_shape(patterns, tensor.name, tensor.shape))
                    .map(ops::muon::muon_scratch_len);
                let scratch: Vec<Float> = vec![0.0; matrices.max().unwrap_or(0)];
                self.scratch = Some(Float::either::<Scratch>(scratch));
            }
            let coefficients = self.coefficients.map(|coefficient| coefficient as Float);
            let adamw = Settings { lr: lr * self.adamw_lr_scale, maximize, ..self.adamw };
            let scratch = self.scratch.as_mut().and_then(Float::of_either_mut);
            let scratch = scratch.expect("it was made for the model, whose computing type is checked");
            self.memory.step(subject, |step, _| {
                let adamw_options = ops::adam::AdamOptions::at_step(&adamw, step);
                move |run: &Run, params: &mut [Float], [mean, square]: [&mut [Float]; 2], grads: &[Float]| {
                    let Some(shape) = matrix_shape(patterns, run.name, run.shape) else {
                        return ops::adam::adam(
                            &adamw_options.for_run(&adamw, run),
                            params,
                            mean,
                            square,
                            grads,
                        );
                    };
                    let lr = lr * run.lr_scale;
                    let options = ops::muon::MuonOptions {
                        lr: (lr * scale.of(shape)) as Float,
                        sign: sign(maximize),
                        momentum: momentum as Float,
                        nesterov,
                        coefficients,
                        iterations,
                        eps: eps as Float,
                        shrink: (1.0 - lr * run.weight_decay(weight_decay)) as Float,
                    };
                    ops::muon::muon(&options, params, mean, grads, shape, scratch);
                }
            });
        })
    }
}

/// The shape of a tensor that Muon itself moves.
fn matrix_shape(adamw_patterns: &[String], name: &str, shape: &[usize]) -> Option<[usize; 2]> {
    let shape: [usize; 2] = shape.try_into().ok()?;
    let is_left_out = adamw_patterns.iter().any(|pattern| matches(pattern, name));
    (!is_left_out).then_some(shape)
}
