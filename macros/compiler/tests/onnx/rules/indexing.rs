//! Operators with indices, and tensors made from sizes.

use super::{float, literals, number, numbers, tensor, uncovered};
use crate::{Context, Uncovered};
use macrograd_compiler::graph::{ElementType, Value};
use macrograd_compiler::ops::call::Argument;

/// The indices of input 1.
fn indices(c: &mut Context<'_>) -> Result<Value, Uncovered> {
    if c.case.indices(1).is_some_and(|list| list.iter().any(|&index| index < 0)) {
        return uncovered("negative indices; ours are from 0 on, as PyTorch's");
    }
    c.input(1)
}

pub(super) fn gather(c: &mut Context<'_>, method: &str) -> Result<Vec<Value>, Uncovered> {
    let (x, index) = (c.input(0)?, indices(c)?);
    let axis = number(c.case.integer("axis", 0));
    Ok(vec![c.call_with(method, vec![tensor(x), axis, tensor(index)], Vec::new())?])
}

pub(super) fn scatter_elements(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let method = match c.case.text("reduction").unwrap_or("none") {
        "none" => "scatter",
        "add" => "scatter_add",
        reduction => return uncovered(format!("reduction {reduction}")),
    };
    let (x, index, updates) = (c.input(0)?, indices(c)?, c.input(2)?);
    let axis = number(c.case.integer("axis", 0));
    Ok(vec![c.call_with(method, vec![tensor(x), axis, tensor(index), tensor(updates)], Vec::new())?])
}

/// `off + (on - off) one_hot`, the classes along a new axis anywhere.
pub(super) fn one_hot(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let label = c.input(0)?;
    if c.case.numbers(0).is_some_and(|list| list.iter().any(|&index| index < 0.0)) {
        return uncovered("negative indices; ours are from 0 on, as PyTorch's");
    }
    let values = c.input(2)?;
    if c.builder.ty(values).element != ElementType::Real {
        return uncovered("whole numbers as results; ours are `f32`");
    }
    let (depth, values) = (c.case.indices(1).unwrap_or_default(), c.case.numbers(2).unwrap_or_default());
    let (&[classes], &[off, on]) = (&depth[..], &values[..]) else { return uncovered("no depth") };
    let ones = c.call_with("one_hot", vec![tensor(label), number(classes)], Vec::new())?;
    let axis = number(c.case.integer("axis", -1));
    let ones = c.call_with("movedim", vec![tensor(ones), number(-1), axis], Vec::new())?;
    let (off_value, step) = (c.builder.constant(off), c.builder.constant(on - off));
    let steps = c.call("mul", &[ones, step])?;
    Ok(vec![c.call("add", &[steps, off_value])?])
}

/// Whole numbers where all three are.
pub(super) fn range(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let mut list = Vec::new();
    for name in &c.case.inputs {
        let (ty, array) = &c.case.given[name];
        let value = array.data[0];
        list.push(if ty.element == ElementType::Real { float(value) } else { number(value as i64) });
    }
    Ok(vec![c.call_with("arange", list, Vec::new())?])
}

/// Another diagonal is the main one of a larger matrix, of which rows or columns are cut off.
pub(super) fn eye_like(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let is_float = match c.case.attributes.get("dtype") {
        Some(element) => element == "1" || element == "11",
        None => c.builder.ty(x).element == ElementType::Real,
    };
    if !is_float {
        return uncovered("whole numbers as results; ours are `f32`");
    }
    let (from, diagonal) = (literals(c, x), c.case.integer("k", 0));
    let (up, down) = (diagonal.max(0), (-diagonal).max(0));
    let larger = vec![number(from[0] + up), number(from[1] + down)];
    let eye = c.call_with("eye", larger, Vec::new())?;
    let rest = |cut: i64| Argument::Range(Some(cut.into()), None);
    Ok(vec![c.call_with("slice", vec![tensor(eye), rest(up), rest(down)], Vec::new())?])
}

pub(super) fn constant_of_shape(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    if c.case.text("value").is_some_and(|value| value.parse::<i64>().is_ok()) {
        return uncovered("whole numbers as results; ours are `f32`");
    }
    let shape = numbers(c.case.indices(0).unwrap_or_default());
    let value = float(c.case.float("value", 0.0));
    Ok(vec![c.call_with("full", vec![shape, value], Vec::new())?])
}
