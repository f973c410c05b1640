//! Connectionist temporal classification: the negative logarithm of the probability of a label sequence, summed over
//! all alignments with the time steps.
//!
//! Source: Graves et al., "Connectionist Temporal Classification", 2006, equations 6 to 11 and 15, in the log domain.

use super::super::Float;
use super::super::gemm::with_scratch_of;
use super::nll_loss::{Label, class_of};
use crate::Error;
use crate::parallel::{for_each_piece, num_parts};

/// Sizes of a batch of sequences.
#[derive(Clone, Copy, Debug)]
pub struct CtcExtents {
    /// Time steps for which there is room.
    pub time: usize,
    /// Number of sequences.
    pub batch: usize,
    /// Number of classes, the blank included.
    pub classes: usize,
    /// Labels of a target for which there is room.
    pub labels: usize,
    /// The class that stands for no label.
    pub blank: usize,
    /// Whether an impossible target has loss and gradient 0 instead of infinity and NaN.
    pub zero_infinity: bool,
}

/// Targets of a batch, and the lengths in use.
#[derive(Clone, Copy, Debug)]
pub struct CtcTargets<'a, L, I, J> {
    /// `[batch, labels]`; what exceeds the length of a target is not read.
    pub targets: &'a [L],
    /// `[batch]`: time steps in use.
    pub input_lengths: &'a [I],
    /// `[batch]`: labels in use.
    pub target_lengths: &'a [J],
}

/// One sequence of a batch.
struct Sequence<'a, L> {
    log_probs: &'a [Float],
    targets: &'a [L],
    n: usize,
    time: usize,
    extents: &'a CtcExtents,
}

impl<L: Label> Sequence<'_, L> {
    /// Number of states: a blank before, between and after the labels.
    fn num_states(&self) -> usize {
        2 * self.targets.len() + 1
    }

    /// The class of a state.
    fn class(&self, state: usize) -> usize {
        if state.is_multiple_of(2) {
            return self.extents.blank;
        }
        class_of(self.targets[state / 2], self.extents.classes).expect("labels were checked before")
    }

    fn log_prob(&self, t: usize, class: usize) -> f64 {
        let CtcExtents { batch, classes, .. } = self.extents;
        f64::from(self.log_probs[(t * batch + self.n) * classes + class])
    }

    /// Whether an alignment may go to this state from two states before: over a blank between different labels.
    fn skips_to(&self, state: usize) -> bool {
        !state.is_multiple_of(2) && state >= 3 && self.class(state) != self.class(state - 2)
    }

    /// `row[s] = ln Σ p(alignments up to t that end in state s)`, from the row of `t - 1`.
    fn forward_step(&self, t: usize, row: &mut [f64]) {
        if t == 0 {
            row.fill(f64::NEG_INFINITY);
            for (state, value) in row.iter_mut().enumerate().take(2) {
                *value = self.log_prob(0, self.class(state));
            }
            return;
        }
        for state in (0..row.len()).rev() {
            let skipped = if self.skips_to(state) { row[state - 2] } else { f64::NEG_INFINITY };
            let previous = if state > 0 { row[state - 1] } else { f64::NEG_INFINITY };
            row[state] = log_sum_exp([row[state], previous, skipped]) + self.log_prob(t, self.class(state));
        }
    }

    /// `row[s] = ln Σ p(ends of alignments after t, given state s at t)`, from the row of `t + 1`.
    fn backward_step(&self, t: usize, row: &mut [f64]) {
        if t + 1 == self.time {
            row.fill(f64::NEG_INFINITY);
            let last = row.len() - 1;
            row[last.saturating_sub(1)..].fill(0.0);
            return;
        }
        let after = |row: &[f64], state: usize| row[state] + self.log_prob(t + 1, self.class(state));
        for state in 0..row.len() {
            let next = if state + 1 < row.len() { after(row, state + 1) } else { f64::NEG_INFINITY };
            let skips = state + 2 < row.len() && self.skips_to(state + 2);
            let skipped = if skips { after(row, state + 2) } else { f64::NEG_INFINITY };
            row[state] = log_sum_exp([after(row, state), next, skipped]);
        }
    }

    /// Logarithm of the probability of the target, from the last row.
    fn log_likelihood(&self, row: &[f64]) -> f64 {
        if self.time == 0 {
            // Nothing has happened: only the empty target is possible, and certain.
            return if self.targets.is_empty() { 0.0 } else { f64::NEG_INFINITY };
        }
        let last = row.len() - 1;
        let before = if last > 0 { row[last - 1] } else { f64::NEG_INFINITY };
        log_sum_exp([row[last], before, f64::NEG_INFINITY])
    }
}

