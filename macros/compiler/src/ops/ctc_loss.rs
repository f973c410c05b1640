//! Connectionist temporal classification: `-ln p(target | log_probs)`, where the probability of a target is the sum
//! over all alignments of its labels, and of blanks between, with the time steps.
//!
//! d/dlog_probs: `-p(class c at time t | target)`, by the forward-backward algorithm. It is the derivative as it
//! stands; PyTorch adds `exp(log_probs)`, which vanishes behind `log_softmax`: the gradients of the scores agree.
//! Where no alignment fits, the loss is infinite and the gradient NaN; with `zero_infinity` both are 0.
//!
//! Labels and lengths are checked at run time: labels in use are classes, lengths fit into their tensors.
//! Source: Graves, Fernández, Gomez and Schmidhuber, "Connectionist Temporal Classification", ICML 2006.

use super::call::{Build::One, Call, Method, Problem};
use super::cast::as_element;
use super::gather::check_index;
use super::reduce::ReduceKind;
use super::{KernelCall, Operation, Vjp, check_count, optional, required, tensor};
use crate::graph::scalar::{Binary, arg, binary, constant, div, mul};
use crate::graph::{ElementType, Size, TensorType, Value, shape_text};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `log_probs.ctc_loss(targets, input_lengths, target_lengths, blank = 0, reduction = "mean", zero_infinity = false)`:
/// `log_probs` `[T, N, classes]`, `targets` `[N, S]`, lengths `[N]`. The mean divides each loss by the length of its
/// target (at least 1) first, as in PyTorch.
pub const METHODS: &[Method] = &[Method {
    name: "ctc_loss",
    params: &[
        tensor("log_probs"),
        required("targets"),
        required("input_lengths"),
        required("target_lengths"),
        optional("blank"),
        optional("reduction"),
        optional("zero_infinity"),
    ],
    build: One(build),
}];

const REDUCTIONS: &[&str] = &["none", "mean", "sum"];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let log_probs = call.float_tensor(0)?;
    let shape = call.check_rank(0, 3, "[T, N, classes]")?;
    let (batch, classes) = (&shape[1], &shape[2]);
    let targets = check_index(call, 1)?;
    let of_targets = call.check_rank(1, 2, "[N, S]")?;
    let [input_lengths, target_lengths] = [check_index(call, 2)?, check_index(call, 3)?];
    for (argument, found) in [(1, of_targets[..1].to_vec()), (2, call.shape(2)?), (3, call.shape(3)?)] {
        if found != [batch.clone()] {
            let name = call.method.params[argument].name;
            let all = call.shape(argument)?;
            return Err(Problem::from(format!(
                "scores {} are those of {batch} sequences, but `{name}` is {}",
                shape_text(&shape),
                shape_text(&all)
            ))
            .at(argument)
            .note("`ctc_loss` takes scores [T, N, classes], targets [N, S] and lengths [N]")
            .help("give the same `N` to all, with `permute` where the axes come in another order"));
        }
    }
    let blank = call.integer(4, Some(0), 0)?;
    if classes.as_literal().is_some_and(|classes| blank as i64 >= classes) {
        return Err(Problem::from(format!("the blank is class {blank}, but there are {classes} classes"))
            .at(4)
            .help(format!("use 0 to {classes} - 1")));
    }
    let reduction = REDUCTIONS[call.choice(5, Some(1), REDUCTIONS)?];
    let zero_infinity = call.boolean(6, Some(false))?;
    let options = CtcOptions { blank, zero_infinity };
    let builder = &mut *call.builder;
    let operands = [log_probs, targets, input_lengths, target_lengths];
    let losses = builder.add(CtcLoss { options }, &operands);
    let batch = builder.ty(losses).shape[0].clone();
    let sum = |builder: &mut crate::graph::Builder, values: Value| {
        let sum = builder.reduce(ReduceKind::Sum, values, vec![0]);
        builder.reshape(sum, Vec::new())
    };
    Ok(match reduction {
        "none" => losses,
        "sum" => sum(builder, losses),
        _ => {
            let lengths = as_element(builder, target_lengths, ElementType::Real);
            let at_least_one = binary(Binary::Maximum, arg(1), constant(1.0));
            let per_label = builder.map(&div(arg(0), at_least_one), &[losses, lengths]);
            let count = super::call::size_value(builder, &batch);
            let total = sum(builder, per_label);
            builder.map(&div(arg(0), arg(1)), &[total, count])
        }
    })
}

