//! The trap: after each step, a look at what it has computed.
//!
//! ```text
//! ::macrograd::__private::watch::check(
//!     &watch::Step { place: "src/net.rs:22:30", name: "ln", backward: false, makes_infinities: false },
//!     &[watch::Operand { name: "ln", shape: &[dim_n, 10], values: ln_12 }],
//!     &[watch::Operand { name: "probs", shape: &[dim_n, 10], values: softmax_11 }],
//! )?;
//! ```

use super::function::FunctionEmitter;
use super::origins::shown_name;
use crate::graph::scalar::Scalar;
use crate::graph::{ElementType, Size, Value};
use crate::ops::{Op, Operation};
use crate::plan::{FusedLoop, Step};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

impl FunctionEmitter<'_> {
    /// The check of a step whose results and operands are borrowed under these names. Nothing without the trap.
    pub(super) fn trap(
        &self,
        step: &Step,
        results: &[(Value, Ident)],
        operands: &[(Value, Ident)],
    ) -> TokenStream {
        if !self.context.traps || !is_checked(step) {
            return TokenStream::new();
        }
        let runtime = &self.context.runtime;
        let Some(results) = self.watched(results) else { return TokenStream::new() };
        let operands = self.watched(operands).unwrap_or_default();
        let of = match step {
            Step::Fused(fused) => fused.stores[0].value,
            Step::Kernel(node) => node.outputs[0],
            Step::Copy(_) | Step::Repeat(_) | Step::IfElse(_) => return TokenStream::new(),
        };
        let origin = self.plan.graph.origin(of);
        let start = origin.span.start();
        let place = format!("{}:{}:{}", origin.span.file(), start.line, start.column + 1);
        let (name, backward) = (shown_name(of, self.plan), origin.backward);
        let makes_infinities = makes_infinities(step);
        quote! {
            #runtime::watch::check(
                &#runtime::watch::Step {
                    place: #place, name: #name, backward: #backward, makes_infinities: #makes_infinities,
                },
                &[#results],
                &[#operands],
            )?;
        }
    }

    /// Those of the values that are reals, as operands of a check; `None` without any.
    fn watched(&self, values: &[(Value, Ident)]) -> Option<TokenStream> {
        let reals =
            values.iter().filter(|(value, _)| self.plan.graph.ty(*value).element == ElementType::Real);
        let runtime = &self.context.runtime;
        let watched: TokenStream = reals
            .map(|(value, ident)| {
                let origin = self.plan.graph.origin(*value);
                let gradient = if origin.backward { "gradient at " } else { "" };
                let name = format!("{gradient}{}", shown_name(*value, self.plan));
                let shape = self.plan.graph.ty(*value).shape.iter().map(Size::to_tokens);
                quote!(#runtime::watch::Operand { name: #name, shape: &[#(#shape),*], values: &*#ident },)
            })
            .collect();
        (!watched.is_empty()).then_some(watched)
    }
}

/// Whether what a step leaves is all computed by it.
fn is_checked(step: &Step) -> bool {
    !matches!(step, Step::Kernel(node) if matches!(node.op, Op::Unset(_) | Op::Dbg(_)))
}

/// Whether infinities are what a step is for.
fn makes_infinities(step: &Step) -> bool {
    match step {
        Step::Kernel(node) => node.op.makes_infinities(),
        Step::Fused(FusedLoop { statements, .. }) => statements.iter().any(has_infinity),
        Step::Copy(_) | Step::Repeat(_) | Step::IfElse(_) => false,
    }
}

fn has_infinity(scalar: &Scalar) -> bool {
    match scalar {
        Scalar::Const(number) => number.value().is_infinite(),
        Scalar::Arg(_) | Scalar::Size(_) => false,
        Scalar::Unary(_, x) => has_infinity(x),
        Scalar::Binary(_, x, y) => has_infinity(x) || has_infinity(y),
        Scalar::Select(c, x, y) => has_infinity(c) || has_infinity(x) || has_infinity(y),
    }
}
