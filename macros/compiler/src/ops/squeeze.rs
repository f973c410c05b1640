//! Axes of size 1 dropped and inserted: `squeeze`, `unsqueeze`. Costs nothing; elements of any type.

use super::call::{Build::One, Call, Method, Problem};
use super::{optional, required, tensor};
use crate::graph::{Builder, Size, Value, shape_text};

/// `x.squeeze(axes)`, all axes of the literal size 1 when left out; `x.unsqueeze(axis)`, a new axis at this place.
pub const METHODS: &[Method] = &[
    Method { name: "squeeze", params: &[tensor("x"), optional("axes")], build: One(build_squeeze) },
    Method { name: "unsqueeze", params: &[tensor("x"), required("axis")], build: One(build_unsqueeze) },
];

fn build_squeeze(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.tensor(0)?;
    let shape = call.shape(0)?;
    let dropped = match call.given(1) {
        None => (0..shape.len()).filter(|&axis| shape[axis].is_one()).collect(),
        Some(_) => call.axes(1, shape.len())?,
    };
    if let Some(&axis) = dropped.iter().find(|&&axis| !shape[axis].is_one()) {
        return Err(Problem::from(format!(
            "axis {axis} of {} has size {}, and only axes of size 1 are dropped",
            shape_text(&shape),
            shape[axis]
        ))
        .at(1)
        .help("name an axis of size 1, or pick one place with `at(axis, index)`"));
    }
    let kept = (0..shape.len()).filter(|axis| !dropped.contains(axis));
    Ok(call.builder.reshape(value, kept.map(|axis| shape[axis].clone()).collect()))
}

fn build_unsqueeze(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.tensor(0)?;
    // The new axis counts: -1 puts it at the end.
    let rank = call.shape(0)?.len() + 1;
    let axis = call.axis(1, None, rank).map_err(|mut problem| {
        problem.message = problem.message.replace("the tensor has", "the result has");
        problem
    })?;
    Ok(insert_axis(call.builder, value, axis))
}

/// The value with a new axis of size 1 before axis `axis`.
pub(super) fn insert_axis(builder: &mut Builder, value: Value, axis: usize) -> Value {
    let mut shape = builder.ty(value).shape.clone();
    shape.insert(axis, Size::one());
    builder.reshape(value, shape)
}
