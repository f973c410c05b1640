//! Logarithm of the softmax along an axis: `y = x - max - ln Σ exp(x - max)`.
//!
//! d/dx: `dx = dy - exp(y) Σ dy`, from the output.

use super::call::{Build::One, Call, Method, Problem};
use super::reduce::ReduceKind;
use super::{KernelCall, Operation, Vjp, check_count, optional, tensor};
use crate::graph::scalar::{Unary, arg, mul, neg, sub, unary};
use crate::graph::types::product;
use crate::graph::{Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `x.log_softmax(axis = -1)`.
pub const METHODS: &[Method] =
    &[Method { name: "log_softmax", params: &[tensor("x"), optional("axis")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let rank = call.shape(0)?.len();
    let axis = call.axis(1, Some(-1), rank)?;
    Ok(call.builder.add(LogSoftmax { axis }, &[value]))
}

/// The logarithm of the softmax.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct LogSoftmax {
    /// The axis of the classes.
    pub axis: usize,
}

/// Gradient of the input, from that of the output and the output.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct LogSoftmaxGrad {
    /// The axis of the classes.
    pub axis: usize,
}

/// `outer, classes, inner` of a shape around an axis.
pub(super) fn around(shape: &[Size], axis: usize) -> [TokenStream; 3] {
    [product(&shape[..axis]), shape[axis].clone(), product(&shape[axis + 1..])].map(|size| size.to_tokens())
}

/// Calls `visit` with the indices of each line along the axis.
fn for_each_line(shape: &[usize], axis: usize, mut visit: impl FnMut(Vec<Vec<usize>>)) {
    let mut outside = shape.to_vec();
    outside[axis] = 1;
    for start in crate::reference::indices(&outside) {
        let at = |class: usize| {
            let mut index = start.clone();
            index[axis] = class;
            index
        };
        visit((0..shape[axis]).map(at).collect());
    }
}

impl Operation for LogSoftmax {
    fn text(&self) -> String {
        format!("log_softmax along {}", self.axis)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        Ok(vec![inputs[0].clone()])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, output) = (vjp.grad(), vjp.outputs[0]);
        Ok(vec![Some(vjp.builder.add(LogSoftmaxGrad { axis: self.axis }, &[grad, output]))])
    }

    fn evaluate(&self, inputs: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        let mut out = inputs[0].clone();
        for_each_line(&inputs[0].shape, self.axis, |line| {
            let max = line.iter().map(|index| inputs[0].at(index)).fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = line.iter().map(|index| (inputs[0].at(index) - max).exp()).sum();
            for index in line {
                let at = out.offset(&index);
                // Subtracted one by one: their sum would lose the digits of the logarithm next to a large maximum.
                out.data[at] = out.data[at] - max - sum.ln();
            }
        });
        vec![out]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        inputs[0].numel().mul(&4.into())
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let [outer, classes, inner] = around(&call.input_types[0].shape, self.axis);
        let (runtime, out, input) = (call.runtime, &call.outputs[0], &call.inputs[0]);
        Some(quote!(#runtime::ops::log_softmax::log_softmax(#out, #input, #outer, #classes, #inner)))
    }
}

impl Operation for LogSoftmaxGrad {
    fn text(&self) -> String {
        format!("log_softmax gradient along {}", self.axis)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 2)?;
        Ok(vec![inputs[1].clone()])
    }

    /// From the formula: `dx = dy - exp(y) s` with `s = Σ dy`.
    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (dy, y, grad) = (vjp.inputs[0], vjp.inputs[1], vjp.grad());
        let axis = self.axis;
        let p_times = mul(unary(Unary::Exp, arg(0)), arg(1));
        Ok(vec![
            vjp.if_needed(0, |b| {
                let weighted = b.map(&p_times, &[y, grad]);
                let sum = b.reduce(ReduceKind::Sum, weighted, vec![axis]);
                b.map(&sub(arg(0), arg(1)), &[grad, sum])
            }),
            vjp.if_needed(1, |b| {
                let sum = b.reduce(ReduceKind::Sum, dy, vec![axis]);
                b.map(&neg(mul(p_times.clone(), arg(2))), &[y, grad, sum])
            }),
        ])
    }

    fn evaluate(&self, inputs: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        let (dy, y) = (inputs[0], inputs[1]);
        let mut out = dy.clone();
        for_each_line(&dy.shape, self.axis, |line| {
            let sum: f64 = line.iter().map(|index| dy.at(index)).sum();
            for index in line {
                let at = out.offset(&index);
                out.data[at] -= y.at(&index).exp() * sum;
            }
        });
        vec![out]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        inputs[0].numel().mul(&4.into())
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let [outer, classes, inner] = around(&call.input_types[0].shape, self.axis);
        let (runtime, out, dy, y) = (call.runtime, &call.outputs[0], &call.inputs[0], &call.inputs[1]);
        Some(quote!(#runtime::ops::log_softmax::log_softmax_grad(#out, #dy, #y, #outer, #classes, #inner)))
    }
}
