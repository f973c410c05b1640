//! Operators that move elements.

use super::reduction::axes;
use super::{float, from_last, literals, number, numbers, place, shape, sizes, tensor, uncovered};
use crate::{Context, Uncovered};
use macrograd_compiler::graph::types::product;
use macrograd_compiler::graph::{Size, Value};
use macrograd_compiler::ops::call::Argument;

pub(super) fn reshape(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let from = literals(c, x);
    let keep_zero = c.case.integer("allowzero", 0) == 0;
    let mut to = c.case.indices(1).unwrap_or_default();
    for (axis, size) in to.iter_mut().enumerate() {
        if *size == 0 && keep_zero {
            *size = from.get(axis).copied().unwrap_or(0);
        }
    }
    if let Some(open) = to.iter().position(|&size| size == -1) {
        let known: i64 = to.iter().filter(|&&size| size != -1).product();
        to[open] = from.iter().product::<i64>() / known.max(1);
    }
    Ok(vec![c.call_with("reshape", vec![tensor(x), numbers(to)], Vec::new())?])
}

/// Everything before the axis, and everything from it on.
pub(super) fn flatten(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let from = shape(c, x);
    let axis = c.case.integer("axis", 1);
    let axis = if axis < 0 { axis + from.len() as i64 } else { axis } as usize;
    let to = vec![product(&from[..axis]), product(&from[axis..])];
    Ok(vec![c.call_with("reshape", vec![tensor(x), sizes(to)], Vec::new())?])
}

pub(super) fn squeeze(c: &mut Context<'_>, insert: bool) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let mut to = shape(c, x);
    let given = axes(c).unwrap_or_default();
    let rank = (to.len() + if insert { given.len() } else { 0 }) as i64;
    let mut axes: Vec<usize> = given.iter().map(|&axis| axis.rem_euclid(rank) as usize).collect();
    if !insert && axes.is_empty() {
        axes = (0..to.len()).filter(|&axis| to[axis].is_one()).collect();
    }
    axes.sort_unstable();
    if insert {
        axes.into_iter().for_each(|axis| to.insert(axis, Size::one()));
    } else {
        axes.into_iter().rev().for_each(|axis| drop(to.remove(axis)));
    }
    Ok(vec![c.call_with("reshape", vec![tensor(x), sizes(to)], Vec::new())?])
}

pub(super) fn expand(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let mut to = c.case.indices(1).unwrap_or_default();
    let from = literals(c, x);
    // ONNX broadcasts both ways: a 1 asked for leaves the size as it is.
    while to.len() < from.len() {
        to.insert(0, 1);
    }
    let added = to.len() - from.len();
    for (axis, &size) in from.iter().enumerate() {
        if to[added + axis] == 1 {
            to[added + axis] = size;
        }
    }
    Ok(vec![c.call_with("expand", vec![tensor(x), numbers(to)], Vec::new())?])
}

pub(super) fn transpose(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let rank = shape(c, x).len() as i64;
    let axes = c.case.integers("perm").unwrap_or_else(|| (0..rank).rev().collect());
    Ok(vec![c.call_with("permute", vec![tensor(x), numbers(axes)], Vec::new())?])
}

pub(super) fn concat(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let values = (0..c.case.inputs.len()).map(|index| c.input(index));
    let values = values.collect::<Result<Vec<Value>, Uncovered>>()?;
    let list = Argument::List(values.into_iter().map(tensor).collect());
    let axis = c.case.integer("axis", 0);
    Ok(vec![c.call_with("concat", vec![list, number(axis)], Vec::new())?])
}

/// Backwards by `flip`, in steps by `step_by`.
pub(super) fn slice(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let mut x = c.input(0)?;
    let from = literals(c, x);
    let (starts, ends) = (c.case.indices(1).unwrap_or_default(), c.case.indices(2).unwrap_or_default());
    let axes = c.case.indices(3).unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = c.case.indices(4).unwrap_or_else(|| vec![1; starts.len()]);
    for (index, axis) in axes.into_iter().enumerate() {
        let axis = place(axis, from.len());
        let (size, step) = (from[axis], steps[index]);
        let from_start = |at: i64| if at < 0 { at + size } else { at };
        let (mut start, mut end) = (from_start(starts[index]), from_start(ends[index]));
        if step < 0 {
            x = c.call_with("flip", vec![tensor(x), numbers([axis as i64])], Vec::new())?;
            (start, end) = (size - 1 - start, size - 1 - end);
        }
        let (start, end) = (start.clamp(0, size), end.clamp(0, size));
        if start >= end {
            return uncovered("tensors without elements");
        }
        let mut args = vec![tensor(x)];
        args.extend(from.iter().map(|_| Argument::Range(None, None)));
        args[axis + 1] = Argument::Range(Some(start.into()), Some(end.into()));
        x = c.call_with("slice", args, Vec::new())?;
        let step = number(step.abs());
        x = c.call_with("step_by", vec![tensor(x), step, number(axis as i64)], Vec::new())?;
    }
    Ok(vec![x])
}

