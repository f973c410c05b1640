//! Cross-entropy of scores against classes, PyTorch's `cross_entropy`; the classes lie along axis 1.
//!
//! Labels are whole numbers, `-weight[label] log_softmax(scores)[label]`, or, as an `f32` tensor of the shape of the scores,
//! a probability for each class, `-Σ_c weight_c t_c log_softmax(scores)_c`. `label_smoothing` mixes the target with equal
//! probabilities. The mean over labels divides by their weights, that over probabilities by their number; see
//! `nll_loss` for the label that is ignored. Combines `log_softmax` and `nll_loss`.
//! Source: Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2016 (smoothing).

use super::call::{Build::One, Call, Method, Problem};
use super::class_weight::ClassWeight;
use super::log_softmax::LogSoftmax;
use super::loss::{Reduction, combine, other_shape, reduction, sum_along, total};
use super::mean::divide;
use super::nll_loss::{Labels, check_scores, class_weights, labels, mean_over};
use super::{optional, required, tensor};
use crate::graph::scalar::{Binary, Scalar, add, arg, binary, constant, div, mul, neg, select};
use crate::graph::types::product;
use crate::graph::{Builder, ElementType, Size, Value};

/// `scores.cross_entropy(label, weight, ignore_index, reduction = "mean", label_smoothing = 0.0)`.
pub const METHODS: &[Method] = &[Method {
    name: "cross_entropy",
    params: &[
        tensor("scores"),
        required("label"),
        optional("weight"),
        optional("ignore_index"),
        optional("reduction"),
        optional("label_smoothing"),
    ],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let label = call.tensor(1)?;
    let rank = call.shape(0)?.len();
    let smoothing = smoothing(call)?;
    let reduction = reduction(call, 4)?;
    let label_type = call.builder.ty(label);
    if label_type.element == ElementType::Real && label_type.rank() == rank {
        return of_probabilities(call, smoothing, reduction);
    }
    let (scores, labels) = labels(call)?;
    let builder = &mut *call.builder;
    let classes = class_count(builder, scores);
    let log_probs = builder.add(LogSoftmax { axis: 1 }, &[scores]);
    let picked = labels.pick(builder, log_probs);
    let weights = labels.weights(builder);
    let mut operands = vec![picked];
    let mut loss = arg(0);
    if let Some(weights) = weights {
        operands.push(weights);
        loss = mul(loss, arg(1));
    }
    if smoothing > 0.0 {
        operands.push(spread(builder, log_probs, &labels));
        let share = div(constant(smoothing), number(&classes));
        loss = add(mul(constant(1.0 - smoothing), loss), mul(share, arg(operands.len() - 1)));
    }
    let losses = builder.map(&loss, &operands);
    Ok(mean_over(builder, losses, weights, reduction))
}

fn smoothing(call: &Call<'_>) -> Result<f64, Problem> {
    let smoothing = call.float(5, Some(0.0))?;
    if (0.0..=1.0).contains(&smoothing) {
        return Ok(smoothing);
    }
    Err(Problem::from(format!(
        "`label_smoothing` of `cross_entropy` is a part of the whole, 0 to 1, found {smoothing}"
    ))
    .at(5)
    .help("write the part that all classes share, for instance `label_smoothing = 0.1`"))
}

fn class_count(builder: &Builder, scores: Value) -> Size {
    builder.ty(scores).shape[1].clone()
}

/// A size as a number.
fn number(size: &Size) -> Scalar {
    size.as_literal().map_or_else(|| Scalar::Size(size.clone()), |literal| constant(literal as f64))
}

/// A vector with one element per class, to broadcast to the scores.
fn per_class(builder: &mut Builder, vector: Value, scores: Value) -> Value {
    let mut shape = vec![Size::one(); builder.ty(scores).rank() - 1];
    shape[0] = class_count(builder, scores);
    builder.reshape(vector, shape)
}

/// `-Σ_c weight_c log_probs_c` for each label that counts: its loss if all classes were equally right.
fn spread(builder: &mut Builder, log_probs: Value, labels: &Labels) -> Value {
    let terms = match labels.weight {
        Some(weight) => {
            let weight = per_class(builder, weight, log_probs);
            builder.map(&neg(mul(arg(0), arg(1))), &[log_probs, weight])
        }
        None => builder.map(&neg(arg(0)), &[log_probs]),
    };
    let sums = sum_along(builder, terms, 1);
    if labels.ignore_index.is_none() {
        return sums;
    }
    let counts = builder.add(ClassWeight { ignore_index: labels.ignore_index }, &[labels.label]);
    let is_ignored = binary(Binary::Equal, arg(1), constant(0.0));
    builder.map(&select(is_ignored, constant(0.0), arg(0)), &[sums, counts])
}

/// The loss against a probability for each class.
fn of_probabilities(call: &mut Call<'_>, smoothing: f64, reduction: Reduction) -> Result<Value, Problem> {
    let (scores, target) = (call.float_tensor(0)?, call.float_tensor(1)?);
    check_scores(call)?;
    let shape = call.shape(0)?;
    if call.builder.ty(target).shape != shape {
        let problem = other_shape(call, 1, &shape);
        return Err(problem.note(format!(
            "`{}` targets are probabilities of the classes; labels are whole numbers",
            ElementType::Real.name()
        )));
    }
    if call.given(3).is_some() {
        return Err(Problem::from(
            "`ignore_index` of `cross_entropy` goes with labels, but the target holds probabilities"
                .to_string(),
        )
        .at(3)
        .help("leave it out, or set the probabilities of what does not count to 0"));
    }
    let weight = class_weights(call, 2)?;
    let builder = &mut *call.builder;
    let log_probs = builder.add(LogSoftmax { axis: 1 }, &[scores]);
    let share = div(constant(smoothing), number(&shape[1]));
    let mut term = mul(neg(arg(0)), add(mul(arg(1), constant(1.0 - smoothing)), share));
    let mut operands = vec![log_probs, target];
    if let Some(weight) = weight {
        operands.push(per_class(builder, weight, scores));
        term = mul(term, arg(2));
    }
    let terms = builder.map(&term, &operands);
    if reduction == Reduction::Mean {
        let mut counted = shape;
        counted.remove(1);
        let sum = total(builder, terms);
        return Ok(divide(builder, sum, &product(&counted)));
    }
    let losses = sum_along(builder, terms, 1);
    Ok(combine(builder, losses, reduction))
}
