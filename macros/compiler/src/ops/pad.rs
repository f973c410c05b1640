//! Padding, PyTorch's `pad`: places added around the last axes, filled with a number, mirrored, repeated or wrapped.
//!
//! Zeros are one copy into a larger tensor, whatever the number of axes; the other modes go axis by axis, which gives the
//! corners the values they have in PyTorch. The gradient adds up all copies of an element.

use super::axis_map::{Edge, Rule, axis_map};
use super::call::{Argument, Build::One, Call, Method, Problem, describe};
use super::slice::{Slice, Unslice};
use super::{optional, required, tensor};
use crate::graph::{Builder, Size, Value, shape_text};

/// `x.pad([left, right, top, bottom, …], mode = "constant", value = 0.0)`, from the last axis on.
pub const METHODS: &[Method] = &[Method {
    name: "pad",
    params: &[tensor("x"), required("padding"), optional("mode"), optional("value")],
    build: One(build),
}];

/// What can stand beyond an edge, by the names of PyTorch's `pad`; `padding_mode` of layers calls the first `zeros`.
pub(super) const MODES: [&str; 4] = ["constant", "reflect", "replicate", "circular"];

/// The edges of [`MODES`].
pub(super) const EDGES: [Edge; 4] = [Edge::Constant, Edge::Reflect, Edge::Replicate, Edge::Circular];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let shape = call.shape(0)?;
    let pairs = read_padding(call, &shape)?;
    let edge = EDGES[call.choice(2, Some(0), &MODES)?];
    if edge != Edge::Constant && call.given(3).is_some() {
        return Err(Problem::from(format!(
            "`value` fills a constant edge, but `mode` is {:?}",
            MODES[edge as usize]
        ))
        .at(3)
        .help("leave `value` out, or write `mode = \"constant\"`"));
    }
    let fill = call.float(3, Some(0.0))?;
    for (axis, &[before, after]) in pairs.iter().enumerate() {
        check_edge(edge, &shape, axis, [before, after]).map_err(|problem| problem.at(1))?;
    }
    Ok(pad(call.builder, value, &pairs, edge, fill))
}

/// The places to add before and after each axis.
fn read_padding(call: &Call<'_>, shape: &[Size]) -> Result<Vec<[i64; 2]>, Problem> {
    let literal = |item: &Argument| match item {
        Argument::Size(size) => size.as_literal(),
        _ => None,
    };
    let list: Option<Vec<i64>> = match call.given(1) {
        Some(Argument::List(list)) => list.iter().map(literal).collect(),
        _ => None,
    };
    let list = list.filter(|list| !list.is_empty() && list.len().is_multiple_of(2));
    let Some(list) = list else {
        let found = call.given(1).map_or("nothing".to_string(), |arg| describe(arg, call.builder));
        return Err(Problem::from(format!(
            "`padding` of `pad` is a list of whole numbers known at compile time, two for each axis from the last one on, found {found}"
        ))
        .at(1)
        .help("write `[left, right]`, or `[left, right, top, bottom]`"));
    };
    if list.len() > 2 * shape.len() {
        return Err(Problem::from(format!(
            "`padding` of `pad` has {} numbers, two for each of {} axes, but the tensor has {}",
            list.len(),
            list.len() / 2,
            shape.len()
        ))
        .at(1)
        .note(format!("the tensor is {}", shape_text(shape)))
        .help(format!("give at most {} numbers", 2 * shape.len())));
    }
    let mut pairs = vec![[0, 0]; shape.len()];
    for (pair, numbers) in pairs.iter_mut().rev().zip(list.as_chunks::<2>().0) {
        *pair = *numbers;
    }
    Ok(pairs)
}

/// Refuses what the size of an axis does not allow, as far as it is known.
pub(super) fn check_edge(edge: Edge, shape: &[Size], axis: usize, pair: [i64; 2]) -> Result<(), Problem> {
    let size = &shape[axis];
    let [before, after] = pair;
    let padded = size.add(&Size::literal(before + after));
    let is_less = |a: &Size, least: i64| a.as_literal().is_some_and(|size| size < least);
    if is_less(&padded, 1) || is_less(&size.add(&Size::literal(before.min(0))), 1) {
        return Err(Problem::from(format!(
            "padding [{before}, {after}] leaves nothing of axis {axis}, which has size {size}"
        ))
        .note(format!("the tensor is {}", shape_text(shape)))
        .help(format!("cut off at most {} places in all", size.sub(&Size::one()))));
    }
    // The edge itself is not repeated by a reflection; wrapping goes once round.
    let (most, what) = match edge {
        Edge::Reflect => (size.sub(&Size::one()), "reflects"),
        Edge::Circular => (size.add(&Size::literal(before.min(0) + after.min(0))), "wraps"),
        Edge::Constant | Edge::Replicate => return Ok(()),
    };
    let widest = before.max(after);
    if !is_less(&most, widest) {
        return Ok(());
    }
    Err(Problem::from(format!("padding {widest} {what} more of axis {axis} than its {size} places allow"))
        .note(format!("the tensor is {}", shape_text(shape)))
        .help(format!("use a padding of at most {most}, or the mode \"replicate\"")))
}

/// Adds places before and after each axis; negative numbers cut off.
pub(super) fn pad(builder: &mut Builder, value: Value, pairs: &[[i64; 2]], edge: Edge, fill: f64) -> Value {
    if edge == Edge::Constant && fill == 0.0 {
        return pad_zeros(builder, value, pairs);
    }
    if edge == Edge::Circular && pairs.iter().flatten().any(|&places| places < 0) {
        // What is cut off is gone before the rest wraps.
        let cut = |pairs: &[[i64; 2]], by: fn(i64) -> i64| -> Vec<[i64; 2]> {
            pairs.iter().map(|pair| pair.map(by)).collect()
        };
        let kept = pad_zeros(builder, value, &cut(pairs, |places| places.min(0)));
        return pad(builder, kept, &cut(pairs, |places| places.max(0)), edge, fill);
    }
    let mut padded = value;
    // From the last axis on: the loop over it is the slowest, and the tensor grows.
    for (axis, &[before, after]) in pairs.iter().enumerate().rev() {
        if [before, after] != [0, 0] {
            let size = builder.ty(padded).shape[axis].add(&Size::literal(before + after));
            padded = axis_map(builder, padded, axis, size, Rule::Pad { before, edge }, fill);
        }
    }
    padded
}

fn pad_zeros(builder: &mut Builder, value: Value, pairs: &[[i64; 2]]) -> Value {
    let starts = |sign: i64| pairs.iter().map(|[before, _]| Size::literal((sign * before).max(0))).collect();
    let shape = builder.ty(value).shape.clone();
    let resized = |by: fn(i64) -> i64, shape: &[Size]| -> Vec<Size> {
        let changes = pairs.iter().map(|[before, after]| Size::literal(by(*before) + by(*after)));
        shape.iter().zip(changes).map(|(size, change)| size.add(&change)).collect()
    };
    let kept = resized(|places| places.min(0), &shape);
    let padded = resized(|places| places.max(0), &kept);
    let mut result = value;
    if kept != shape {
        result = builder.add(Slice { starts: starts(-1), sizes: kept.clone() }, &[result]);
    }
    if padded != kept {
        result = builder.add(Unslice { starts: starts(1), shape: padded }, &[result]);
    }
    result
}