/// One slice for each part.
pub(super) fn split(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let from = literals(c, x);
    let axis = c.case.integer("axis", 0).rem_euclid(from.len() as i64) as usize;
    let count = c.case.outputs.len() as i64;
    let whole = (from[axis] + count - 1) / count;
    let lengths = c
        .case
        .indices(1)
        .unwrap_or_else(|| (0..count).map(|part| whole.min(from[axis] - part * whole)).collect());
    let mut start = 0;
    let mut parts = Vec::new();
    for length in lengths {
        if length == 0 {
            return uncovered("tensors without elements");
        }
        let mut args = vec![tensor(x)];
        args.extend(from.iter().map(|_| Argument::Range(None, None)));
        args[axis + 1] = Argument::Range(Some(start.into()), Some((start + length).into()));
        parts.push(c.call_with("slice", args, Vec::new())?);
        start += length;
    }
    Ok(parts)
}

pub(super) fn tile(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let counts = numbers(c.case.indices(1).unwrap_or_default());
    Ok(vec![c.call_with("tile", vec![tensor(x), counts], Vec::new())?])
}

pub(super) fn trilu(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let method = if c.case.integer("upper", 1) == 1 { "triu" } else { "tril" };
    let diagonal = c.case.indices(1).and_then(|list| list.first().copied()).unwrap_or(0);
    Ok(vec![c.call_with(method, vec![tensor(x), number(diagonal)], Vec::new())?])
}

/// ONNX lists the places before all axes, then those after them.
pub(super) fn pad(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let rank = shape(c, x).len();
    let pads = c.case.indices(1).unwrap_or_default();
    let axes = c.case.indices(3).unwrap_or_else(|| (0..rank as i64).collect());
    let mut pairs = vec![[0, 0]; rank];
    for (index, &axis) in axes.iter().enumerate() {
        pairs[place(axis, rank)] = [pads[index], pads[axes.len() + index]];
    }
    let mut named = Vec::new();
    match c.case.text("mode").unwrap_or("constant") {
        "constant" => {
            let value = c.case.numbers(2).and_then(|list| list.first().copied()).unwrap_or(0.0);
            named.push(("value", float(value)));
        }
        "reflect" => named.push(("mode", Argument::Text("reflect".to_string()))),
        "edge" => named.push(("mode", Argument::Text("replicate".to_string()))),
        "wrap" => named.push(("mode", Argument::Text("circular".to_string()))),
        mode => return uncovered(format!("mode {mode}")),
    }
    Ok(vec![c.call_with("pad", vec![tensor(x), from_last(&pairs)], named)?])
}

/// Channels `[N, a b, …]` as `[N, b a, …]`.
fn swap_channels(c: &mut Context<'_>, x: Value, a: i64, b: i64) -> Result<Value, Uncovered> {
    let from = literals(c, x);
    let parted = numbers([from[0], a, b, from[2], from[3]]);
    let parted = c.call_with("reshape", vec![tensor(x), parted], Vec::new())?;
    let swapped = c.call_with("swapaxes", vec![tensor(parted), number(1), number(2)], Vec::new())?;
    c.call_with("reshape", vec![tensor(swapped), numbers(from)], Vec::new())
}

/// `pixel_shuffle`, whose order is CRD; DCR has the places of a block before the channels.
pub(super) fn depth_to_space(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let mut x = c.input(0)?;
    let block = c.case.integer("blocksize", 1);
    if c.case.text("mode") != Some("CRD") {
        let channels = literals(c, x)[1] / (block * block);
        x = swap_channels(c, x, block * block, channels)?;
    }
    Ok(vec![c.call_with("pixel_shuffle", vec![tensor(x), number(block)], Vec::new())?])
}

/// The inverse of DCR.
pub(super) fn space_to_depth(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let (channels, block) = (literals(c, x)[1], c.case.integer("blocksize", 1));
    let deep = c.call_with("pixel_unshuffle", vec![tensor(x), number(block)], Vec::new())?;
    Ok(vec![swap_channels(c, deep, channels, block * block)?])
}

/// The middle, or zeros on both sides; of an odd number of places, one more is cut off or added at the end.
pub(super) fn center_crop_pad(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let from = literals(c, x);
    let to = c.case.indices(1).unwrap_or_default();
    let axes = c.case.integers("axes").unwrap_or_else(|| (0..from.len() as i64).collect());
    let mut pairs = vec![[0, 0]; from.len()];
    for (axis, to) in axes.into_iter().zip(to) {
        let axis = place(axis, from.len());
        let added = to - from[axis];
        pairs[axis] = [added / 2, added - added / 2];
    }
    Ok(vec![c.call_with("pad", vec![tensor(x), from_last(&pairs)], Vec::new())?])
}
