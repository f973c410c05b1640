//! Products of matrices and tensors.

use super::{tensor, uncovered};
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

/// Operands of three axes have the heads inside the last one.
pub(super) fn attention(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    if c.case.outputs.iter().skip(1).any(|name| !name.is_empty()) {
        return uncovered("results beside the output: the scores are never stored");
    }
    if c.case.inputs.iter().skip(4).any(|name| !name.is_empty()) {
        return uncovered("caches and lengths as operands");
    }
    if c.case.float("softcap", 0.0) != 0.0 {
        return uncovered("softcap");
    }
    let mut list = Vec::new();
    let mut are_merged = false;
    for (index, heads) in ["q_num_heads", "kv_num_heads", "kv_num_heads"].into_iter().enumerate() {
        let mut value = c.input(index)?;
        let shape = c.builder.ty(value).shape.clone();
        if let [batch, len, width] = &shape[..] {
            are_merged = true;
            let heads = c.case.integer(heads, 1);
            let split = vec![batch.clone(), len.clone(), heads.into(), width.floor_div(heads)];
            value = c.builder.reshape(value, split);
            value = c.builder.permute(value, vec![0, 2, 1, 3]);
        }
        list.push(tensor(value));
    }
    let mut named = vec![("causal", Argument::Bool(c.case.integer("is_causal", 0) == 1))];
    let scale = c.case.float("scale", f64::NAN);
    if !scale.is_nan() {
        named.push(("scale", Argument::Float(scale)));
    }
    if c.case.inputs.get(3).is_some_and(|name| !name.is_empty()) {
        named.push(("mask", tensor(c.input(3)?)));
    }
    let mut result = c.call_with("attention", list, named)?;
    if are_merged {
        result = c.builder.permute(result, vec![0, 2, 1, 3]);
        let shape = c.builder.ty(result).shape.clone();
        let merged = vec![shape[0].clone(), shape[1].clone(), shape[2].mul(&shape[3])];
        result = c.builder.reshape(result, merged);
    }
    Ok(vec![result])
}
