//! Axes moved to other places: `x.movedim(1, -1)`, `x.movedim([0, 1], [2, 0])`, also called `moveaxis`; the others keep
//! their order. Elements of any type.

use super::call::{Build::One, Call, Method, Problem};
use super::{Param, required, tensor};
use crate::graph::Value;

const PARAMS: &[Param] = &[tensor("x"), required("source"), required("destination")];

/// `x.movedim(source, destination)`.
pub const METHODS: &[Method] = &[
    Method { name: "movedim", params: PARAMS, build: One(build) },
    Method { name: "moveaxis", params: PARAMS, build: One(build) },
];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.tensor(0)?;
    let rank = call.shape(0)?.len();
    let (source, destination) = (call.axes_in_order(1, rank)?, call.axes_in_order(2, rank)?);
    if source.len() != destination.len() {
        return Err(Problem::from(format!(
            "`{}` takes a place for each axis, found {} axes and {} places",
            call.method.name,
            source.len(),
            destination.len()
        ))
        .at(2)
        .help("give `source` and `destination` the same length"));
    }
    let mut rest = (0..rank).filter(|axis| !source.contains(axis));
    let axes = (0..rank).map(|place| match destination.iter().position(|&to| to == place) {
        Some(index) => source[index],
        None => rest.next().expect("as many axes stay as places are left"),
    });
    let axes = axes.collect();
    Ok(call.builder.permute(value, axes))
}