/// What `ctc_loss` and its gradient are told.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CtcOptions {
    /// The class that stands for no label.
    pub blank: usize,
    /// Whether impossible targets count 0.
    pub zero_infinity: bool,
}

/// Losses `[N]` of log-probabilities `[T, N, C]`, targets `[N, S]` and the two lengths `[N]`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct CtcLoss {
    /// Settings.
    pub options: CtcOptions,
}

/// Gradient of the log-probabilities, from that of the losses and the operands of [`CtcLoss`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct CtcLossGrad {
    /// Settings.
    pub options: CtcOptions,
}

fn check_operands(inputs: &[&TensorType]) -> Result<(), String> {
    let [log_probs, targets, input_lengths, target_lengths] = inputs else {
        return Err(format!("expected 4 operands, found {}", inputs.len()));
    };
    let fits = log_probs.element == ElementType::Real
        && log_probs.rank() == 3
        && targets.rank() == 2
        && [targets, input_lengths, target_lengths].iter().all(|ty| ty.element.is_integer())
        && [targets, input_lengths, target_lengths].iter().all(|ty| ty.shape[0] == log_probs.shape[1]);
    if fits { Ok(()) } else { Err(format!("ctc_loss of {log_probs} and {targets}")) }
}

/// The sum of the products of alignments of one sequence, with that of those in each state at each time.
fn alignments(inputs: &[&Array], n: usize, options: CtcOptions) -> (f64, Vec<Vec<f64>>, Vec<usize>) {
    let [log_probs, targets, input_lengths, target_lengths] = [0, 1, 2, 3].map(|index| inputs[index]);
    let (time, labels) = (input_lengths.at(&[n]) as usize, target_lengths.at(&[n]) as usize);
    let states: Vec<usize> = (0..2 * labels + 1)
        .map(|s| if s % 2 == 0 { options.blank } else { targets.at(&[n, s / 2]) as usize })
        .collect();
    let skips = |s: usize| s >= 2 && s % 2 == 1 && states[s] != states[s - 2];
    let p = |t: usize, s: usize| log_probs.at(&[t, n, states[s]]).exp();
    let mut forward = vec![vec![0.0; states.len()]; time];
    let mut backward = forward.clone();
    for t in 0..time {
        for s in 0..states.len() {
            let before = |steps: usize| if s >= steps { forward[t - 1][s - steps] } else { 0.0 };
            let reached = match t {
                0 => f64::from(u8::from(s < 2)),
                _ => before(0) + before(1) + if skips(s) { before(2) } else { 0.0 },
            };
            forward[t][s] = reached * p(t, s);
        }
    }
    for t in (0..time).rev() {
        for s in 0..states.len() {
            let after = |next: usize| {
                if next < states.len() { backward[t + 1][next] * p(t + 1, next) } else { 0.0 }
            };
            backward[t][s] = if t + 1 == time {
                f64::from(u8::from(s + 2 >= states.len()))
            } else {
                let skipped = if s + 2 < states.len() && skips(s + 2) { after(s + 2) } else { 0.0 };
                after(s) + after(s + 1) + skipped
            };
        }
    }
    let total = match forward.last() {
        Some(last) => last.iter().rev().take(2).sum(),
        None => f64::from(u8::from(labels == 0)),
    };
    for (forward, backward) in forward.iter_mut().zip(&backward) {
        forward.iter_mut().zip(backward).for_each(|(forward, backward)| *forward *= backward);
    }
    (total, forward, states)
}

