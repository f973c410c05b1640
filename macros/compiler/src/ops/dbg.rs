//! `dbg!(x)`: prints a value while the function runs.

use super::call::Method;
use super::{KernelCall, Operation, Vjp, check_count};
use crate::graph::{Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// Nothing to call: `dbg!(…)` is part of the language.
pub const METHODS: &[Method] = &[];

/// Prints its operand. The result, a zero, is only there because nodes have one.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Dbg {
    /// The expression as the user wrote it, after the layer whose function it stands in.
    pub text: String,
    /// File and line.
    pub place: String,
}

impl Operation for Dbg {
    fn text(&self) -> String {
        format!("dbg \"{}\"", self.text)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        Ok(vec![TensorType::real(Vec::new())])
    }

    fn vjp(&self, _: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        Ok(vec![None])
    }

    fn evaluate(&self, _: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        vec![Array::full(&[], 0.0)]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (runtime, zero, value) = (call.runtime, &call.outputs[0], &call.inputs[0]);
        let (text, place) = (&self.text, &self.place);
        let shape = call.input_types[0].shape.iter().map(Size::to_tokens);
        Some(quote!(#zero.fill(0.0); #runtime::watch::print(#place, #text, &[#(#shape),*], #value)))
    }

    fn has_effect(&self) -> bool {
        true
    }
}
