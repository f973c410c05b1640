//! Smooth maximum of `x` and 0: `ln(1 + exp(beta x)) / beta`, and `x` itself where `beta x > threshold`.
//!
//! d/dx = sigmoid(beta x), and 1 above the threshold. As PyTorch's `softplus`, but no threshold makes it overflow.
//! Source: Dugas et al., "Incorporating Second-Order Functional Knowledge for Better Option Pricing", 2000.

use super::call::{Build::One, Call, Method, Problem};
use super::{optional, tensor};
use crate::graph::Value;
use crate::graph::scalar::{Binary, Scalar, Unary, arg, binary, constant, mul, select, unary};

/// `x.softplus(beta = 1.0, threshold = 20.0)`.
pub const METHODS: &[Method] = &[Method {
    name: "softplus",
    params: &[tensor("x"), optional("beta"), optional("threshold")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let beta = call.float(1, Some(1.0))?;
    let threshold = call.float(2, Some(20.0))?;
    if beta == 0.0 {
        return Err(Problem::from("`beta` of `softplus` is not 0: the result is divided by it".to_string())
            .at(1)
            .help("leave `beta` out for `ln(1 + exp(x))`"));
    }
    call.map(1, &expression(arg(0), beta, threshold))
}

fn expression(x: Scalar, beta: f64, threshold: f64) -> Scalar {
    let scaled = mul(x.clone(), constant(beta));
    let above = binary(Binary::Greater, scaled.clone(), constant(threshold));
    select(above, x, mul(unary(Unary::Softplus, scaled), constant(1.0 / beta)))
}
