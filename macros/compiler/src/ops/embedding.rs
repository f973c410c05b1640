//! Lookup of embeddings: `out[…, d] = weight[index[…], d]`.
//!
//! The gradient of the weight is dense: rows that no index names have the gradient 0. At `padding_idx` the row is
//! looked up like any other and gets no gradient.
//!
//! With `max_norm`, a row whose norm of order `norm_type` exceeds it is looked up as
//! `row · max_norm / (norm + 1e-7)`. The gradient passes as if it were the row itself, as in PyTorch, which shortens
//! rows in the weight before it looks them up; here the weight stays as it is. With `scale_grad_by_freq` the gradient
//! of a row is divided by how often the index names it.

use super::call::{Build::One, Call, Method, Problem};
use super::detach::Detach;
use super::gather::check_index;
use super::index_select::IndexSelect;
use super::norm::{norm, order};
use super::{optional, required, tensor};
use crate::graph::scalar::{add, arg, constant, div, less, mul, select, sub};
use crate::graph::{Builder, ElementType, Size, Value};

/// `index.embedding(weight, padding_idx, max_norm, norm_type = 2, scale_grad_by_freq = false)`, PyTorch's
/// `functional.embedding`; a negative `padding_idx` counts from the end, and a `max_norm` of infinity is none.
pub const METHODS: &[Method] = &[Method {
    name: "embedding",
    params: &[
        tensor("index"),
        required("weight"),
        optional("padding_idx"),
        optional("max_norm"),
        optional("norm_type"),
        optional("scale_grad_by_freq"),
    ],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let lookup = read_lookup(call, 2)?;
    let (index, weight) = (check_index(call, 0)?, call.float_tensor(1)?);
    Ok(lookup.apply(call.builder, weight, index))
}

/// How rows are looked up.
pub(super) struct Lookup {
    /// The row that gets no gradient.
    pub(super) padding: Option<usize>,
    /// The largest norm and its order.
    max_norm: Option<[f64; 2]>,
    /// Whether gradients are divided by frequencies.
    pub(super) by_frequency: bool,
}

/// The settings of a lookup in the weight, argument 1: `padding_idx`, `max_norm`, `norm_type` and `scale_grad_by_freq`
/// from argument `first` on.
pub(super) fn read_lookup(call: &mut Call<'_>, first: usize) -> Result<Lookup, Problem> {
    let padding = check_padding(call, first)?;
    let limit = call.float(first + 1, Some(f64::INFINITY))?;
    if limit.is_nan() || limit < 0.0 {
        return Err(Problem::from(format!(
            "`max_norm` of `{}` is at least 0, found {limit:?}",
            call.method.name
        ))
        .at(first + 1)
        .help("give the largest norm that a row may have, or leave `max_norm` out"));
    }
    let order = order(call, first + 2, Some(2.0))?;
    let by_frequency = call.boolean(first + 3, Some(false))?;
    Ok(Lookup { padding, max_norm: (limit < f64::INFINITY).then_some([limit, order]), by_frequency })
}

impl Lookup {
    /// The rows that the index names, along an axis at the end.
    pub(super) fn apply(&self, builder: &mut Builder, weight: Value, index: Value) -> Value {
        let picked = IndexSelect { axis: 0, frozen: self.padding, by_frequency: self.by_frequency };
        let rows = builder.add(picked, &[weight, index]);
        match self.max_norm {
            Some([limit, order]) => shorten(builder, rows, limit, order),
            None => rows,
        }
    }
}

/// The rows with norms of at most `limit`, and the gradient of the rows themselves.
fn shorten(builder: &mut Builder, rows: Value, limit: f64, order: f64) -> Value {
    let alone = builder.add(Detach, &[rows]);
    let features = builder.ty(rows).rank() - 1;
    let norms = norm(builder, alone, &[features], order);
    let factor = div(constant(limit), add(arg(1), constant(MARGIN)));
    let is_long = less(constant(limit), arg(1));
    let short = builder.map(&select(is_long, mul(arg(0), factor), arg(0)), &[alone, norms]);
    // The difference is 0, with the gradient 1.
    builder.map(&add(arg(0), sub(arg(1), arg(2))), &[short, rows, alone])
}

/// What PyTorch adds to the norm of a row that it shortens.
const MARGIN: f64 = 1e-7;

/// The row of the weight, argument 1, that `padding_idx` names.
fn check_padding(call: &mut Call<'_>, argument: usize) -> Result<Option<usize>, Problem> {
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
pub(super) fn index_for_rows(builder: &mut Builder, index: Value, added: usize) -> Value {
    let mut shape = builder.ty(index).shape.clone();
    shape.extend(std::iter::repeat_n(Size::one(), added));
    let numbers = super::cast::as_element(builder, index, ElementType::Real);
    builder.reshape(numbers, shape)
}
