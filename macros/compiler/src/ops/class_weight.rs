//! What each label weighs in a loss: `out[i] = weight[label[i]]`, or 1 without weights; 0 for the ignored label.
//!
//! Weights are settings of a loss, not values that are learned: no gradient reaches them, as in PyTorch.

use super::call::Method;
use super::{KernelCall, Operation, Vjp};
use crate::graph::{Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// Nothing to call: see `nll_loss` and `cross_entropy`.
pub const METHODS: &[Method] = &[];

/// The weight of each label; the weights of the classes are the second operand, if there is one.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ClassWeight {
    /// The label that weighs nothing.
    pub ignore_index: Option<i64>,
}

impl Operation for ClassWeight {
    fn text(&self) -> String {
        match self.ignore_index {
            Some(ignored) => format!("class_weight ignoring {ignored}"),
            None => "class_weight".to_string(),
        }
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        if !matches!(inputs.len(), 1 | 2) {
            return Err(format!("expected labels and perhaps weights, found {} operands", inputs.len()));
        }
        Ok(vec![TensorType::real(inputs[0].shape.clone())])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        Ok(vec![None; vjp.inputs.len()])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        vec![Array::from_fn(&sizes.shape(&outputs[0].shape), |index| {
            let label = inputs[0].at(index);
            if self.ignore_index.is_some_and(|ignored| ignored as f64 == label) {
                return 0.0;
            }
            inputs.get(1).map_or(1.0, |weight| weight.at(&[label as usize]))
        })]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (runtime, out, label) = (call.runtime, &call.outputs[0], &call.inputs[0]);
        let ignored = super::nll_loss::ignored(self.ignore_index);
        let weight = match call.inputs.get(1) {
            Some(weight) => quote!(::core::option::Option::Some(#weight)),
            None => quote!(::core::option::Option::None),
        };
        Some(quote!(#runtime::ops::class_weight::class_weight(#out, #label, #weight, #ignored)))
    }
}
