//! Probabilities from scores along an axis: `y = exp(x - max) / Σ exp(x - max)`, PyTorch's `softmax`; `softmin` is that of
//! `-x`.
//!
//! d/dx: `dx = y (dy - Σ dy y)`, from the output.

use super::call::{Build::One, Call, Method, Problem};
use super::log_softmax::{around, for_each_line};
use super::reduce::ReduceKind;
use super::{KernelCall, Operation, Param, Vjp, check_count, optional, tensor};
use crate::graph::scalar::{arg, mul, neg, sub};
use crate::graph::{Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

const PARAMS: &[Param] = &[tensor("x"), optional("axis")];

/// `x.softmax(axis = -1)` and `x.softmin(axis = -1)`.
pub const METHODS: &[Method] = &[
    Method { name: "softmax", params: PARAMS, build: One(|call| build(call, false)) },
    Method { name: "softmin", params: PARAMS, build: One(|call| build(call, true)) },
];

fn build(call: &mut Call<'_>, negated: bool) -> Result<Value, Problem> {
    let mut value = call.float_tensor(0)?;
    let rank = call.shape(0)?.len();
    let axis = call.axis(1, Some(-1), rank)?;
    if negated {
        value = call.builder.map(&neg(arg(0)), &[value]);
    }
    Ok(call.builder.add(Softmax { axis }, &[value]))
}

/// The softmax.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Softmax {
    /// The axis of the classes.
    pub axis: usize,
}

/// Gradient of the input, from that of the output and the output.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SoftmaxGrad {
    /// The axis of the classes.
    pub axis: usize,
}

impl Operation for Softmax {
    fn text(&self) -> String {
        format!("softmax along {}", self.axis)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        Ok(vec![inputs[0].clone()])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, output) = (vjp.grad(), vjp.outputs[0]);
        Ok(vec![Some(vjp.builder.add(SoftmaxGrad { axis: self.axis }, &[grad, output]))])
    }

    fn evaluate(&self, inputs: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        let mut out = inputs[0].clone();
        for_each_line(&inputs[0].shape, self.axis, |line| {
            let max = line.iter().map(|index| inputs[0].at(index)).fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = line.iter().map(|index| (inputs[0].at(index) - max).exp()).sum();
            for index in line {
                let at = out.offset(&index);
                out.data[at] = (out.data[at] - max).exp() / sum;
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
        Some(quote!(#runtime::ops::softmax::softmax(#out, #input, #outer, #classes, #inner)))
    }
}

impl Operation for SoftmaxGrad {
    fn text(&self) -> String {
        format!("softmax gradient along {}", self.axis)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 2)?;
        Ok(vec![inputs[1].clone()])
    }

    /// From the formula: `dx = y (dy - s)` with `s = Σ dy y`, which is symmetric in what multiplies `y`.
    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (dy, y, grad) = (vjp.inputs[0], vjp.inputs[1], vjp.grad());
        let axis = self.axis;
        Ok(vec![
            vjp.if_needed(0, |b| b.add(SoftmaxGrad { axis }, &[grad, y])),
            vjp.if_needed(1, |b| {
                let sum_with_y = [dy, grad].map(|value| {
                    let weighted = b.map(&mul(arg(0), arg(1)), &[value, y]);
                    b.reduce(ReduceKind::Sum, weighted, vec![axis])
                });
                let rule = sub(mul(arg(1), sub(arg(0), arg(2))), mul(arg(0), arg(3)));
                b.map(&rule, &[dy, grad, sum_with_y[0], sum_with_y[1]])
            }),
        ])
    }

    fn evaluate(&self, inputs: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        let (dy, y) = (inputs[0], inputs[1]);
        let mut out = dy.clone();
        for_each_line(&dy.shape, self.axis, |line| {
            let sum: f64 = line.iter().map(|index| dy.at(index) * y.at(index)).sum();
            for index in line {
                let at = out.offset(&index);
                out.data[at] = y.at(&index) * (out.data[at] - sum);
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
        Some(quote!(#runtime::ops::softmax::softmax_grad(#out, #dy, #y, #outer, #classes, #inner)))
    }
}
