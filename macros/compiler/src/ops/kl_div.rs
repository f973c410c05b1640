//! Kullback-Leibler divergence of `log_probs` from a target distribution: `t (ln t - log_probs)`, 0 where `t` is 0;
//! with `log_target`, `exp(t) (t - log_probs)`. PyTorch's `kl_div`.
//!
//! `"batchmean"` divides the sum by the first size, which is the divergence by its definition; `"mean"`, the default,
//! by the number of elements. d/dlog_probs = `-t`. Where `t` is 0 the gradient of the target is `-log_probs`, that of
//! `t ln t` being left out; PyTorch gives NaN.

use super::call::{Build::One, Call, Method, Problem};
use super::loss::{Reduction, combine, same_shapes, total};
use super::mean::divide;
use super::{optional, required, tensor};
use crate::graph::scalar::{Binary, Scalar, Unary, arg, binary, constant, mul, select, sub, unary};
use crate::graph::{Size, Value};

/// `log_probs.kl_div(target, reduction = "mean", log_target = false)`.
pub const METHODS: &[Method] = &[Method {
    name: "kl_div",
    params: &[tensor("log_probs"), required("target"), optional("reduction"), optional("log_target")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let operands = same_shapes(call, 2)?;
    let log_target = call.boolean(3, Some(false))?;
    let reduction = call.choice(2, Some(0), &["mean", "sum", "none", "batchmean"])?;
    let losses = call.builder.map(&expression(log_target), &operands);
    let reduction = match reduction {
        0 => Reduction::Mean,
        1 => Reduction::Sum,
        2 => Reduction::None,
        _ => {
            let batch = call.builder.ty(losses).shape.first().cloned().unwrap_or_else(Size::one);
            let sum = total(call.builder, losses);
            return Ok(divide(call.builder, sum, &batch));
        }
    };
    Ok(combine(call.builder, losses, reduction))
}

fn expression(log_target: bool) -> Scalar {
    let (log_probs, target) = (arg(0), arg(1));
    if log_target {
        return mul(unary(Unary::Exp, target.clone()), sub(target, log_probs));
    }
    let is_zero = binary(Binary::Equal, target.clone(), constant(0.0));
    let entropy = select(is_zero, constant(0.0), mul(target.clone(), unary(Unary::Ln, target.clone())));
    sub(entropy, mul(target, log_probs))
}