/// `ln Σ exp(x)`; negative infinity stands for probability 0.
fn log_sum_exp(x: [f64; 3]) -> f64 {
    let max = x[0].max(x[1]).max(x[2]);
    if max == f64::NEG_INFINITY || x.iter().any(|x| x.is_nan()) {
        return x.iter().sum();
    }
    max + x.iter().map(|x| (x - max).exp()).sum::<f64>().ln()
}

impl<L: Label, I: Label, J: Label> CtcTargets<'_, L, I, J> {
    /// Lengths are not longer than the tensors, and labels are classes.
    fn check(&self, extents: &CtcExtents) -> Result<(), Error> {
        let &CtcExtents { time, batch, classes, labels, .. } = extents;
        assert_eq!(self.targets.len(), batch * labels, "number of labels of ctc_loss");
        assert_eq!(self.input_lengths.len(), batch, "number of input lengths");
        assert_eq!(self.target_lengths.len(), batch, "number of target lengths");
        check_lengths("input_lengths", self.input_lengths, time)?;
        check_lengths("target_lengths", self.target_lengths, labels)?;
        for n in 0..batch {
            for s in 0..length(self.target_lengths[n]) {
                let position = n * labels + s;
                let label = self.targets[position];
                if class_of(label, classes).is_none() {
                    return Err(Error::LabelOutOfRange { position, label: label.to_i64(), classes });
                }
            }
        }
        Ok(())
    }

    fn sequence<'a>(&'a self, n: usize, log_probs: &'a [Float], extents: &'a CtcExtents) -> Sequence<'a, L> {
        let targets = &self.targets[n * extents.labels..][..length(self.target_lengths[n])];
        Sequence { log_probs, targets, n, time: length(self.input_lengths[n]), extents }
    }
}

/// A length that was checked.
fn length<I: Label>(length: I) -> usize {
    length.to_i64() as usize
}

fn check_lengths<I: Label>(argument: &'static str, lengths: &[I], most: usize) -> Result<(), Error> {
    match lengths.iter().position(|&length| class_of(length, most + 1).is_none()) {
        None => Ok(()),
        Some(sequence) => {
            Err(Error::LengthOutOfRange { argument, sequence, length: lengths[sequence].to_i64(), most })
        }
    }
}

/// Elements of a step of one sequence that are worth as much as one element of a loop of arithmetic: each takes three
/// exponentials and a logarithm.
const COST_OF_A_STATE: usize = 16;

/// `output[n] = -ln p(targets[n] | log_probs[.., n, ..])`.
///
/// # Shapes
/// - `output`: `[batch]`; overwritten
/// - `log_probs`: `[time, batch, classes]`, contiguous
/// - `targets`: see [`CtcTargets`]
///
/// # Errors
/// [`Error::LengthOutOfRange`] for the first length that does not fit, else [`Error::LabelOutOfRange`] for the first
/// label in use that is no class.
///
/// # Panics
/// When a length is not the product of the sizes, or the blank is no class.
///
/// # Numerics
/// In f64 inside, log-sum-exp with the maximum taken out.
pub fn ctc_loss<L: Label, I: Label, J: Label>(
    output: &mut [Float],
    log_probs: &[Float],
    targets: &CtcTargets<'_, L, I, J>,
    extents: &CtcExtents,
) -> Result<(), Error> {
    let &CtcExtents { time, batch, labels, .. } = extents;
    assert_eq!(output.len(), batch, "elements of the output of ctc_loss");
    check_log_probs(log_probs, extents);
    targets.check(extents)?;
    let states = 2 * labels + 1;
    with_scratch_of::<f64, _>(batch * states, |rows| {
        let parts = num_parts(batch, batch * time * states * COST_OF_A_STATE);
        for_each_piece(rows, states, batch, parts, &|part, rows| {
            let first = batch * part / parts;
            for (index, row) in rows.chunks_exact_mut(states).enumerate() {
                let sequence = targets.sequence(first + index, log_probs, extents);
                let states = sequence.num_states();
                for t in 0..sequence.time {
                    sequence.forward_step(t, &mut row[..states]);
                }
                row[0] = -sequence.log_likelihood(&row[..states]);
            }
        });
        for (out, row) in output.iter_mut().zip(rows.chunks_exact(states)) {
            let is_zero = extents.zero_infinity && row[0] == f64::INFINITY;
            *out = if is_zero { 0.0 } else { row[0] as Float };
        }
    });
    Ok(())
}

