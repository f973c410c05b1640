//! Products of matrices and tensors.

use super::tensor;
use crate::{Context, Uncovered};
use macrograd_compiler::graph::Value;
use macrograd_compiler::ops::call::Argument;

/// `alpha A' B' + beta C`.
pub(super) fn gemm(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let mut operands = Vec::new();
    for (index, attribute) in ["transA", "transB"].into_iter().enumerate() {
        let value = c.input(index)?;
        operands.push(if c.case.integer(attribute, 0) == 1 { c.call("t", &[value])? } else { value });
    }
    let mut result = c.call("matmul", &operands)?;
    let alpha = c.builder.constant(c.case.float("alpha", 1.0));
    result = c.call("mul", &[result, alpha])?;
    if c.case.inputs.len() > 2 {
        let bias = c.input(2)?;
        let beta = c.builder.constant(c.case.float("beta", 1.0));
        let bias = c.call("mul", &[bias, beta])?;
        result = c.call("add", &[result, bias])?;
    }
    Ok(vec![result])
}

pub(super) fn einsum(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let mut list = vec![Argument::Text(c.case.text("equation").unwrap_or_default().to_string())];
    for index in 0..c.case.inputs.len() {
        list.push(tensor(c.input(index)?));
    }
    Ok(vec![c.call_with("einsum", list, Vec::new())?])
}
