//! The identity matrix: `eye(n)`, or with ones on the main diagonal of `[n, m]`, `eye(n, m)`.

use super::call::{Build::One, Call, Method, Problem};
use super::tril::places;
use super::{optional, required};
use crate::graph::Value;
use crate::graph::scalar::{Binary, arg, binary, constant, select};

/// `eye(n, m = n)`; sizes may be run-time dimensions.
pub const METHODS: &[Method] =
    &[Method { name: "eye", params: &[required("n"), optional("m")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let rows = call.size(0, None)?;
    let columns = call.size(1, Some(rows.clone()))?;
    let (row, column) = places(call.builder, &rows, &columns);
    let on_diagonal = binary(Binary::Equal, arg(0), arg(1));
    Ok(call.builder.map(&select(on_diagonal, constant(1.0), constant(0.0)), &[row, column]))
}
