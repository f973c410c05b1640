//! Products of all pairs of features: `out_k = Σ_ij x_i weight_kij y_j + bias_k`, PyTorch's `bilinear`.
//!
//! A matrix product of `x` by all matrices side by side, then one of each result by `y`.

use super::call::{Build::One, Call, Method, Problem};
use super::loss::sum_along;
use super::matmul::Matmul;
use super::{optional, required, tensor};
use crate::graph::scalar::{add, arg, mul};
use crate::graph::types::product;
use crate::graph::{Size, Value, shape_text};

/// `x.bilinear(other, weight, bias)`; leading axes are those of both operands.
pub const METHODS: &[Method] = &[Method {
    name: "bilinear",
    params: &[tensor("x"), required("other"), required("weight"), optional("bias")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (x, other, weight) = (call.float_tensor(0)?, call.float_tensor(1)?, call.float_tensor(2)?);
    let (x_shape, other_shape, weight_shape) = (call.shape(0)?, call.shape(1)?, call.shape(2)?);
    let (Some((m, batch)), Some((n, other_batch))) = (x_shape.split_last(), other_shape.split_last()) else {
        return Err(mismatch(call, 1, "vectors along the last axis", &x_shape, &other_shape));
    };
    if batch != other_batch {
        return Err(mismatch(call, 1, "operands of the same leading axes", &x_shape, &other_shape));
    }
    let [outputs, rows, columns] = weight_shape.as_slice() else {
        let fitting = [Size::one(), m.clone(), n.clone()];
        return Err(mismatch(call, 2, "a weight of three axes [outputs, …]", &fitting, &weight_shape));
    };
    if [rows, columns] != [m, n] {
        let fitting = [outputs.clone(), m.clone(), n.clone()];
        return Err(mismatch(call, 2, "a weight of the sizes of both operands", &fitting, &weight_shape));
    }
    let builder = &mut *call.builder;
    let count = product(batch);
    let x = builder.reshape(x, vec![count.clone(), m.clone()]);
    let other = builder.reshape(other, vec![count.clone(), Size::one(), n.clone()]);
    let weight = builder.permute(weight, vec![1, 0, 2]);
    let weight = builder.reshape(weight, vec![m.clone(), outputs.mul(n)]);
    let rows = builder.add(Matmul { transpose_a: false, transpose_b: false }, &[x, weight]);
    let rows = builder.reshape(rows, vec![count, outputs.clone(), n.clone()]);
    let terms = builder.map(&mul(arg(0), arg(1)), &[rows, other]);
    let sums = sum_along(builder, terms, 2);
    let mut shape = batch.to_vec();
    shape.push(outputs.clone());
    let out = builder.reshape(sums, shape);
    if call.given(3).is_none() {
        return Ok(out);
    }
    let bias = call.float_tensor(3)?;
    let found = call.shape(3)?;
    if found != [outputs.clone()] {
        return Err(mismatch(
            call,
            3,
            "a bias of one element per output",
            std::slice::from_ref(outputs),
            &found,
        ));
    }
    Ok(call.builder.map(&add(arg(0), arg(1)), &[out, bias]))
}

fn mismatch(call: &Call<'_>, index: usize, what: &str, expected: &[Size], found: &[Size]) -> Problem {
    let expected = shape_text(expected);
    Problem::from(format!(
        "`{}` takes {what}: {expected} and {} do not fit",
        call.method.name,
        shape_text(found)
    ))
    .at(index)
    .help(format!("change `{}` to fit {expected}", call.method.params[index].name))
}
