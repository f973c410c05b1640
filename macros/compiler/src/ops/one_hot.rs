//! Labels as vectors with a single one: `out[…, c] = 1` where `c` is the label, else 0. PyTorch's `one_hot`, as `f32`.
//!
//! Labels are whole numbers from 0 below the number of classes; others are an error at run time.

use super::call::{Build::One, Call, Method, Problem};
use super::{KernelCall, Operation, Vjp, check_count, required, tensor};
use crate::graph::{Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `label.one_hot(num_classes)`: a new last axis of this size.
pub const METHODS: &[Method] =
    &[Method { name: "one_hot", params: &[tensor("label"), required("num_classes")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let label = call.tensor(0)?;
    let element = call.builder.ty(label).element;
    if !element.is_integer() {
        return Err(Problem::from(format!(
            "`label` of `one_hot` is a tensor of whole numbers, found `{}`",
            element.name()
        ))
        .at(0)
        .help("declare it `Tensor<u8, N>`: one class number for each row"));
    }
    let classes = call.size(1, None)?;
    Ok(call.builder.add(OneHot { classes }, &[label]))
}

/// Labels as vectors with a single one.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct OneHot {
    /// Number of classes.
    pub classes: Size,
}

impl Operation for OneHot {
    fn text(&self) -> String {
        format!("one_hot of {}", self.classes)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        let mut shape = inputs[0].shape.clone();
        shape.push(self.classes.clone());
        Ok(vec![TensorType::real(shape)])
    }

    fn vjp(&self, _: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        Ok(vec![None])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        vec![Array::from_fn(&sizes.shape(&outputs[0].shape), |index| {
            let (class, place) = index.split_last().expect("the classes are the last axis");
            if inputs[0].at(place) == *class as f64 { 1.0 } else { 0.0 }
        })]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let classes = self.classes.to_tokens();
        let (runtime, out, label) = (call.runtime, &call.outputs[0], &call.inputs[0]);
        Some(quote!(#runtime::ops::one_hot::one_hot(#out, #label, #classes)?))
    }
}
