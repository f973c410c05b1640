//! Negative log-likelihood: `-weight[label] log_probs[n, label[n, …], …]`, PyTorch's `nll_loss`; the classes lie along axis 1.
//!
//! Labels are whole numbers from 0 below the number of classes; others are an error at run time, but for `ignore_index`,
//! which costs nothing. It is -100 for labels of signed types by default, as in PyTorch; unsigned ones have none. The mean divides
//! by the weights of the labels that count: without any it is NaN.

use super::call::{Build::One, Call, Method, Problem};
use super::class_weight::ClassWeight;
use super::detach::Detach;
use super::log_softmax::around;
use super::loss::{Reduction, combine, reduction, total};
use super::{KernelCall, Operation, Vjp, check_count, optional, required, tensor};
use crate::graph::scalar::{arg, div, mul};
use crate::graph::{Builder, ElementType, Size, TensorType, Value, shape_text};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `log_probs.nll_loss(label, weight, ignore_index, reduction = "mean")`.
pub const METHODS: &[Method] = &[Method {
    name: "nll_loss",
    params: &[
        tensor("log_probs"),
        required("label"),
        optional("weight"),
        optional("ignore_index"),
        optional("reduction"),
    ],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (log_probs, labels) = labels(call)?;
    let reduction = reduction(call, 4)?;
    let losses = labels.pick(call.builder, log_probs);
    let weights = labels.weights(call.builder);
    Ok(combine_weighted(call.builder, losses, weights, reduction))
}

/// The labels of a loss and what they weigh.
pub(super) struct Labels {
    /// The class numbers.
    pub label: Value,
    /// A weight for each class, without its gradient.
    pub weight: Option<Value>,
    /// The label that costs nothing.
    pub ignore_index: Option<i64>,
}

impl Labels {
    /// `-log_probs[label]`, unweighted, 0 where it is ignored.
    pub(super) fn pick(&self, builder: &mut Builder, log_probs: Value) -> Value {
        builder.add(NllLoss { ignore_index: self.ignore_index }, &[log_probs, self.label])
    }

    /// What each label weighs; `None` when each weighs 1.
    pub(super) fn weights(&self, builder: &mut Builder) -> Option<Value> {
        if self.weight.is_none() && self.ignore_index.is_none() {
            return None;
        }
        let operands: Vec<Value> = [self.label].into_iter().chain(self.weight).collect();
        Some(builder.add(ClassWeight { ignore_index: self.ignore_index }, &operands))
    }
}

/// Losses times the weights of their labels; their mean is over the sum of the weights.
fn combine_weighted(
    builder: &mut Builder,
    losses: Value,
    weights: Option<Value>,
    reduction: Reduction,
) -> Value {
    let weighted = match weights {
        Some(weights) => builder.map(&mul(arg(0), arg(1)), &[losses, weights]),
        None => losses,
    };
    mean_over(builder, weighted, weights, reduction)
}

/// Weighted losses reduced; the mean is over the sum of the weights.
pub(super) fn mean_over(
    builder: &mut Builder,
    losses: Value,
    weights: Option<Value>,
    reduction: Reduction,
) -> Value {
    match (reduction, weights) {
        (Reduction::Mean, Some(weights)) => {
            let (sum, weight) = (total(builder, losses), total(builder, weights));
            builder.map(&div(arg(0), arg(1)), &[sum, weight])
        }
        _ => combine(builder, losses, reduction),
    }
}

/// The scores and the labels of a loss, if they fit; `weight` and `ignore_index` are parameters 2 and 3.
pub(super) fn labels(call: &mut Call<'_>) -> Result<(Value, Labels), Problem> {
    let (scores, label) = check_labels(call)?;
    let weight = class_weights(call, 2)?;
    let by_default = call.builder.ty(label).element.is_signed().then_some(-100);
    let ignore_index = call.whole(3, by_default)?;
    Ok((scores, Labels { label, weight, ignore_index }))
}

/// Parameter `index`: a weight for each class along axis 1 of the scores.
pub(super) fn class_weights(call: &mut Call<'_>, index: usize) -> Result<Option<Value>, Problem> {
    if call.given(index).is_none() {
        return Ok(None);
    }
    let weight = call.float_tensor(index)?;
    let (scores, found) = (call.shape(0)?, call.shape(index)?);
    if found != [scores[1].clone()] {
        return Err(Problem::from(format!(
            "`{}` of `{}` has one element per class, [{}], found {}",
            call.method.params[index].name,
            call.method.name,
            scores[1],
            shape_text(&found)
        ))
        .at(index)
        .note(format!("the scores are {}, with the classes along axis 1", shape_text(&scores)))
        .help(format!("give it the shape [{}]", scores[1])));
    }
    Ok(Some(call.builder.add(Detach, &[weight])))
}

/// The scores and the labels of a loss, if they fit.
pub(super) fn check_labels(call: &mut Call<'_>) -> Result<(Value, Value), Problem> {
    let (scores, label) = (call.float_tensor(0)?, call.tensor(1)?);
    let (scores_shape, label_type) = (call.shape(0)?, call.builder.ty(label).clone());
    if !label_type.element.is_integer() {
        return Err(Problem::from(format!(
            "`label` of `{}` is a tensor of whole numbers, found `{}`",
            call.method.name,
            label_type.element.name()
        ))
        .at(1)
        .help("declare it `Tensor<u8, N>`: one class number for each row of scores"));
    }
    check_scores(call)?;
    let mut expected = scores_shape.clone();
    expected.remove(1);
    if label_type.shape != expected {
        return Err(Problem::from(format!(
            "scores {} take labels {}, found {}",
            shape_text(&scores_shape),
            shape_text(&expected),
            shape_text(&label_type.shape)
        ))
        .at(1)
        .note("the classes lie along axis 1 of the scores")
        .help(format!(
            "give the labels the shape {}: that of the scores without axis 1",
            shape_text(&expected)
        )));
    }
    Ok((scores, label))
}

/// The scores have axes for the batch and the classes.
pub(super) fn check_scores(call: &mut Call<'_>) -> Result<(), Problem> {
    let shape = call.shape(0)?;
    if shape.len() >= 2 {
        return Ok(());
    }
    Err(Problem::from(format!(
        "`{}` takes scores [N, classes, …], found {}",
        call.method.name,
        shape_text(&shape)
    ))
    .at(0)
    .help(match shape.first() {
        Some(classes) => format!("add an axis for the batch: `reshape([1, {classes}])`"),
        None => "give one score for each class, in rows".to_string(),
    }))
}

/// The label to ignore, as an argument of a kernel.
pub(super) fn ignored(ignore_index: Option<i64>) -> TokenStream {
    match ignore_index {
        Some(label) => quote!(::core::option::Option::Some(#label)),
        None => quote!(::core::option::Option::None),
    }
}

/// The text of a node with a label to ignore.
fn text(name: &str, ignore_index: Option<i64>) -> String {
    match ignore_index {
        Some(ignored) => format!("{name} ignoring {ignored}"),
        None => name.to_string(),
    }
}

/// Whether a label is to be ignored.
fn is_ignored(label: f64, ignore_index: Option<i64>) -> bool {
    ignore_index.is_some_and(|ignored| ignored as f64 == label)
}

/// `-log_probs[label]`, 0 for the label that is ignored.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct NllLoss {
    /// The label that costs nothing.
    pub ignore_index: Option<i64>,
}

/// Gradient of the log-probabilities, from that of the losses and the labels: zero except at the labels.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct NllLossGrad {
    /// Number of classes.
    pub classes: Size,
    /// The label that costs nothing.
    pub ignore_index: Option<i64>,
}

/// Index of the label's element.
fn place(index: &[usize], label: f64) -> Vec<usize> {
    let mut place = vec![index[0], label as usize];
    place.extend_from_slice(&index[1..]);
    place
}

impl Operation for NllLoss {
    fn text(&self) -> String {
        text("nll_loss", self.ignore_index)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 2)?;
        Ok(vec![TensorType::real(inputs[1].shape.clone())])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, label, classes) = (vjp.grad(), vjp.inputs[1], vjp.shape(0)[1].clone());
        let rule = NllLossGrad { classes, ignore_index: self.ignore_index };
        Ok(vec![vjp.if_needed(0, |b| b.add(rule, &[grad, label])), None])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        vec![Array::from_fn(&sizes.shape(&outputs[0].shape), |index| {
            let label = inputs[1].at(index);
            if is_ignored(label, self.ignore_index) { 0.0 } else { -inputs[0].at(&place(index, label)) }
        })]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let [outer, classes, inner] = around(&call.input_types[0].shape, 1);
        let (runtime, out, x, label) = (call.runtime, &call.outputs[0], &call.inputs[0], &call.inputs[1]);
        let ignored = ignored(self.ignore_index);
        Some(quote!(#runtime::ops::nll_loss::nll_loss(#out, #x, #label, #ignored, #outer, #classes, #inner)?))
    }
}

impl Operation for NllLossGrad {
    fn text(&self) -> String {
        text("nll_loss gradient", self.ignore_index)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 2)?;
        let mut shape = inputs[1].shape.clone();
        shape.insert(1, self.classes.clone());
        Ok(vec![TensorType { element: ElementType::Real, shape }])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, label) = (vjp.grad(), vjp.inputs[1]);
        let rule = NllLoss { ignore_index: self.ignore_index };
        Ok(vec![vjp.if_needed(0, |b| b.add(rule, &[grad, label])), None])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let mut out = Array::full(&sizes.shape(&outputs[0].shape), 0.0);
        inputs[0].for_each(|index, grad| {
            let label = inputs[1].at(index);
            if !is_ignored(label, self.ignore_index) {
                let at = out.offset(&place(index, label));
                out.data[at] = -grad;
            }
        });
        vec![out]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let [outer, classes, inner] = around(&call.output_types[0].shape, 1);
        let (runtime, out, grad, label) = (call.runtime, &call.outputs[0], &call.inputs[0], &call.inputs[1]);
        let ignored = ignored(self.ignore_index);
        Some(
            quote!(#runtime::ops::nll_loss::nll_loss_grad(#out, #grad, #label, #ignored, #outer, #classes, #inner)),
        )
    }
}
