//! Coordinates of a grid: `meshgrid([x, y], indexing = "ij")` gives, for each vector, its element at each point. Elements
//! of any type.

use super::call::{Build::Many, Call, Method, Problem};
use super::{optional, required};
use crate::graph::{Size, Value, shape_text};

/// `meshgrid([x, y], indexing = "ij")`: results of shape `[len x, len y]`; with `"xy"` the first two axes are swapped.
pub const METHODS: &[Method] =
    &[Method { name: "meshgrid", params: &[required("tensors"), optional("indexing")], build: Many(build) }];

fn build(call: &mut Call<'_>) -> Result<Vec<Value>, Problem> {
    let vectors = call.tensors(0, "meshgrid([x, y])")?;
    let swapped = call.choice(1, Some(0), &["ij", "xy"])? == 1 && vectors.len() > 1;
    let mut grid = Vec::new();
    for &vector in &vectors {
        match &call.builder.ty(vector).shape[..] {
            [len] => grid.push(len.clone()),
            shape => {
                let message = format!("`meshgrid` takes vectors, found {}", shape_text(shape));
                return Err(Problem::from(message).at(0).help("flatten it with `flatten()`"));
            }
        }
    }
    let axis_of = |index: usize| if swapped && index < 2 { 1 - index } else { index };
    let shape: Vec<Size> = (0..grid.len()).map(|axis| grid[axis_of(axis)].clone()).collect();
    let values = vectors.into_iter().enumerate().map(|(index, vector)| {
        let mut along = vec![Size::one(); shape.len()];
        along[axis_of(index)] = grid[index].clone();
        let along = call.builder.reshape(vector, along);
        call.builder.expand(along, shape.clone())
    });
    Ok(values.collect())
}
