//! Triangles of matrices: `tril` keeps the elements on and below a diagonal, `triu` those on and above it; the others
//! become 0. `diagonal` counts from the main one, upwards. The gradient is cut the same way.

use super::arange::count;
use super::call::{Build::One, Call, Method, Problem};
use super::squeeze::insert_axis;
use super::{Param, optional, tensor};
use crate::graph::scalar::{Binary, arg, binary, constant, select, sub};
use crate::graph::{Builder, Size, Value, shape_text};

const PARAMS: &[Param] = &[tensor("x"), optional("diagonal")];

/// `x.tril(diagonal = 0)`, `x.triu(diagonal = 0)` of the last two axes.
pub const METHODS: &[Method] = &[
    Method { name: "tril", params: PARAMS, build: One(|call| build(call, Binary::LessEqual)) },
    Method { name: "triu", params: PARAMS, build: One(|call| build(call, Binary::GreaterEqual)) },
];

fn build(call: &mut Call<'_>, keep: Binary) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let shape = call.shape(0)?;
    let [.., rows, columns] = &shape[..] else {
        return Err(Problem::from(format!(
            "`{}` takes matrices [.., rows, columns], found {}",
            call.method.name,
            shape_text(&shape)
        ))
        .at(0)
        .help("add axes with `unsqueeze`"));
    };
    let diagonal = call.signed(1, Some(0))?;
    let (row, column) = places(call.builder, rows, columns);
    let kept = binary(keep, sub(arg(1), arg(0)), constant(diagonal as f64));
    let masked = select(kept, arg(2), constant(0.0));
    Ok(call.builder.map(&masked, &[row, column, value]))
}

/// Numbers of the rows, `[rows, 1]`, and of the columns, `[columns]`, of a matrix.
pub(super) fn places(builder: &mut Builder, rows: &Size, columns: &Size) -> (Value, Value) {
    let row = count(builder, rows);
    (insert_axis(builder, row, 1), count(builder, columns))
}
