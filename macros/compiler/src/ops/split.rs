//! A tensor in parts along an axis: `split`, `chunk`, `unbind`. Elements of any type.
//!
//! Each part is a copy; parts that nothing uses cost nothing. The gradient puts the parts' gradients in their places.

use super::call::{Argument, Build::Many, Call, Method, Problem};
use super::slice::{part, pick};
use super::{optional, required, tensor};
use crate::graph::{Size, Value, shape_text};

/// `x.split(sizes, axis = 0)`, with one size for all parts, of which the last may be smaller, or a list of sizes;
/// `x.chunk(chunks, axis = 0)`, into parts of equal size, of which the last may be smaller; `x.unbind(axis = 0)`, into
/// single places without the axis.
pub const METHODS: &[Method] = &[
    Method {
        name: "split",
        params: &[tensor("x"), required("sizes"), optional("axis")],
        build: Many(build_split),
    },
    Method {
        name: "chunk",
        params: &[tensor("x"), required("chunks"), optional("axis")],
        build: Many(build_chunk),
    },
    Method { name: "unbind", params: &[tensor("x"), optional("axis")], build: Many(build_unbind) },
];

fn build_split(call: &mut Call<'_>) -> Result<Vec<Value>, Problem> {
    let value = call.tensor(0)?;
    let shape = call.shape(0)?;
    let axis = call.axis(2, Some(0), shape.len())?;
    let sizes = match call.given(1) {
        Some(Argument::List(_)) => {
            let sizes = call.sizes(1)?;
            let sum = sizes.iter().fold(Size::default(), |sum, size| sum.add(size));
            if sum != shape[axis] {
                return Err(Problem::from(format!(
                    "the parts {} of `split` have {sum} places in all, but axis {axis} of {} has {}",
                    shape_text(&sizes),
                    shape_text(&shape),
                    shape[axis]
                ))
                .at(1)
                .help(format!("give sizes that add up to {}", shape[axis])));
            }
            sizes
        }
        _ => equal_parts(call, &shape, axis, call.integer(1, None, 1)?)?,
    };
    Ok(parts(call, value, axis, &sizes))
}

fn build_chunk(call: &mut Call<'_>) -> Result<Vec<Value>, Problem> {
    let value = call.tensor(0)?;
    let shape = call.shape(0)?;
    let chunks = call.integer(1, None, 1)?;
    let axis = call.axis(2, Some(0), shape.len())?;
    // A run-time size that the number divides is cut without knowing it.
    let exact = shape[axis].exact_div(&Size::literal(chunks as i64));
    let sizes = match (shape[axis].as_literal(), exact) {
        (None, Some(size)) => vec![size; chunks],
        _ => {
            let len = known_size(call, &shape, axis)?;
            equal_parts(call, &shape, axis, len.div_ceil(chunks))?
        }
    };
    Ok(parts(call, value, axis, &sizes))
}

fn build_unbind(call: &mut Call<'_>) -> Result<Vec<Value>, Problem> {
    let value = call.tensor(0)?;
    let shape = call.shape(0)?;
    let axis = call.axis(1, Some(0), shape.len())?;
    let len = known_size(call, &shape, axis)?;
    Ok((0..len).map(|place| pick(call.builder, value, axis, Size::literal(place as i64))).collect())
}

/// The size of an axis that has to be known at compile time, since it decides on the number of parts.
fn known_size(call: &Call<'_>, shape: &[Size], axis: usize) -> Result<usize, Problem> {
    let known = shape[axis].as_literal().and_then(|size| usize::try_from(size).ok());
    known.ok_or_else(|| {
        Problem::from(format!(
            "axis {axis} of {} has size {}, known at run time only, so the number of parts that `{}` gives is not known",
            shape_text(shape),
            shape[axis],
            call.method.name
        ))
        .help(format!(
            "name the parts: `split([{0} - 1, 1], axis = {axis})`, or choose an axis whose size is known",
            shape[axis]
        ))
    })
}

/// Sizes `size, size, …` that fill an axis; the last is what is left.
fn equal_parts(call: &Call<'_>, shape: &[Size], axis: usize, size: usize) -> Result<Vec<Size>, Problem> {
    let len = known_size(call, shape, axis)?;
    Ok((0..len).step_by(size).map(|start| Size::literal(size.min(len - start) as i64)).collect())
}

fn parts(call: &mut Call<'_>, value: Value, axis: usize, sizes: &[Size]) -> Vec<Value> {
    let mut start = Size::default();
    let cut = sizes.iter().map(|size| {
        let value = part(call.builder, value, axis, start.clone(), size.clone());
        start = start.add(size);
        value
    });
    cut.collect()
}
