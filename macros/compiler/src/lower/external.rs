//! Calls of operations that users write in Rust.

use super::signature::Matched;
use super::{Lowering, Result, Val, messages};
use crate::diagnostics::{Diagnostic, Place};
use crate::graph::types::product;
use crate::graph::{ElementType, Float, TensorType, Value};
use crate::ops::external::External;
use crate::parse::{DimExpr, OpKey};
use proc_macro2::Span;

impl Lowering<'_> {
    /// A call of a function under `#[op]`, its arguments matched.
    pub(super) fn external(
        &mut self,
        callee: &messages::Callee<'_>,
        OpKey { key, float }: OpKey,
        Matched { dims, rest, values }: Matched,
        args: &[(Val, Place)],
        span: Span,
    ) -> Result<Val> {
        let function = callee.function;
        let mut types = function.args.iter().map(|arg| &arg.ty).chain(&function.results);
        if float != Float::current() && types.any(|ty| ty.element == ElementType::Real) {
            let place = self.place(Place::from(span));
            let (own, real) = (float.name(), ElementType::Real.name());
            let message = format!(
                "`{}` is an operation over `{own}`, in a model that computes in `{real}`",
                callee.name
            );
            return self.error(Diagnostic::new(place, message).help(format!(
                "write `#[op(dtype = {real})]`, or what it takes and gives as `Tensor<{own}, …>` and cast there"
            )));
        }
        // None of its arguments is optional.
        let values: Vec<Value> = values.into_iter().flatten().collect();
        let inputs: Vec<TensorType> = values.iter().map(|&value| self.builder.ty(value).clone()).collect();
        for ((declared, ty), (_, place)) in function.args.iter().zip(&inputs).zip(args) {
            // Slices are what they are declared as, whole numbers, too.
            if declared.ty.element != ty.element {
                let place = self.place(*place);
                let (name, wanted) = (&declared.ident, declared.ty.element.name());
                let message = format!("`{name}` of `{}` is a slice of `{wanted}`, found {ty}", callee.name);
                return self.error(
                    Diagnostic::new(place, message).help(format!("declare `{name}` as what it is given")),
                );
            }
        }
        let mut outputs = Vec::new();
        for declared in &function.results {
            let mut shape = Vec::new();
            for dim in &declared.dims {
                match dim {
                    DimExpr::Rest(_) => shape.extend(rest.clone().unwrap_or_default()),
                    DimExpr::Size(expr) => shape.push(self.free_dimension(expr, callee.id, &dims)?),
                }
            }
            outputs.push(TensorType { element: declared.element, shape });
        }
        let rest = function.has_rest().then(|| product(&rest.unwrap_or_default()));
        let named = function.dims.iter().map(|dim| dims.get(&dim.ident.to_string()).cloned());
        let Some(sizes) = rest.map(Some).into_iter().chain(named).collect() else {
            let place = self.place(function.ident.span());
            let message = format!("`{}` has a dimension that none of its arguments has alone", callee.name);
            return self.error(
                Diagnostic::new(place, message)
                    .help("use each dimension alone in an argument: `Tensor<N, D>`"),
            );
        };
        self.set_origin(span, callee.name);
        let op = External { name: callee.name.to_string(), key, inputs, outputs, sizes };
        let results = self.builder.try_add(op.into(), &values).expect("its types are those of the operands");
        let mut results = results.into_iter().map(Val::Tensor);
        if function.returns_tuple {
            return Ok(Val::List(results.collect()));
        }
        Ok(results.next().expect("a function that returns no tuple returns one tensor"))
    }
}
