//! Whole numbers and truth values as `f32`: `label as f32`, `label.to_f32()`.
//!
//! Exact up to 2²⁴, then rounded to the nearest `f32`. Truth values become 1 and 0. No gradient passes.

use super::call::{Build::One, Call, Method, Problem};
use super::{KernelCall, Operation, Vjp, check_count, tensor};
use crate::graph::scalar::{arg, constant, select};
use crate::graph::{ElementType, Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `x.to_f32()`; an `f32` tensor stays what it is.
pub const METHODS: &[Method] = &[Method { name: "to_f32", params: &[tensor("x")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.tensor(0)?;
    match call.builder.ty(value).element {
        ElementType::F32 => Ok(value),
        ElementType::Bool => Ok(call.builder.map(&select(arg(0), constant(1.0), constant(0.0)), &[value])),
        ElementType::U8 | ElementType::U32 | ElementType::I64 => Ok(call.builder.add(ToF32, &[value])),
    }
}

/// Whole numbers as `f32`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ToF32;

impl Operation for ToF32 {
    fn text(&self) -> String {
        "to_f32".to_string()
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        if !inputs[0].element.is_integer() {
            return Err(format!("whole numbers are converted, found `{}`", inputs[0].element.name()));
        }
        Ok(vec![TensorType::f32(inputs[0].shape.clone())])
    }

    fn vjp(&self, _: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        Ok(vec![None])
    }

    fn evaluate(&self, inputs: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        vec![inputs[0].clone()]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (runtime, out, x) = (call.runtime, &call.outputs[0], &call.inputs[0]);
        Some(quote!(#runtime::ops::to_f32::to_f32(#out, #x)))
    }
}
