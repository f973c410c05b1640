//! Whether a condition holds everywhere, or anywhere: `(x > 0.0).all(axes, keepdim)`, `(x > 0.0).any(axes, keepdim)`.
//!
//! The results are truth values, which have no gradient.

use super::call::{Build::One, Call, Method, Problem};
use super::reduce::ReduceKind;
use super::sum::{Axes, PARAMS};
use crate::graph::scalar::{Binary, arg, binary, constant, select};
use crate::graph::{ElementType, Value};

/// `all` and `any` of the result of a comparison.
pub const METHODS: &[Method] = &[
    Method { name: "all", params: PARAMS, build: One(|call| build(call, ReduceKind::Min)) },
    Method { name: "any", params: PARAMS, build: One(|call| build(call, ReduceKind::Max)) },
];

fn build(call: &mut Call<'_>, kind: ReduceKind) -> Result<Value, Problem> {
    let value = call.tensor(0)?;
    let element = call.builder.ty(value).element;
    if element != ElementType::Bool {
        return Err(Problem::from(format!(
            "`{}` takes the result of a comparison, found a tensor of `{}`",
            call.method.name,
            element.name()
        ))
        .at(0)
        .help(format!("compare it, for instance `(x != 0.0).{}()`", call.method.name)));
    }
    let axes = Axes::read(call, 1)?;
    let builder = &mut *call.builder;
    let truth = builder.map(&select(arg(0), constant(1.0), constant(0.0)), &[value]);
    let reduced = builder.reduce(kind, truth, axes.reduced.clone());
    let reduced = axes.finish(builder, reduced);
    Ok(builder.map(&binary(Binary::NotEqual, arg(0), constant(0.0)), &[reduced]))
}
