//! Copies of a tensor side by side: `repeat`, `tile`, and each place several times, `repeat_interleave`. Elements of any
//! type. The gradient is the sum over the copies.

use super::call::{Build::One, Call, Method, Problem};
use super::{optional, required, tensor};
use crate::graph::types::product;
use crate::graph::{Builder, Size, Value, shape_text};

/// `x.repeat([2, 3])`, with a number for each axis and for new ones before them; `x.tile([3])`, with numbers for the
/// last axes; `x.repeat_interleave(2, axis)`, in row-major order without an axis.
pub const METHODS: &[Method] = &[
    Method { name: "repeat", params: &[tensor("x"), required("counts")], build: One(build_repeat) },
    Method { name: "tile", params: &[tensor("x"), required("counts")], build: One(build_tile) },
    Method {
        name: "repeat_interleave",
        params: &[tensor("x"), required("count"), optional("axis")],
        build: One(build_interleave),
    },
];

fn build_repeat(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (value, shape, counts) = (call.tensor(0)?, call.shape(0)?, call.sizes(1)?);
    if counts.len() < shape.len() {
        return Err(Problem::from(format!(
            "`repeat` takes a number for each of the {} axes of {}, found {}",
            shape.len(),
            shape_text(&shape),
            shape_text(&counts)
        ))
        .at(1)
        .help("write 1 for an axis that stays as it is; `tile` adds them in front"));
    }
    Ok(tile(call.builder, value, &counts))
}

fn build_tile(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (value, rank, mut counts) = (call.tensor(0)?, call.shape(0)?.len(), call.sizes(1)?);
    while counts.len() < rank {
        counts.insert(0, Size::one());
    }
    Ok(tile(call.builder, value, &counts))
}

/// Axis `a` becomes `counts[a]` copies of itself; there may be more counts than axes, for new ones in front.
fn tile(builder: &mut Builder, value: Value, counts: &[Size]) -> Value {
    let mut shape = vec![Size::one(); counts.len() - builder.ty(value).rank()];
    shape.extend(builder.ty(value).shape.iter().cloned());
    repeat_axes(builder, value, &shape, counts, |count, size| [count, size])
}

fn build_interleave(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.tensor(0)?;
    let count = call.size(1, None)?;
    let mut shape = call.shape(0)?;
    let axis = match call.given(2) {
        Some(_) => call.axis(2, None, shape.len())?,
        None => {
            shape = vec![product(&shape)];
            0
        }
    };
    let mut counts = vec![Size::one(); shape.len()];
    counts[axis] = count;
    Ok(repeat_axes(call.builder, value, &shape, &counts, |count, size| [size, count]))
}

/// Puts an axis for the copies beside each axis, in the order that `pair` gives of the count and the size, broadcasts
/// along it, and merges the two.
fn repeat_axes(
    builder: &mut Builder,
    value: Value,
    shape: &[Size],
    counts: &[Size],
    pair: impl Fn(Size, Size) -> [Size; 2],
) -> Value {
    let pairs = |copied: bool| {
        let mut sizes = Vec::new();
        for (size, count) in shape.iter().zip(counts) {
            if count.is_one() {
                sizes.push(size.clone());
            } else {
                sizes.extend(pair(if copied { count.clone() } else { Size::one() }, size.clone()));
            }
        }
        sizes
    };
    let apart = builder.reshape(value, pairs(false));
    let copied = builder.expand(apart, pairs(true));
    builder.reshape(copied, shape.iter().zip(counts).map(|(size, count)| size.mul(count)).collect())
}
