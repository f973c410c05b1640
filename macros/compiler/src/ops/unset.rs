//! A value that is not computed, in the branch of a condition in which nobody reads it.

use super::call::Method;
use super::{KernelCall, Operation, Vjp, check_count};
use crate::graph::{Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;

/// Nothing to call: differentiation adds them.
pub const METHODS: &[Method] = &[];

/// A value of a type, with any elements.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Unset {
    /// Its type.
    pub ty: TensorType,
}

impl Operation for Unset {
    fn text(&self) -> String {
        "unset".to_string()
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 0)?;
        Ok(vec![self.ty.clone()])
    }

    fn vjp(&self, _: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        Ok(Vec::new())
    }

    fn evaluate(&self, _: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        vec![Array::full(&sizes.shape(&outputs[0].shape), f64::NAN)]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, _: &KernelCall<'_>) -> Option<TokenStream> {
        Some(TokenStream::new())
    }
}
