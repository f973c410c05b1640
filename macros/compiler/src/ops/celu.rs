//! Continuously differentiable exponential linear unit: `x` above 0, else `alpha (exp(x / alpha) - 1)`.
//!
//! d/dx = 1 above 0, else `exp(x / alpha)`.
//! Source: Barron, "Continuously Differentiable Exponential Linear Units", 2017.

use super::call::{Build::One, Call, Method, Problem};
use super::elu::expression;
use super::{optional, tensor};
use crate::graph::Value;
use crate::graph::scalar::arg;

/// `x.celu(alpha = 1.0)`.
pub const METHODS: &[Method] =
    &[Method { name: "celu", params: &[tensor("x"), optional("alpha")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let alpha = call.float(1, Some(1.0))?;
    if alpha == 0.0 {
        return Err(Problem::from("`alpha` of `celu` is not 0: `x` is divided by it".to_string())
            .at(1)
            .help("use `relu`, the limit for small `alpha`"));
    }
    call.map(1, &expression(arg(0), alpha, 1.0 / alpha))
}
