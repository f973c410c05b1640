//! Axes from the last place to the first: `x.flip(axes)`. Its own gradient; elements of any type.

use super::call::{Build::One, Call, Method, Problem};
use super::permute::{row_major_strides, stride_tokens, strided_copy};
use super::{KernelCall, Operation, Vjp, check_count, required, tensor};
use crate::graph::{Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `x.flip(1)`, `x.flip([0, 2])`.
pub const METHODS: &[Method] =
    &[Method { name: "flip", params: &[tensor("x"), required("axes")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.tensor(0)?;
    let shape = call.shape(0)?;
    let mut axes = call.axes(1, shape.len())?;
    axes.retain(|&axis| !shape[axis].is_one());
    if axes.is_empty() {
        return Ok(value);
    }
    Ok(call.builder.add(Flip { axes }, &[value]))
}

/// The operand with some axes in reverse.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Flip {
    /// Which axes, sorted.
    pub axes: Vec<usize>,
}

impl Operation for Flip {
    fn text(&self) -> String {
        format!("flip {:?}", self.axes)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        Ok(vec![inputs[0].clone()])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let grad = vjp.grad();
        Ok(vec![Some(vjp.builder.add(self.clone(), &[grad]))])
    }

    fn evaluate(&self, inputs: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        let x = inputs[0];
        vec![Array::from_fn(&x.shape, |index| {
            let mut source = index.to_vec();
            for &axis in &self.axes {
                source[axis] = x.shape[axis] - 1 - index[axis];
            }
            x.at(&source)
        })]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    /// A strided copy that starts at the last place of each flipped axis.
    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let shape = &call.input_types[0].shape;
        let strides = row_major_strides(shape);
        let offset = self
            .axes
            .iter()
            .fold(Size::default(), |sum, &axis| sum.add(&shape[axis].sub(&Size::one()).mul(&strides[axis])));
        let strides = (0..shape.len()).map(|axis| {
            let stride = stride_tokens(&strides[axis]);
            if self.axes.contains(&axis) { quote!(-(#stride)) } else { stride }
        });
        Some(strided_copy(call, &strides.collect::<Vec<_>>(), &offset))
    }
}
