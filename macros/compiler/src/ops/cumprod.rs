//! Running products along an axis: `y[j] = x[0] · … · x[j]`.
//!
//! d/dx: `dx[i] = (x[0] · … · x[i - 1]) · r[i]` with the recurrence `r[i] = dy[i] + x[i + 1] r[i + 1]`, which divides by
//! no factor and so is right where some are zero.

use super::call::{Build::One, Call, Method, Problem};
use super::cumsum::{direction, scan_axis, walk};
use super::linear_scan::{LinearScan, shift};
use super::{KernelCall, Operation, Vjp, check_count, required, tensor};
use crate::graph::scalar::{arg, mul};
use crate::graph::{Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `x.cumprod(axis)`.
pub const METHODS: &[Method] =
    &[Method { name: "cumprod", params: &[tensor("x"), required("axis")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let rank = call.shape(0)?.len();
    let axis = call.axis(1, None, rank)?;
    Ok(call.builder.add(CumProd { axis, reverse: false, exclusive: false }, &[value]))
}

/// The running product along an axis.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct CumProd {
    /// Along which axis.
    pub axis: usize,
    /// From the last place to the first.
    pub reverse: bool,
    /// Without the factor at the place itself.
    pub exclusive: bool,
}

impl Operation for CumProd {
    fn text(&self) -> String {
        let exclusive = if self.exclusive { "exclusive " } else { "" };
        format!("{exclusive}cumprod along {}{}", self.axis, direction(self.reverse))
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        Ok(vec![inputs[0].clone()])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let CumProd { axis, reverse, exclusive } = *self;
        let (x, grad) = (vjp.inputs[0], vjp.grad());
        let builder = &mut *vjp.builder;
        let before = if exclusive {
            vjp.outputs[0]
        } else {
            builder.add(CumProd { axis, reverse, exclusive: true }, &[x])
        };
        // What the products after a place, without their common part, pass on to it. Without the factor of the place
        // itself, `r[i]` of the next place is that of this one: `s[i] = dy[i] + x[i] s[i + 1]`, `r[i] = s[i + 1]`.
        let scan = LinearScan { axis, reverse: !reverse, lagging: !exclusive };
        let mut after = builder.add(scan, &[x, grad]);
        if exclusive {
            after = shift(builder, after, axis, !reverse);
        }
        Ok(vec![Some(builder.map(&mul(arg(0), arg(1)), &[before, after]))])
    }

    fn evaluate(&self, inputs: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        let x = inputs[0];
        let mut out = x.clone();
        walk(&x.shape, self.axis, self.reverse, |at, before| {
            let product = before.map_or(1.0, |before| out.data[before]);
            let factor =
                if self.exclusive { before.map_or(1.0, |before| x.data[before]) } else { x.data[at] };
            out.data[at] = product * factor;
        });
        vec![out]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        inputs[0].numel()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (axis, exclusive) = (scan_axis(call, self.axis, self.reverse), self.exclusive);
        let (runtime, out, x) = (call.runtime, &call.outputs[0], &call.inputs[0]);
        Some(quote!(#runtime::ops::scan::cumprod(#out, #x, #axis, #exclusive)))
    }
}
