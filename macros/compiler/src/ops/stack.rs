//! Tensors of one shape along a new axis: `stack([a, b], axis = 0)`. Elements of any type.

use super::call::{Build::One, Call, Method, Problem};
use super::concat::concat;
use super::squeeze::insert_axis;
use super::{optional, required};
use crate::graph::{Value, shape_text};

/// `stack([a, b], axis = 0)`: axis `axis` of the result numbers the tensors.
pub const METHODS: &[Method] =
    &[Method { name: "stack", params: &[required("tensors"), optional("axis")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let values = call.tensors(0, "stack([a, b], axis = 0)")?;
    let first = call.builder.ty(values[0]).clone();
    for &value in &values[1..] {
        let other = call.builder.ty(value);
        if *other != first {
            return Err(Problem::from(format!("{first} and {other} cannot be stacked: they differ"))
                .at(0)
                .help(match first.element == other.element {
                    true => format!("give all tensors the shape {}", shape_text(&first.shape)),
                    false => "declare all with the same element type".to_string(),
                }));
        }
    }
    let axis = call.axis(1, Some(0), first.rank() + 1)?;
    let layers: Vec<Value> = values.into_iter().map(|value| insert_axis(call.builder, value, axis)).collect();
    Ok(concat(call.builder, &layers, axis))
}
