//! Negative log-likelihood of counts under a Poisson distribution: `exp(x) - t x` where `x` is the logarithm of the rate
//! (`log_input`), else `x - t ln(x + eps)`. PyTorch's `poisson_nll_loss`.
//!
//! `full` adds Stirling's `t ln t - t + ln(2 π t) / 2` where `t > 1`, which approximates `ln t!`. d/dx = `exp(x) - t`,
//! or `1 - t / (x + eps)`.

use super::call::{Build::One, Call, Method, Problem};
use super::loss::elementwise;
use super::{optional, required, tensor};
use crate::graph::Value;
use crate::graph::scalar::{Binary, Scalar, Unary, add, arg, binary, constant, mul, select, sub, unary};

/// `x.poisson_nll_loss(target, log_input = true, full = false, eps = 1e-8, reduction = "mean")`.
pub const METHODS: &[Method] = &[Method {
    name: "poisson_nll_loss",
    params: &[
        tensor("x"),
        required("target"),
        optional("log_input"),
        optional("full"),
        optional("eps"),
        optional("reduction"),
    ],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (log_input, full) = (call.boolean(2, Some(true))?, call.boolean(3, Some(false))?);
    let eps = call.float(4, Some(1e-8))?;
    let ln = |x| unary(Unary::Ln, x);
    let loss = if log_input {
        sub(unary(Unary::Exp, arg(0)), mul(arg(1), arg(0)))
    } else {
        sub(arg(0), mul(arg(1), ln(add(arg(0), constant(eps)))))
    };
    elementwise(call, 2, &if full { add(loss, stirling(arg(1))) } else { loss }, 5)
}

fn stirling(count: Scalar) -> Scalar {
    let ln = |x| unary(Unary::Ln, x);
    let half_ln = mul(constant(0.5), ln(mul(constant(std::f64::consts::TAU), count.clone())));
    let sum = add(sub(mul(count.clone(), ln(count.clone())), count.clone()), half_ln);
    select(binary(Binary::LessEqual, count, constant(1.0)), constant(0.0), sum)
}
