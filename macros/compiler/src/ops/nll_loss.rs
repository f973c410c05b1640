//! Negative log-likelihood: `out[n, …] = -log_probs[n, label[n, …], …]`, PyTorch's `nll_loss` with `reduction="none"`.
//!
//! Labels are whole numbers from 0 below the number of classes; others are an error at run time.

use super::call::{Build::One, Call, Method, Problem};
use super::log_softmax::around;
use super::{KernelCall, Operation, Vjp, check_count, required, tensor};
use crate::graph::{ElementType, Size, TensorType, Value, shape_text};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `log_probs.nll_loss(label)`, one value per label; the classes lie along axis 1.
pub const METHODS: &[Method] = &[Method {
    name: "nll_loss",
    params: &[tensor("log_probs"), required("label")],
    build: One(|call| {
        let (log_probs, label) = check_labels(call)?;
        Ok(call.builder.try_add(NllLoss.into(), &[log_probs, label])?[0])
    }),
}];

/// The scores and the labels of a loss, if they fit.
pub(super) fn check_labels(call: &mut Call<'_>) -> Result<(Value, Value), Problem> {
    let (scores, label) = (call.float_tensor(0)?, call.tensor(1)?);
    let (scores_shape, label_type) = (call.shape(0)?, call.builder.ty(label).clone());
    if !label_type.element.is_integer() {
        return Err(Problem::from(format!(
            "`label` of `{}` is a tensor of `u8`, `u32` or `i64`, found `{}`",
            call.method.name,
            label_type.element.name()
        ))
        .at(1)
        .help("declare it `Tensor<u8, N>`: one class number for each row of scores"));
    }
    if scores_shape.len() < 2 {
        return Err(Problem::from(format!(
            "`{}` takes scores [N, classes, …], found {}",
            call.method.name,
            shape_text(&scores_shape)
        ))
        .at(0)
        .help(match scores_shape.first() {
            Some(classes) => format!("add an axis for the batch: `reshape([1, {classes}])`"),
            None => "give one score for each class, in rows".to_string(),
        }));
    }
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

/// `-log_probs[label]`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct NllLoss;

/// Gradient of the log-probabilities, from that of the losses and the labels: zero except at the labels.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct NllLossGrad {
    /// Number of classes.
    pub classes: Size,
}

/// Index of the label's element.
fn place(index: &[usize], label: f64) -> Vec<usize> {
    let mut place = vec![index[0], label as usize];
    place.extend_from_slice(&index[1..]);
    place
}

impl Operation for NllLoss {
    fn text(&self) -> String {
        "nll_loss".to_string()
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 2)?;
        Ok(vec![TensorType::f32(inputs[1].shape.clone())])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, label, classes) = (vjp.grad(), vjp.inputs[1], vjp.shape(0)[1].clone());
        Ok(vec![vjp.if_needed(0, |b| b.add(NllLossGrad { classes }, &[grad, label])), None])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        vec![Array::from_fn(&sizes.shape(&outputs[0].shape), |index| {
            -inputs[0].at(&place(index, inputs[1].at(index)))
        })]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let [outer, classes, inner] = around(&call.input_types[0].shape, 1);
        let (runtime, out, x, label) = (call.runtime, &call.outputs[0], &call.inputs[0], &call.inputs[1]);
        Some(quote!(#runtime::ops::nll_loss::nll_loss(#out, #x, #label, #outer, #classes, #inner)?))
    }
}

impl Operation for NllLossGrad {
    fn text(&self) -> String {
        "nll_loss gradient".to_string()
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 2)?;
        let mut shape = inputs[1].shape.clone();
        shape.insert(1, self.classes.clone());
        Ok(vec![TensorType { element: ElementType::F32, shape }])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, label) = (vjp.grad(), vjp.inputs[1]);
        Ok(vec![vjp.if_needed(0, |b| b.add(NllLoss, &[grad, label])), None])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let mut out = Array::full(&sizes.shape(&outputs[0].shape), 0.0);
        inputs[0].for_each(|index, grad| {
            let at = out.offset(&place(index, inputs[1].at(index)));
            out.data[at] = -grad;
        });
        vec![out]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let [outer, classes, inner] = around(&call.output_types[0].shape, 1);
        let (runtime, out, grad, label) = (call.runtime, &call.outputs[0], &call.inputs[0], &call.inputs[1]);
        Some(quote!(#runtime::ops::nll_loss::nll_loss_grad(#out, #grad, #label, #outer, #classes, #inner)))
    }
}
