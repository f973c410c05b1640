//! Slicing: `x[(.., 0..64)]`, `x.slice(.., 0..64)`; a whole number picks one place and drops the axis.

use super::call::{Argument, Call, Method, Problem};
use super::permute::row_major_strides;
use super::{KernelCall, Operation, Vjp, check_count, optional, tensor};
use crate::graph::{Size, TensorType, Value, shape_text};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `x.slice(a, b, …)` with one argument per axis from the first; the rest is taken whole.
pub const METHODS: &[Method] = &[Method {
    name: "slice",
    params: &[
        tensor("x"),
        optional("axis0"),
        optional("axis1"),
        optional("axis2"),
        optional("axis3"),
        optional("axis4"),
        optional("axis5"),
        optional("axis6"),
        optional("axis7"),
    ],
    build,
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let shape = call.shape(0)?;
    let given = (1..call.args.len()).take_while(|&index| call.given(index).is_some()).count();
    if given > shape.len() {
        return Err(Problem::from(format!(
            "{given} indices for {} axes of {}",
            shape.len(),
            shape_text(&shape)
        ))
        .at(shape.len() + 1));
    }
    let mut starts = vec![Size::default(); shape.len()];
    let mut sizes = shape.clone();
    let mut dropped = vec![false; shape.len()];
    for axis in 0..given {
        let (start, end) = match call.given(axis + 1) {
            Some(Argument::Range(start, end)) => {
                (start.clone().unwrap_or_default(), end.clone().unwrap_or_else(|| shape[axis].clone()))
            }
            Some(Argument::Size(index)) => {
                dropped[axis] = true;
                let from_end = index.as_literal().is_some_and(|literal| literal < 0);
                let index = if from_end { shape[axis].add(index) } else { index.clone() };
                (index.clone(), index.add(&Size::one()))
            }
            _ => {
                return Err(Problem::from("an index is a range such as `0..64`, `..`, or a whole number".to_string())
                    .at(axis + 1));
            }
        };
        let size = end.sub(&start);
        let past_end = shape[axis].sub(&end).as_literal().is_some_and(|rest| rest < 0);
        let empty = size.as_literal().is_some_and(|size| size < 1);
        if past_end || empty || start.as_literal().is_some_and(|start| start < 0) {
            return Err(Problem::from(format!(
                "{start}..{end} is not a non-empty part of axis {axis}, which has size {}",
                shape[axis]
            ))
            .at(axis + 1)
            .help(format!("the tensor is {}", shape_text(&shape))));
        }
        starts[axis] = start;
        sizes[axis] = size;
    }
    let part = if sizes == shape { value } else { call.builder.add(Slice { starts, sizes: sizes.clone() }, &[value]) };
    let kept = (0..shape.len()).filter(|&axis| !dropped[axis]).map(|axis| sizes[axis].clone()).collect();
    Ok(call.builder.reshape(part, kept))
}

/// The part that begins at `starts` and has these sizes.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Slice {
    /// First place along each axis.
    pub starts: Vec<Size>,
    /// Size along each axis.
    pub sizes: Vec<Size>,
}

/// Zeros of `shape` with the operand at `starts`: the gradient of a slice.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Unslice {
    /// First place along each axis.
    pub starts: Vec<Size>,
    /// Shape of the result.
    pub shape: Vec<Size>,
}

/// Offset of the first element, and strides, of a part of a tensor.
fn offset_and_strides(shape: &[Size], starts: &[Size]) -> (TokenStream, Vec<TokenStream>) {
    let strides = row_major_strides(shape);
    let offset = starts.iter().zip(&strides).fold(Size::default(), |sum, (start, stride)| sum.add(&start.mul(stride)));
    (offset.to_tokens(), strides.iter().map(Size::to_tokens).collect())
}

impl Operation for Slice {
    fn text(&self) -> String {
        format!("slice from {} of {}", shape_text(&self.starts), shape_text(&self.sizes))
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        if inputs[0].rank() != self.starts.len() {
            return Err("a start for every axis is needed".to_string());
        }
        Ok(vec![TensorType { element: inputs[0].element, shape: self.sizes.clone() }])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, shape) = (vjp.grad(), vjp.shape(0));
        Ok(vec![Some(vjp.builder.add(Unslice { starts: self.starts.clone(), shape }, &[grad]))])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let starts = sizes.shape(&self.starts);
        vec![Array::from_fn(&sizes.shape(&outputs[0].shape), |index| {
            let source: Vec<usize> = index.iter().zip(&starts).map(|(i, start)| i + start).collect();
            inputs[0].at(&source)
        })]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (offset, strides) = offset_and_strides(&call.input_types[0].shape, &self.starts);
        let sizes = self.sizes.iter().map(Size::to_tokens);
        let (runtime, out, input) = (call.runtime, &call.outputs[0], &call.inputs[0]);
        Some(quote!(#runtime::ops::strided_copy::strided_copy(#out, #input, &[#(#sizes),*], &[#(#strides),*], #offset)))
    }
}

impl Operation for Unslice {
    fn text(&self) -> String {
        format!("unslice at {} of {}", shape_text(&self.starts), shape_text(&self.shape))
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        if inputs[0].rank() != self.starts.len() {
            return Err("a start for every axis is needed".to_string());
        }
        Ok(vec![TensorType { element: inputs[0].element, shape: self.shape.clone() }])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, sizes) = (vjp.grad(), vjp.shape(0));
        Ok(vec![Some(vjp.builder.add(Slice { starts: self.starts.clone(), sizes }, &[grad]))])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let starts = sizes.shape(&self.starts);
        let mut out = Array::full(&sizes.shape(&outputs[0].shape), 0.0);
        inputs[0].for_each(|index, value| {
            let target: Vec<usize> = index.iter().zip(&starts).map(|(i, start)| i + start).collect();
            let at = out.offset(&target);
            out.data[at] = value;
        });
        vec![out]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (offset, strides) = offset_and_strides(&self.shape, &self.starts);
        let sizes = call.input_types[0].shape.iter().map(Size::to_tokens);
        let (runtime, out, input) = (call.runtime, &call.outputs[0], &call.inputs[0]);
        Some(quote!(#runtime::ops::strided_copy::strided_scatter(#out, #input, &[#(#sizes),*], &[#(#strides),*], #offset)))
    }
}
