//! The node of linear recurrences along an axis: `y[j] = x[j] + f[j] y[j - 1]`, with `y[-1] = 0`.
//!
//! d/dx is the recurrence in the other direction, `g[j] = dy[j] + f[j + 1] g[j + 1]`, and `df[j] = g[j] y[j - 1]`. So
//! that the factors need not be shifted, a lagging recurrence multiplies by the factor of the place before,
//! `y[j] = x[j] + f[j - 1] y[j - 1]`; each kind is the gradient of the other.
//! Source: Martin and Cundy, "Parallelizing Linear Recurrent Neural Nets Over Sequence Length", 2018, section 2.

use super::call::Method;
use super::cumsum::{direction, scan_axis, walk};
use super::slice::{Slice, Unslice};
use super::{KernelCall, Operation, Vjp, check_count};
use crate::graph::scalar::{arg, constant, mul};
use crate::graph::{Builder, Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// Nothing to call: it is the gradient of `cumprod`.
pub const METHODS: &[Method] = &[];

/// The recurrence over factors and terms of one shape.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct LinearScan {
    /// Along which axis.
    pub axis: usize,
    /// From the last place to the first: `j + 1` takes the place of `j - 1`.
    pub reverse: bool,
    /// Whether the factor of the place before counts.
    pub lagging: bool,
}

/// Moves values to the next place along an axis, to the place before in reverse; zeros follow.
pub(super) fn shift(builder: &mut Builder, value: Value, axis: usize, reverse: bool) -> Value {
    let shape = builder.ty(value).shape.clone();
    if shape[axis].is_one() {
        return builder.map(&mul(arg(0), constant(0.0)), &[value]);
    }
    let mut sizes = shape.clone();
    sizes[axis] = sizes[axis].sub(&Size::one());
    let (mut first, mut second) = (vec![Size::default(); shape.len()], vec![Size::default(); shape.len()]);
    first[axis] = Size::one();
    if !reverse {
        std::mem::swap(&mut first, &mut second);
    }
    let part = builder.add(Slice { starts: first, sizes }, &[value]);
    builder.add(Unslice { starts: second, shape }, &[part])
}

impl Operation for LinearScan {
    fn text(&self) -> String {
        let lagging = if self.lagging { "lagging " } else { "" };
        format!("{lagging}linear scan along {}{}", self.axis, direction(self.reverse))
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 2)?;
        if inputs[0] != inputs[1] {
            return Err(format!("factors {} for terms {}", inputs[0], inputs[1]));
        }
        Ok(vec![inputs[1].clone()])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let LinearScan { axis, reverse, lagging } = *self;
        let (factor, output, grad) = (vjp.inputs[0], vjp.outputs[0], vjp.grad());
        let back = LinearScan { axis, reverse: !reverse, lagging: !lagging };
        let grad_terms = vjp.builder.add(back, &[factor, grad]);
        let grad_factor = vjp.if_needed(0, |builder| {
            // The factor between two places: of the later one, or, lagging, of the earlier one.
            let (earlier, later) = if lagging {
                (output, shift(builder, grad_terms, axis, !reverse))
            } else {
                (shift(builder, output, axis, reverse), grad_terms)
            };
            builder.map(&mul(arg(0), arg(1)), &[earlier, later])
        });
        Ok(vec![grad_factor, Some(grad_terms)])
    }

    fn evaluate(&self, inputs: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        let (factor, mut out) = (inputs[0], inputs[1].clone());
        walk(&factor.shape, self.axis, self.reverse, |at, before| {
            if let Some(before) = before {
                out.data[at] += factor.data[if self.lagging { before } else { at }] * out.data[before];
            }
        });
        vec![out]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        inputs[0].numel().mul(&2.into())
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (axis, lagging) = (scan_axis(call, self.axis, self.reverse), self.lagging);
        let (runtime, out, factor, x) = (call.runtime, &call.outputs[0], &call.inputs[0], &call.inputs[1]);
        Some(quote!(#runtime::ops::scan::linear_scan(#out, #factor, #x, #axis, #lagging)))
    }
}
