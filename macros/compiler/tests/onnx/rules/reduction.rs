//! Reductions, running sums and searches along axes.

use super::{float, from_last, literals, number, numbers, place, shape, tensor, uncovered};
use crate::{Context, Uncovered};
use macrograd_compiler::graph::{ElementType, Value};
use macrograd_compiler::ops::call::{Argument, Built};

pub(super) fn softmax(c: &mut Context<'_>, method: &str) -> Result<Vec<Value>, Uncovered> {
    let (x, axis) = (c.input(0)?, c.case.integer("axis", -1));
    Ok(vec![c.call_with(method, vec![tensor(x), number(axis)], Vec::new())?])
}

/// Axes from the second input, or from the attribute of older versions.
pub(super) fn axes(c: &Context<'_>) -> Option<Vec<i64>> {
    c.case.indices(1).or_else(|| c.case.integers("axes"))
}

pub(super) fn reduce(
    c: &mut Context<'_>,
    before: &[&str],
    method: &str,
    after: &[&str],
) -> Result<Vec<Value>, Uncovered> {
    let mut x = c.input(0)?;
    let axes = axes(c).unwrap_or_default();
    let apply = |c: &mut Context<'_>, x: Value, name: &str| match name {
        "square" => c.call("mul", &[x, x]),
        name => c.call(name, &[x]),
    };
    for name in before {
        x = apply(c, x, name)?;
    }
    let nothing = axes.is_empty() && c.case.integer("noop_with_empty_axes", 0) == 1;
    if !nothing {
        let mut named = vec![("keepdim", Argument::Bool(c.case.integer("keepdims", 1) == 1))];
        if !axes.is_empty() {
            named.push(("axes", numbers(axes)));
        }
        // The larger of truth values is whether any holds.
        let method = match (method, c.builder.ty(x).element) {
            ("max", ElementType::Bool) => "any",
            ("min", ElementType::Bool) => "all",
            _ => method,
        };
        x = c.call_with(method, vec![tensor(x)], named)?;
    }
    for name in after {
        x = apply(c, x, name)?;
    }
    Ok(vec![x])
}

pub(super) fn arg_extreme(c: &mut Context<'_>, method: &str) -> Result<Vec<Value>, Uncovered> {
    if c.case.integer("select_last_index", 0) == 1 {
        return uncovered("the last of equal elements; ours is the first, as PyTorch's");
    }
    let x = c.input(0)?;
    let (axis, keepdim) = (c.case.integer("axis", 0), c.case.integer("keepdims", 1) == 1);
    let named = vec![("keepdim", Argument::Bool(keepdim))];
    Ok(vec![c.call_with(method, vec![tensor(x), number(axis)], named)?])
}

pub(super) fn global_pool(c: &mut Context<'_>, method: &str) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let axes = numbers(2..shape(c, x).len() as i64);
    Ok(vec![c.call_with(method, vec![tensor(x), axes], vec![("keepdim", Argument::Bool(true))])?])
}

/// A one where the largest element of the axis is, the first of equal ones.
pub(super) fn hardmax(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let axis = c.case.integer("axis", -1);
    let sizes = literals(c, x);
    let largest = c.call_with("argmax", vec![tensor(x), number(axis)], Vec::new())?;
    let classes = number(sizes[place(axis, sizes.len())]);
    let ones = c.call_with("one_hot", vec![tensor(largest), classes], Vec::new())?;
    Ok(vec![c.call_with("movedim", vec![tensor(ones), number(-1), number(axis)], Vec::new())?])
}

/// Running sums or products. Exclusive ones are moved by one place, behind what stands before all elements.
pub(super) fn cumulate(c: &mut Context<'_>, method: &str, neutral: f64) -> Result<Vec<Value>, Uncovered> {
    let mut x = c.input(0)?;
    let rank = literals(c, x).len();
    let Some(&[axis]) = c.case.indices(1).as_deref() else { return uncovered("no axis") };
    let reverse = c.case.integer("reverse", 0) == 1;
    if reverse {
        x = c.call_with("flip", vec![tensor(x), numbers([axis])], Vec::new())?;
    }
    x = c.call_with(method, vec![tensor(x), number(axis)], Vec::new())?;
    if c.case.integer("exclusive", 0) == 1 {
        let mut pairs = vec![[0, 0]; rank];
        pairs[place(axis, rank)] = [1, -1];
        x = c.call_with("pad", vec![tensor(x), from_last(&pairs)], vec![("value", float(neutral))])?;
    }
    if reverse {
        x = c.call_with("flip", vec![tensor(x), numbers([axis])], Vec::new())?;
    }
    Ok(vec![x])
}

pub(super) fn topk(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let Some(&[k]) = c.case.indices(1).as_deref() else { return uncovered("no number of elements") };
    let named = vec![
        ("axis", number(c.case.integer("axis", -1))),
        ("largest", Argument::Bool(c.case.integer("largest", 1) == 1)),
        ("sorted", Argument::Bool(c.case.integer("sorted", 1) == 1)),
    ];
    match c.call_many("topk", vec![tensor(x), number(k)], named)? {
        Built::Many(values) => Ok(values),
        Built::One(value) => Ok(vec![value]),
    }
}
