//! Power with an exponent known at compile time: `x^exponent`; NaN for negative `x` unless the exponent is whole.
//!
//! d/dx = exponent · x^(exponent - 1). Small whole exponents are products, ±1/2 square roots; others are computed as by
//! `pow`, which takes tensors. In `f32` a product of eight factors is within 6 ULP, the others within 2.

use super::call::{Build::One, Call, Method, Problem};
use super::{required, tensor};
use crate::graph::Value;
use crate::graph::scalar::{Binary, Scalar, Unary, arg, binary, constant, div, powi, unary};

/// `x.powf(1.5)`.
pub const METHODS: &[Method] =
    &[Method { name: "powf", params: &[tensor("x"), required("exponent")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let exponent = call.float(1, None)?;
    call.map(1, &power(arg(0), exponent))
}

/// The most factors that are multiplied: each product rounds.
const MOST_FACTORS: f64 = 8.0;

/// `x^exponent`.
pub(super) fn power(x: Scalar, exponent: f64) -> Scalar {
    let root = |x: Scalar| unary(Unary::Sqrt, x);
    if exponent == 0.5 {
        root(x)
    } else if exponent == -0.5 {
        div(constant(1.0), root(x))
    } else if exponent.fract() == 0.0 && exponent.abs() <= MOST_FACTORS {
        powi(x, exponent as i32)
    } else {
        binary(Binary::Pow, x, constant(exponent))
    }
}
