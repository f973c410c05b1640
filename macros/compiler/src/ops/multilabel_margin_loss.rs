//! The scores of all right classes exceed those of all others by 1:
//! `Σ_{y right} Σ_{c not right} max(0, 1 - x_y + x_c) / classes`, PyTorch's `multilabel_margin_loss`.
//!
//! The right classes of a sample are its labels up to the first -1; a label that stands twice counts twice. Others that
//! are no classes are an error at run time. The gradient is 0 where a difference is exactly 1, as in PyTorch.

use super::call::{Build::One, Call, Method, Problem};
use super::gather::check_index;
use super::loss::{combine, reduction};
use super::reduce::ReduceKind;
use super::{KernelCall, Operation, Vjp, check_count, optional, required, tensor};
use crate::graph::scalar::{arg, mul};
use crate::graph::{ElementType, Size, TensorType, Value, shape_text};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `scores.multilabel_margin_loss(label, reduction = "mean")`: scores `[N, classes]`, labels `[N, labels]`, or both
/// without the batch.
pub const METHODS: &[Method] = &[Method {
    name: "multilabel_margin_loss",
    params: &[tensor("scores"), required("label"), optional("reduction")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (scores, label) = (call.float_tensor(0)?, check_index(call, 1)?);
    let (of_scores, of_label) = (call.shape(0)?, call.shape(1)?);
    let Some((classes, batch)) = of_scores.split_last().filter(|(_, batch)| batch.len() <= 1) else {
        return Err(Problem::from(format!(
            "`{}` takes scores [N, classes] or [classes], found {}",
            call.method.name,
            shape_text(&of_scores)
        ))
        .at(0)
        .help("merge the other axes into the batch with `permute` and `reshape`"));
    };
    let Some((labels, _)) = of_label.split_last().filter(|(_, rest)| *rest == batch) else {
        let rows = if batch.is_empty() { "[labels]".to_string() } else { format!("[{}, labels]", batch[0]) };
        return Err(Problem::from(format!(
            "scores {} take labels {rows}, found {}",
            shape_text(&of_scores),
            shape_text(&of_label)
        ))
        .at(1)
        .note("each sample has a list of labels, which ends at -1 or at the end of the axis")
        .help("give the labels a list for each row of scores, filled up with -1"));
    };
    let reduction = reduction(call, 2)?;
    let builder = &mut *call.builder;
    let rows = batch.first().cloned().unwrap_or_else(Size::one);
    let scores = builder.reshape(scores, vec![rows.clone(), classes.clone()]);
    let label = builder.reshape(label, vec![rows, labels.clone()]);
    let losses = builder.add(MultilabelMarginLoss, &[scores, label]);
    let losses = builder.reshape(losses, batch.to_vec());
    Ok(combine(builder, losses, reduction))
}

/// Losses `[N]` of scores `[N, classes]` and labels `[N, labels]`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct MultilabelMarginLoss;

/// Gradient of the scores, from that of the losses and the operands of [`MultilabelMarginLoss`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct MultilabelMarginLossGrad;

fn check_operands(inputs: &[&TensorType]) -> Result<(), String> {
    check_count(inputs, 2)?;
    let (scores, label) = (inputs[0], inputs[1]);
    let fits = scores.element == ElementType::Real
        && label.element.is_integer()
        && [scores, label].iter().all(|ty| ty.rank() == 2 && ty.shape[0] == scores.shape[0]);
    if fits { Ok(()) } else { Err(format!("multilabel_margin_loss of {scores} and {label}")) }
}

/// The pairs of a right class and another that are less than 1 apart, with what is missing.
fn violations(scores: &Array, label: &Array, row: usize) -> Vec<(usize, usize, f64)> {
    let labels = (0..label.shape[1]).map(|at| label.at(&[row, at])).take_while(|&label| label >= 0.0);
    let right: Vec<usize> = labels.map(|label| label as usize).collect();
    let others = (0..scores.shape[1]).filter(|class| !right.contains(class));
    let pairs = others.flat_map(|other| right.iter().map(move |&class| (class, other)));
    let missing = |(class, other)| 1.0 - scores.at(&[row, class]) + scores.at(&[row, other]);
    pairs.map(|pair| (pair.0, pair.1, missing(pair))).filter(|(.., missing)| *missing > 0.0).collect()
}

/// Each class is compared with each label, and its score with that of each.
fn flops(scores: &TensorType, label: &TensorType) -> Size {
    scores.numel().mul(&label.shape[1]).mul(&4.into())
}

/// The sizes that both kernels take.
fn extents(scores: &TensorType, label: &TensorType) -> [TokenStream; 2] {
    [scores.shape[1].to_tokens(), label.shape[1].to_tokens()]
}

impl Operation for MultilabelMarginLoss {
    fn text(&self) -> String {
        "multilabel_margin_loss".to_string()
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_operands(inputs)?;
        Ok(vec![TensorType::real(vec![inputs[0].shape[0].clone()])])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let operands = [vjp.grad(), vjp.inputs[0], vjp.inputs[1]];
        Ok(vec![vjp.if_needed(0, |b| b.add(MultilabelMarginLossGrad, &operands)), None])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let classes = inputs[0].shape[1] as f64;
        vec![Array::from_fn(&sizes.shape(&outputs[0].shape), |at| {
            let missing = violations(inputs[0], inputs[1], at[0]);
            missing.iter().map(|(.., missing)| missing).sum::<f64>() / classes
        })]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        flops(inputs[0], inputs[1])
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (runtime, out) = (call.runtime, &call.outputs[0]);
        let (scores, label) = (&call.inputs[0], &call.inputs[1]);
        let [classes, labels] = extents(call.input_types[0], call.input_types[1]);
        Some(quote!(#runtime::ops::multilabel_margin_loss::multilabel_margin_loss(
            #out, #scores, #label, #classes, #labels,
        )?))
    }
}

impl Operation for MultilabelMarginLossGrad {
    fn text(&self) -> String {
        "multilabel_margin_loss gradient".to_string()
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 3)?;
        check_operands(&inputs[1..])?;
        Ok(vec![inputs[1].clone()])
    }

    /// Linear in the gradient of the losses: `Σ grad · (the gradient for losses of gradient 1)`; constant in the scores
    /// but for the places where it jumps.
    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, scores, label, shape) = (vjp.grad(), vjp.inputs[1], vjp.inputs[2], vjp.shape(0));
        let of_losses = vjp.if_needed(0, |b| {
            let one = b.constant(1.0);
            let ones = b.expand(one, shape.clone());
            let of_one = b.add(MultilabelMarginLossGrad, &[ones, scores, label]);
            let product = b.map(&mul(arg(0), arg(1)), &[grad, of_one]);
            let sum = b.reduce(ReduceKind::Sum, product, vec![1]);
            b.reshape(sum, shape)
        });
        Ok(vec![of_losses, None, None])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let mut out = Array::full(&sizes.shape(&outputs[0].shape), 0.0);
        for row in 0..out.shape[0] {
            let step = inputs[0].at(&[row]) / out.shape[1] as f64;
            for (class, other, _) in violations(inputs[1], inputs[2], row) {
                for (at, change) in [(class, -step), (other, step)] {
                    let at = out.offset(&[row, at]);
                    out.data[at] += change;
                }
            }
        }
        vec![out]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        flops(inputs[1], inputs[2])
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (runtime, out) = (call.runtime, &call.outputs[0]);
        let [grad, scores, label] = [0, 1, 2].map(|index| &call.inputs[index]);
        let [classes, labels] = extents(call.input_types[1], call.input_types[2]);
        Some(quote!(#runtime::ops::multilabel_margin_loss::multilabel_margin_loss_grad(
            #out, #grad, #scores, #label, #classes, #labels,
        )))
    }
}
