//! An operation that a user wrote in Rust, under `#[op]`.

use super::call::Method;
use super::{KernelCall, Operation, Vjp, check_count};
use crate::graph::{Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// Nothing to call by name: users give the names.
pub const METHODS: &[Method] = &[];

/// Calls a function over slices.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct External {
    /// Its name.
    pub name: String,
    /// What it is found by, see `runtime::op`.
    pub key: u64,
    /// Types of the operands.
    pub inputs: Vec<TensorType>,
    /// Types of the results.
    pub outputs: Vec<TensorType>,
    /// Sizes that it is given after the slices.
    pub sizes: Vec<Size>,
}

impl Operation for External {
    fn text(&self) -> String {
        format!("op {}", self.name)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, self.inputs.len())?;
        if inputs.iter().zip(&self.inputs).any(|(given, declared)| *given != declared) {
            return Err(format!("`{}` is given operands of other types than before", self.name));
        }
        Ok(self.outputs.clone())
    }

    fn vjp(&self, _: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        Err(format!(
            "`{}` has no gradient (below its `#[op]`, `#[custom_grad(…)]` names the function that gives it, `#[no_grad]` says that there is none)",
            self.name
        ))
    }

    /// Nobody but rustc can run it.
    fn evaluate(&self, _: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        outputs.iter().map(|output| Array::full(&sizes.shape(&output.shape), f64::NAN)).collect()
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (runtime, inputs, outputs) = (call.runtime, call.inputs, call.outputs);
        let key = Literal::u64_suffixed(self.key);
        let sizes = self.sizes.iter().map(Size::to_tokens);
        Some(quote! {
            <#runtime::op::Key<#key> as #runtime::op::Call<_, _>>::call(
                (#(&*#inputs,)* #(&mut *#outputs,)* #(#sizes,)*)
            )
        })
    }
}
