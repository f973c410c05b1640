//! Lookup of embeddings: `out[…, d] = weight[index[…], d]`.
//!
//! The gradient of the weight is dense: rows that no index names have the gradient 0. At `padding_idx` the row is
//! looked up like any other and gets no gradient.

use super::call::{Build::One, Call, Method, Problem};
use super::gather::check_index;
use super::index_select::IndexSelect;
use super::{optional, required, tensor};
use crate::graph::{Size, Value};

/// `index.embedding(weight, padding_idx)`, PyTorch's `functional.embedding`; a negative `padding_idx` counts from the
/// end.
pub const METHODS: &[Method] = &[Method {
    name: "embedding",
    params: &[tensor("index"), required("weight"), optional("padding_idx")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let frozen = check_padding(call, 2)?;
    let (index, weight) = (check_index(call, 0)?, call.float_tensor(1)?);
    Ok(call.builder.add(IndexSelect { axis: 0, frozen }, &[weight, index]))
}

/// The row of the weight, argument 1, that `padding_idx` names.
pub(super) fn check_padding(call: &mut Call<'_>, argument: usize) -> Result<Option<usize>, Problem> {
    let shape = call.check_rank(1, 2, "[rows, features]")?;
    let Some(given) = call.given(argument) else { return Ok(None) };
    let given = match given {
        super::call::Argument::Size(size) => size.as_literal(),
        _ => None,
    };
    let (rows, method) = (&shape[0], call.method.name);
    let row = given.map(|given| match (given < 0, rows.as_literal()) {
        (true, Some(rows)) => given + rows,
        _ => given,
    });
    match (row.and_then(|row| usize::try_from(row).ok()), rows.as_literal()) {
        (Some(row), rows) if rows.is_none_or(|rows| row < rows as usize) && row < MOST_ROWS => Ok(Some(row)),
        _ => {
            let found = given.map_or("another value".to_string(), |given| given.to_string());
            Err(Problem::from(format!(
                "`padding_idx` of `{method}` names one of the {rows} rows of the weight, found {found}"
            ))
            .at(argument)
            .help(match rows.as_literal() {
                Some(rows) if rows <= MOST_ROWS as i64 => format!("use 0 to {}, or -{rows} to -1", rows - 1),
                _ => format!("use 0 to {}", MOST_ROWS - 1),
            }))
        }
    }
}

/// Indices are compared with the padding as `f32`, which holds whole numbers below this one exactly; larger indices
/// round to no smaller one.
const MOST_ROWS: usize = 1 << 24;

/// Whether each index is the padding, as a condition on operand `0` that holds the indices as `f32`.
pub(super) fn is_padding(row: usize) -> crate::graph::scalar::Scalar {
    use crate::graph::scalar::{Binary, arg, binary, constant};
    binary(Binary::Equal, arg(0), constant(row as f64))
}

/// The indices as `f32`, with axes of size 1 added at the end for those of the rows.
pub(super) fn index_for_rows(builder: &mut crate::graph::Builder, index: Value, added: usize) -> Value {
    let mut shape = builder.ty(index).shape.clone();
    shape.extend(std::iter::repeat_n(Size::one(), added));
    let numbers = builder.add(super::to_f32::ToF32, &[index]);
    builder.reshape(numbers, shape)
}