fn check_log_probs(log_probs: &[Float], extents: &CtcExtents) {
    let &CtcExtents { time, batch, classes, blank, .. } = extents;
    assert_eq!(log_probs.len(), time * batch * classes, "elements of the log-probabilities");
    assert!(blank < classes, "the blank {blank} is none of {classes} classes");
}

/// `grad_log_probs[t, n, c] = -grad_output[n] · p(class c at time t | targets[n])`, 0 from the end of a sequence on.
///
/// # Shapes
/// - `grad_log_probs`, `log_probs`: `[time, batch, classes]`, contiguous; the former is overwritten
/// - `grad_output`: `[batch]`
///
/// # Errors
/// As [`ctc_loss`].
///
/// # Panics
/// As [`ctc_loss`].
///
/// # Numerics
/// Forward and backward variables in f64. For an impossible target the gradient is NaN, or 0 with `zero_infinity`.
pub fn ctc_loss_grad<L: Label, I: Label, J: Label>(
    grad_log_probs: &mut [Float],
    grad_output: &[Float],
    log_probs: &[Float],
    targets: &CtcTargets<'_, L, I, J>,
    extents: &CtcExtents,
) -> Result<(), Error> {
    let &CtcExtents { time, batch, classes, labels, .. } = extents;
    assert_eq!(grad_log_probs.len(), log_probs.len(), "elements of the gradient of log-probabilities");
    assert_eq!(grad_output.len(), batch, "elements of the gradient of ctc_loss");
    check_log_probs(log_probs, extents);
    targets.check(extents)?;
    let states = 2 * labels + 1;
    // For each sequence the rows of all times, and one row more for the pass backwards.
    let stride = (time + 1) * states;
    with_scratch_of::<f64, _>(batch * stride, |rows| {
        let parts = num_parts(batch, 2 * batch * time * states * COST_OF_A_STATE);
        for_each_piece(rows, stride, batch, parts, &|part, rows| {
            let first = batch * part / parts;
            for (index, rows) in rows.chunks_exact_mut(stride).enumerate() {
                occupancies(&targets.sequence(first + index, log_probs, extents), rows, states);
            }
        });
        if grad_log_probs.is_empty() {
            return;
        }
        let parts = num_parts(time, grad_log_probs.len() + batch * time * states);
        for_each_piece(grad_log_probs, batch * classes, time, parts, &|part, grad| {
            grad.fill(0.0);
            let first = time * part / parts;
            for (index, grad) in grad.chunks_exact_mut(batch * classes).enumerate() {
                let t = first + index;
                for (n, grad) in grad.chunks_exact_mut(classes).enumerate() {
                    let sequence = targets.sequence(n, log_probs, extents);
                    if t < sequence.time {
                        let row = &rows[n * stride + t * states..][..sequence.num_states()];
                        for (state, &occupancy) in row.iter().enumerate() {
                            grad[sequence.class(state)] -= occupancy as Float * grad_output[n];
                        }
                    }
                }
            }
        });
    });
    Ok(())
}

