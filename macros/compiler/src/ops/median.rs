//! Medians, along an axis or of all elements: of an even number of elements the lower of the two in the middle, as in
//! PyTorch; NaN if any element is.
//!
//! Elements equal to the median share the gradient evenly, as in PyTorch without an axis; with one, PyTorch gives all of
//! it to one of them and does not say to which.

use super::argmax::{PARAMS, along_one_axis};
use super::call::{Build::One, Method};
use super::log_softmax::around;
use super::reduce::share_evenly;
use super::{KernelCall, Operation, Vjp, check_count};
use crate::graph::{Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `x.median(axis, keepdim = false)`.
pub const METHODS: &[Method] = &[Method {
    name: "median",
    params: PARAMS,
    build: One(|call| along_one_axis(call, |axis| Median { axis }.into())),
}];

/// The lower median along an axis, which shrinks to size 1.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Median {
    /// Along which axis.
    pub axis: usize,
}

impl Operation for Median {
    fn text(&self) -> String {
        format!("median along {}", self.axis)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        let mut shape = inputs[0].shape.clone();
        *shape.get_mut(self.axis).ok_or("axis out of range")? = Size::one();
        Ok(vec![TensorType::f32(shape)])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (input, output, grad) = (vjp.inputs[0], vjp.outputs[0], vjp.grad());
        Ok(vec![Some(share_evenly(vjp.builder, grad, input, output, &[self.axis]))])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let x = inputs[0];
        vec![Array::from_fn(&sizes.shape(&outputs[0].shape), |index| {
            let at = |place: usize| {
                let mut index = index.to_vec();
                index[self.axis] = place;
                x.at(&index)
            };
            let mut line: Vec<f64> = (0..x.shape[self.axis]).map(at).collect();
            line.sort_by(f64::total_cmp);
            if line.iter().any(|x| x.is_nan()) { f64::NAN } else { line[(line.len() - 1) / 2] }
        })]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        inputs[0].numel()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let [outer, len, inner] = around(&call.input_types[0].shape, self.axis);
        let (runtime, out, x) = (call.runtime, &call.outputs[0], &call.inputs[0]);
        Some(quote!(#runtime::ops::median::median(#out, #x, #outer, #len, #inner)))
    }
}
