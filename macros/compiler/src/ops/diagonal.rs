//! Diagonals: `diagonal` of two axes, `diag` of a matrix or of what makes one, `trace`. Elements of any type but for
//! `trace`.
//!
//! In a flattened matrix the elements of a diagonal stand at equal distances. The gradient puts them back.

use super::call::{Build::One, Call, Method, Problem};
use super::reduce::ReduceKind;
use super::step_by::{StepBy, Unstep};
use super::{optional, tensor};
use crate::graph::types::product;
use crate::graph::{Builder, Size, Value, shape_text};

/// `x.diagonal(offset = 0, axis1 = 0, axis2 = 1)`: the diagonal becomes the last axis. `x.diag(diagonal = 0)`: the
/// diagonal of a matrix, or the matrix with a vector on its diagonal. `x.trace()`: the sum of the main diagonal.
pub const METHODS: &[Method] = &[
    Method {
        name: "diagonal",
        params: &[tensor("x"), optional("offset"), optional("axis1"), optional("axis2")],
        build: One(build_diagonal),
    },
    Method { name: "diag", params: &[tensor("x"), optional("diagonal")], build: One(build_diag) },
    Method { name: "trace", params: &[tensor("x")], build: One(build_trace) },
];

fn build_diagonal(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.tensor(0)?;
    let shape = call.shape(0)?;
    if shape.len() < 2 {
        return Err(Problem::from(format!("`diagonal` takes two axes, found {}", shape_text(&shape)))
            .at(0)
            .help("`diag` makes a matrix of a vector"));
    }
    let rank = shape.len();
    let offset = call.signed(1, Some(0))?;
    let (rows, columns) = (call.axis(2, Some(0), rank)?, call.axis(3, Some(1), rank)?);
    if rows == columns {
        return Err(Problem::from(format!("`diagonal` takes two axes, found {rows} twice"))
            .at(3)
            .help("name another axis"));
    }
    let order: Vec<usize> =
        (0..rank).filter(|&axis| axis != rows && axis != columns).chain([rows, columns]).collect();
    let moved = call.builder.permute(value, order);
    diagonal(call, moved, offset)
}

fn build_diag(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.tensor(0)?;
    let offset = call.signed(1, Some(0))?;
    let shape = call.shape(0)?;
    match &shape[..] {
        [len] => {
            let side = len.add(&Size::literal(offset.abs()));
            Ok(matrix(call.builder, value, &side, offset))
        }
        [_, _] => diagonal(call, value, offset),
        _ => Err(Problem::from(format!("`diag` takes a vector or a matrix, found {}", shape_text(&shape)))
            .at(0)
            .help("`diagonal` takes the diagonals of two axes of more")),
    }
}

fn build_trace(call: &mut Call<'_>) -> Result<Value, Problem> {
    call.float_tensor(0)?;
    call.check_rank(0, 2, "[rows, columns]")?;
    let value = call.tensor(0)?;
    let diagonal = diagonal(call, value, 0)?;
    let sum = call.builder.reduce(ReduceKind::Sum, diagonal, vec![0]);
    Ok(call.builder.reshape(sum, Vec::new()))
}

/// The diagonals of the last two axes, in their place.
fn diagonal(call: &mut Call<'_>, value: Value, offset: i64) -> Result<Value, Problem> {
    let shape = call.builder.ty(value).shape.clone();
    let (outer, matrix) = shape.split_at(shape.len() - 2);
    let (rows, columns) = (&matrix[0], &matrix[1]);
    // An offset upwards leaves columns out, one downwards rows.
    let rows_left = rows.sub(&Size::literal((-offset).max(0)));
    let columns_left = columns.sub(&Size::literal(offset.max(0)));
    let size = shorter(&rows_left, &columns_left).ok_or_else(|| {
        Problem::from(format!(
            "which of the axes {rows} and {columns} ends the diagonal of {} is known at run time only",
            shape_text(&shape)
        ))
        .at(0)
        .help("declare both axes with the same size, or cut the longer one with `slice`")
    })?;
    if size.as_literal().is_some_and(|size| size < 1) {
        return Err(Problem::from(format!(
            "diagonal {offset} lies outside the matrices {}",
            shape_text(&shape)
        ))
        .at(1)
        .help(format!("use -{rows} + 1 to {columns} - 1")));
    }
    let mut flat = outer.to_vec();
    flat.push(product(matrix));
    let flat = call.builder.reshape(value, flat);
    let (start, step) = (first(offset, columns), columns.add(&Size::one()));
    Ok(call.builder.add(StepBy { axis: outer.len(), start, step, size }, &[flat]))
}

/// Where a diagonal begins in a flattened matrix.
fn first(offset: i64, columns: &Size) -> Size {
    if offset < 0 { columns.mul(&Size::literal(-offset)) } else { Size::literal(offset) }
}

/// The square matrix of this side with a vector on one of its diagonals.
fn matrix(builder: &mut Builder, vector: Value, side: &Size, offset: i64) -> Value {
    let (start, step) = (first(offset, side), side.add(&Size::one()));
    let flat = builder.add(Unstep { axis: 0, start, step, len: side.mul(side) }, &[vector]);
    builder.reshape(flat, vec![side.clone(), side.clone()])
}

/// The smaller of two sizes, if that is the same for all values of the run-time dimensions.
fn shorter(a: &Size, b: &Size) -> Option<Size> {
    let difference = a.sub(b).as_literal()?;
    Some(if difference <= 0 { a.clone() } else { b.clone() })
}
