//! Running sums along an axis: `y[j] = x[0] + … + x[j]`. d/dx is the running sum from the other end.

use super::call::{Build::One, Call, Method, Problem};
use super::log_softmax::around;
use super::{KernelCall, Operation, Vjp, check_count, required, tensor};
use crate::graph::{Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `x.cumsum(axis)`.
pub const METHODS: &[Method] =
    &[Method { name: "cumsum", params: &[tensor("x"), required("axis")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let rank = call.shape(0)?.len();
    let axis = call.axis(1, None, rank)?;
    Ok(call.builder.add(CumSum { axis, reverse: false }, &[value]))
}

/// The running sum along an axis.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct CumSum {
    /// Along which axis.
    pub axis: usize,
    /// From the last place to the first.
    pub reverse: bool,
}

/// `, in reverse`, for texts of nodes.
pub(super) fn direction(reverse: bool) -> &'static str {
    if reverse { ", in reverse" } else { "" }
}

/// The axis of a scan as the kernels take it.
pub(super) fn scan_axis(call: &KernelCall<'_>, axis: usize, reverse: bool) -> TokenStream {
    let [outer, len, inner] = around(&call.output_types[0].shape, axis);
    let runtime = call.runtime;
    quote!(#runtime::ops::scan::Axis { outer: #outer, len: #len, inner: #inner, reverse: #reverse })
}

/// Walks every line along the axis in the order of a scan: `visit(at, before)` with places in the data.
pub(super) fn walk(shape: &[usize], axis: usize, reverse: bool, mut visit: impl FnMut(usize, Option<usize>)) {
    let (len, inner) = (shape[axis], shape[axis + 1..].iter().product::<usize>());
    let outer: usize = shape[..axis].iter().product();
    for line in 0..outer * inner {
        let first = line / inner * len * inner + line % inner;
        let mut before = None;
        for step in 0..len {
            let at = first + if reverse { len - 1 - step } else { step } * inner;
            visit(at, before);
            before = Some(at);
        }
    }
}

impl Operation for CumSum {
    fn text(&self) -> String {
        format!("cumsum along {}{}", self.axis, direction(self.reverse))
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        Ok(vec![inputs[0].clone()])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let grad = vjp.grad();
        Ok(vec![Some(vjp.builder.add(CumSum { axis: self.axis, reverse: !self.reverse }, &[grad]))])
    }

    fn evaluate(&self, inputs: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        let mut out = inputs[0].clone();
        walk(&inputs[0].shape, self.axis, self.reverse, |at, before| {
            out.data[at] += before.map_or(0.0, |before| out.data[before]);
        });
        vec![out]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        inputs[0].numel()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let axis = scan_axis(call, self.axis, self.reverse);
        let (runtime, out, x) = (call.runtime, &call.outputs[0], &call.inputs[0]);
        Some(quote!(#runtime::ops::scan::cumsum(#out, #x, #axis)))
    }
}
