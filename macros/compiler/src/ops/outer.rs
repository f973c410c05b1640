//! Products of vectors: `outer`, all pairs, and `dot`, the sum of the products of equal places.

use super::call::{Build::One, Call, Method, Problem};
use super::reduce::ReduceKind;
use super::squeeze::insert_axis;
use super::{Param, required, tensor};
use crate::graph::Value;
use crate::graph::scalar::{arg, mul};

const PARAMS: &[Param] = &[tensor("x"), required("y")];

/// `x.outer(y)`: `out[i, j] = x[i] y[j]`. `x.dot(y)`: `Σ x[i] y[i]`.
pub const METHODS: &[Method] = &[
    Method { name: "outer", params: PARAMS, build: One(build_outer) },
    Method { name: "dot", params: PARAMS, build: One(build_dot) },
];

fn vectors(call: &mut Call<'_>) -> Result<[Value; 2], Problem> {
    for index in 0..2 {
        call.float_tensor(index)?;
        call.check_rank(index, 1, "[len]")?;
    }
    Ok([call.tensor(0)?, call.tensor(1)?])
}

fn build_outer(call: &mut Call<'_>) -> Result<Value, Problem> {
    let [x, y] = vectors(call)?;
    let column = insert_axis(call.builder, x, 1);
    Ok(call.builder.map(&mul(arg(0), arg(1)), &[column, y]))
}

fn build_dot(call: &mut Call<'_>) -> Result<Value, Problem> {
    let [x, y] = vectors(call)?;
    let (left, right) = (call.shape(0)?, call.shape(1)?);
    if left != right {
        return Err(Problem::from(format!(
            "`dot` takes vectors of equal length, found {} and {}",
            left[0], right[0]
        ))
        .at(1)
        .help("make the lengths equal; `outer` multiplies all pairs"));
    }
    let products = call.builder.map(&mul(arg(0), arg(1)), &[x, y]);
    let sum = call.builder.reduce(ReduceKind::Sum, products, vec![0]);
    Ok(call.builder.reshape(sum, Vec::new()))
}