/// `rows[t, s] = p(state s at time t | target)`, in rows of `stride` elements.
fn occupancies<L: Label>(sequence: &Sequence<'_, L>, rows: &mut [f64], stride: usize) {
    let (time, states) = (sequence.time, sequence.num_states());
    if time == 0 {
        return;
    }
    for t in 0..time {
        if t > 0 {
            rows.copy_within((t - 1) * stride..(t - 1) * stride + states, t * stride);
        }
        sequence.forward_step(t, &mut rows[t * stride..][..states]);
    }
    let total = sequence.log_likelihood(&rows[(time - 1) * stride..][..states]);
    let is_zero = sequence.extents.zero_infinity && total == f64::NEG_INFINITY;
    let (rows, backward) = rows.split_at_mut(rows.len() - stride);
    let backward = &mut backward[..states];
    for t in (0..time).rev() {
        sequence.backward_step(t, backward);
        for (row, &after) in rows[t * stride..][..states].iter_mut().zip(&*backward) {
            *row = if is_zero { 0.0 } else { (*row + after - total).exp() };
        }
    }
}

/// The plain form of [`ctc_loss`]: the sum over all alignments, one by one. For few time steps and classes.
pub fn ctc_loss_ref<L: Label, I: Label, J: Label>(
    output: &mut [Float],
    log_probs: &[Float],
    targets: &CtcTargets<'_, L, I, J>,
    extents: &CtcExtents,
) {
    for (n, out) in output.iter_mut().enumerate() {
        let probability = sum_of_alignments(n, log_probs, targets, extents, &mut |_, _| {});
        let loss = -probability.ln();
        *out = if extents.zero_infinity && loss == f64::INFINITY { 0.0 } else { loss as Float };
    }
}

/// The plain form of [`ctc_loss_grad`].
pub fn ctc_loss_grad_ref<L: Label, I: Label, J: Label>(
    grad_log_probs: &mut [Float],
    grad_output: &[Float],
    log_probs: &[Float],
    targets: &CtcTargets<'_, L, I, J>,
    extents: &CtcExtents,
) {
    let &CtcExtents { time, batch, classes, zero_infinity, .. } = extents;
    for n in 0..batch {
        let mut by_class = vec![0.0; time * classes];
        let total = sum_of_alignments(n, log_probs, targets, extents, &mut |path, probability| {
            for (t, &class) in path.iter().enumerate() {
                by_class[t * classes + class] += probability;
            }
        });
        for t in 0..time {
            for class in 0..classes {
                let used = t < length(targets.input_lengths[n]);
                let share = by_class[t * classes + class] / total;
                let share = if used && !(zero_infinity && total == 0.0) { share } else { 0.0 };
                grad_log_probs[(t * batch + n) * classes + class] = -(share as Float) * grad_output[n];
            }
        }
    }
}

/// Calls `visit` with each sequence of classes that stands for the target, and returns the sum of their probabilities.
fn sum_of_alignments<L: Label, I: Label, J: Label>(
    n: usize,
    log_probs: &[Float],
    targets: &CtcTargets<'_, L, I, J>,
    extents: &CtcExtents,
    visit: &mut dyn FnMut(&[usize], f64),
) -> f64 {
    let &CtcExtents { batch, classes, labels, blank, .. } = extents;
    let time = length(targets.input_lengths[n]);
    let target: Vec<usize> = targets.targets[n * labels..][..length(targets.target_lengths[n])]
        .iter()
        .map(|label| label.to_i64() as usize)
        .collect();
    let mut total = 0.0;
    for mut number in 0..classes.pow(time as u32) {
        let path: Vec<usize> = (0..time)
            .map(|_| {
                let class = number % classes;
                number /= classes;
                class
            })
            .collect();
        let mut read = path.clone();
        read.dedup();
        read.retain(|&class| class != blank);
        if read == target {
            let log_prob =
                |(t, &class): (usize, &usize)| f64::from(log_probs[(t * batch + n) * classes + class]);
            let probability = path.iter().enumerate().map(log_prob).sum::<f64>().exp();
            visit(&path, probability);
            total += probability;
        }
    }
    total
}