/// The two structs that the kernels take.
fn kernel_arguments(call: &KernelCall<'_>, first: usize, options: CtcOptions) -> [TokenStream; 2] {
    let runtime = call.runtime;
    let size = |operand: usize, axis: usize| call.input_types[first + operand].shape[axis].to_tokens();
    let [time, batch, classes, labels] = [size(0, 0), size(0, 1), size(0, 2), size(1, 1)];
    let CtcOptions { blank, zero_infinity } = options;
    let [targets, input_lengths, target_lengths] = [1, 2, 3].map(|operand| &call.inputs[first + operand]);
    [
        quote!(&#runtime::ops::ctc_loss::CtcTargets {
            targets: #targets, input_lengths: #input_lengths, target_lengths: #target_lengths,
        }),
        quote!(&#runtime::ops::ctc_loss::CtcExtents {
            time: #time, batch: #batch, classes: #classes, labels: #labels,
            blank: #blank, zero_infinity: #zero_infinity,
        }),
    ]
}

/// Each state of each time takes some 10 operations, an exponential and a logarithm counted as one each.
fn flops(log_probs: &TensorType, targets: &TensorType, passes: i64) -> Size {
    let states = targets.shape[1].mul(&2.into()).add(&Size::one());
    log_probs.shape[0].mul(&log_probs.shape[1]).mul(&states).mul(&(10 * passes).into())
}

impl Operation for CtcLoss {
    fn text(&self) -> String {
        format!("ctc_loss {:?}", self.options)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_operands(inputs)?;
        Ok(vec![TensorType::real(vec![inputs[0].shape[1].clone()])])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let mut operands = vec![vjp.grad()];
        operands.extend(vjp.inputs);
        let op = CtcLossGrad { options: self.options };
        Ok(vec![vjp.if_needed(0, |b| b.add(op, &operands)), None, None, None])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        vec![Array::from_fn(&sizes.shape(&outputs[0].shape), |at| {
            let (total, ..) = alignments(inputs, at[0], self.options);
            if self.options.zero_infinity && total == 0.0 { 0.0 } else { -total.ln() }
        })]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        flops(inputs[0], inputs[1], 1)
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let [targets, extents] = kernel_arguments(call, 0, self.options);
        let (runtime, out, log_probs) = (call.runtime, &call.outputs[0], &call.inputs[0]);
        Some(quote!(#runtime::ops::ctc_loss::ctc_loss(#out, #log_probs, #targets, #extents)?))
    }

    /// For instance the logarithm of a probability of 0.
    fn makes_infinities(&self) -> bool {
        true
    }
}

impl Operation for CtcLossGrad {
    fn text(&self) -> String {
        format!("ctc_loss gradient {:?}", self.options)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 5)?;
        check_operands(&inputs[1..])?;
        Ok(vec![inputs[1].clone()])
    }

    /// Linear in the gradient of the losses: `Σ grad · (the gradient for losses of gradient 1)`.
    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        if vjp.needed[1] {
            return Err("the gradient of `ctc_loss` is not differentiable again".to_string());
        }
        let (grad, inputs, shape) = (vjp.grad(), vjp.inputs.to_vec(), vjp.shape(0));
        let of_losses = vjp.if_needed(0, |b| {
            let one = b.constant(1.0);
            let mut operands = inputs.clone();
            operands[0] = b.expand(one, shape.clone());
            let of_one = b.add(self.clone(), &operands);
            let product = b.map(&mul(arg(0), arg(1)), &[grad, of_one]);
            let sum = b.reduce(ReduceKind::Sum, product, vec![0, 2]);
            b.reshape(sum, shape)
        });
        Ok(vec![of_losses, None, None, None, None])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let mut out = Array::full(&sizes.shape(&outputs[0].shape), 0.0);
        for n in 0..inputs[0].data.len() {
            let (total, by_state, states) = alignments(&inputs[1..], n, self.options);
            if self.options.zero_infinity && total == 0.0 {
                continue;
            }
            for (t, row) in by_state.iter().enumerate() {
                for (state, sum) in row.iter().enumerate() {
                    let at = out.offset(&[t, n, states[state]]);
                    out.data[at] -= sum / total * inputs[0].data[n];
                }
            }
        }
        vec![out]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        flops(inputs[1], inputs[2], 2)
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let [targets, extents] = kernel_arguments(call, 1, self.options);
        let (runtime, out) = (call.runtime, &call.outputs[0]);
        let (grad, log_probs) = (&call.inputs[0], &call.inputs[1]);
        Some(quote!(#runtime::ops::ctc_loss::ctc_loss_grad(#out, #grad, #log_probs, #targets, #extents)?))
    }
}
