//! One axis as several, PyTorch's `unflatten`: the inverse of `flatten`. One of the sizes may be -1, which follows from
//! the others.

use super::call::{Argument, Build::One, Call, Method, Problem, describe};
use super::{required, tensor};
use crate::graph::types::product;
use crate::graph::{Size, Value, shape_text};

/// `x.unflatten(1, [16, 5, 5])`: `[N, 400]` becomes `[N, 16, 5, 5]`.
pub const METHODS: &[Method] = &[Method {
    name: "unflatten",
    params: &[tensor("x"), required("axis"), required("sizes")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.tensor(0)?;
    let shape = call.shape(0)?;
    let axis = call.axis(1, None, shape.len())?;
    let sizes = infer(&read_sizes(call)?, &shape[axis], axis)
        .map_err(|problem| problem.at(2).note(format!("the tensor is {}", shape_text(&shape))))?;
    let parts = [&shape[..axis], &sizes, &shape[axis + 1..]].concat();
    Ok(call.builder.reshape(value, parts))
}

fn read_sizes(call: &Call<'_>) -> Result<Vec<Size>, Problem> {
    let sizes: Option<Vec<Size>> = match call.given(2) {
        Some(Argument::List(list)) => list
            .iter()
            .map(|item| match item {
                Argument::Size(size) => Some(size.clone()),
                _ => None,
            })
            .collect(),
        _ => None,
    };
    let Some(sizes) = sizes.filter(|sizes| !sizes.is_empty()) else {
        let found = call.given(2).map_or("nothing".to_string(), |arg| describe(arg, call.builder));
        return Err(Problem::from(format!("`sizes` of `unflatten` is a list of sizes, found {found}"))
            .at(2)
            .help("write `[16, 5, 5]`, or `[16, -1, 5]` where one follows from the others"));
    };
    let is_wrong = |size: &&Size| size.as_literal().is_some_and(|size| size < 1 && size != INFERRED);
    if let Some(size) = sizes.iter().find(is_wrong) {
        return Err(Problem::from(format!(
            "sizes of `unflatten` are at least 1, or -1, found {size} in {}",
            shape_text(&sizes)
        ))
        .at(2)
        .help("write the size itself, or -1 for the one that follows from the others"));
    }
    Ok(sizes)
}

/// Stands for the size that follows from the others.
const INFERRED: i64 = -1;

/// The sizes with the one that follows, which make up the axis.
fn infer(sizes: &[Size], whole: &Size, axis: usize) -> Result<Vec<Size>, Problem> {
    let is_inferred = |size: &Size| size.as_literal() == Some(INFERRED);
    let known: Vec<Size> = sizes.iter().filter(|size| !is_inferred(size)).cloned().collect();
    let others = product(&known);
    match sizes.len() - known.len() {
        0 if others == *whole => Ok(sizes.to_vec()),
        0 => Err(Problem::from(format!("axis {axis} has size {whole}, but the product of {} is {others}", shape_text(sizes)))
            .help("change one of the sizes, or write -1 for the one that follows from the others")),
        1 => match whole.exact_div(&others) {
            Some(rest) => {
                let filled = sizes.iter().map(|size| if is_inferred(size) { rest.clone() } else { size.clone() });
                Ok(filled.collect())
            }
            None => Err(Problem::from(format!(
                "axis {axis} has size {whole}, which {others}, the product of the sizes beside -1 in {}, does not divide",
                shape_text(sizes)
            ))
            .help(format!("choose sizes whose product divides {whole}"))),
        },
        inferred => Err(Problem::from(format!(
            "one size of `unflatten` can follow from the others, but {} has {inferred} times -1",
            shape_text(sizes)
        ))
        .help("write all sizes but one")),
    }
}
