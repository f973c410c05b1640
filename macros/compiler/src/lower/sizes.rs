//! Arithmetic of sizes: at compile time, as polynomials of run-time dimensions, and, for comparisons, at run time.

use super::expression::method_of;
use super::scan::shown;
use super::{Lowering, Result, Val};
use crate::constant::{Static, apply, inexact_division};
use crate::diagnostics::{Diagnostic, Place};
use crate::graph::Size;
use std::collections::HashMap;
use syn::spanned::Spanned;
use syn::{BinOp, Expr, ExprBinary};

impl Lowering<'_> {
    /// A comparison of sizes that are known at run time only.
    fn compare_sizes(&mut self, binary: &ExprBinary, a: &Size, b: &Size) -> Result<Val> {
        let name = method_of(&binary.op).expect("comparisons are operations");
        let mut args = Vec::new();
        for (size, side) in [(a, &binary.left), (b, &binary.right)] {
            let place = Place::of(side);
            args.push((Val::Tensor(self.as_tensor(Val::Size(size.clone()), place)?), place));
        }
        self.call_method(name, args, Vec::new(), binary.op.span())
    }

    pub(super) fn size_arithmetic(&mut self, binary: &ExprBinary, a: &Size, b: &Size) -> Result<Val> {
        let op = &binary.op;
        if let (Some(a), Some(b)) = (a.as_literal(), b.as_literal()) {
            if let Some(mut diagnostic) = inexact_division(binary, &Static::Int(a), &Static::Int(b)) {
                diagnostic.place = self.place(diagnostic.place);
                diagnostic.notes.extend(self.sizes_note());
                return self.error(diagnostic);
            }
            if let Some(value) = apply(op, &Static::Int(a), &Static::Int(b)) {
                return Ok(Val::from_static(&value));
            }
        }
        let size = match op {
            BinOp::Add(_) => Some(a.add(b)),
            BinOp::Sub(_) => Some(a.sub(b)),
            BinOp::Mul(_) => Some(a.mul(b)),
            BinOp::Div(_) => divide(a, b),
            BinOp::Eq(_) if a == b => return Ok(Val::Bool(true)),
            BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) | BinOp::Eq(_) | BinOp::Ne(_) => {
                return self.compare_sizes(binary, a, b);
            }
            _ => None,
        };
        match size {
            Some(size) => Ok(Val::Size(size)),
            None => {
                let place = self.place(Place::of(binary));
                let text = quote::ToTokens::to_token_stream(op);
                let (a, b) = (shown(a), shown(b));
                self.error(
                    Diagnostic::new(place, format!("`{a} {text} {b}` cannot be worked out at compile time"))
                        .help("sizes known at run time can be added, subtracted, multiplied, and divided by numbers"),
                )
            }
        }
    }
}

/// A size over run-time dimensions, when the expression names any; arithmetic is + - * and division by numbers.
pub(super) fn symbolic(
    expr: &Expr,
    dims: &HashMap<String, Size>,
    consts: &HashMap<String, i64>,
    hypers: &HashMap<String, Static>,
) -> Option<Size> {
    match expr {
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(int), .. }) => int.base10_parse().ok().map(Size::literal),
        Expr::Paren(inner) => symbolic(&inner.expr, dims, consts, hypers),
        Expr::Group(inner) => symbolic(&inner.expr, dims, consts, hypers),
        Expr::Block(block) => match block.block.stmts.as_slice() {
            [syn::Stmt::Expr(inner, None)] => symbolic(inner, dims, consts, hypers),
            _ => None,
        },
        Expr::Path(path) => {
            let name = path.path.get_ident()?.to_string();
            let hyper = || match hypers.get(&name) {
                Some(Static::Int(value)) => Some(Size::literal(*value)),
                _ => None,
            };
            dims.get(&name).cloned().or_else(|| consts.get(&name).map(|&value| value.into())).or_else(hyper)
        }
        Expr::Binary(binary) => {
            let (left, right) = (
                symbolic(&binary.left, dims, consts, hypers)?,
                symbolic(&binary.right, dims, consts, hypers)?,
            );
            match binary.op {
                syn::BinOp::Add(_) => Some(left.add(&right)),
                syn::BinOp::Sub(_) => Some(left.sub(&right)),
                syn::BinOp::Mul(_) => Some(left.mul(&right)),
                syn::BinOp::Div(_) => divide(&left, &right),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `left / right`: exact, or rounded down when a run-time size is divided by a number.
pub(super) fn divide(left: &Size, right: &Size) -> Option<Size> {
    if let Some(exact) = left.exact_div(right) {
        return Some(exact);
    }
    // Between numbers, a remainder is a mistake.
    if left.as_literal().is_some() {
        return None;
    }
    right.as_literal().filter(|&divisor| divisor > 0).map(|divisor| left.floor_div(divisor))
}
