//! Whole slices picked along an axis: `out[i, a, b, k] = x[i, index[a, b], k]` for axis 1 and an index of two axes.
//!
//! Along axis 0 of a matrix it is the lookup of embeddings. The gradient of `x` adds up the gradients of its slices in
//! the order of the indices, with the same bits for any number of threads. Indices are whole numbers from 0 below the
//! size of the axis; others are an error at run time.

use super::call::{Build::One, Call, Method, Problem};
use super::embedding::{index_for_rows, is_padding};
use super::gather::{check_index, extents};
use super::index_add::IndexAdd;
use super::{KernelCall, Operation, Vjp, check_count, required, tensor};
use crate::graph::scalar::{Binary, arg, binary, constant, div, select};
use crate::graph::types::product;
use crate::graph::{Builder, ElementType, Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `x.index_select(axis, index)`: the axis is replaced by those of the index, of which there may be any number
/// (PyTorch's `index_select` takes one).
pub const METHODS: &[Method] = &[Method {
    name: "index_select",
    params: &[tensor("x"), required("axis"), required("index")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let rank = call.shape(0)?.len();
    let axis = call.axis(1, None, rank)?;
    let index = check_index(call, 2)?;
    Ok(call.builder.add(IndexSelect { axis, frozen: None, by_frequency: false }, &[value, index]))
}

/// The slices along an axis that an index names; its axes stand in the place of that axis.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct IndexSelect {
    /// Along which axis.
    pub axis: usize,
    /// A place that gets no gradient.
    pub frozen: Option<usize>,
    /// Whether the gradient of a place is divided by how often the index names it.
    pub by_frequency: bool,
}

/// The index into the tensor, the index into the indices, of an element of the result.
pub(super) fn split_index(at: &[usize], axis: usize, index_rank: usize) -> (Vec<usize>, Vec<usize>) {
    let (named, after) = at[axis..].split_at(index_rank);
    let mut outside = at[..axis].to_vec();
    outside.push(0);
    outside.extend_from_slice(after);
    (outside, named.to_vec())
}

/// How often an index names each place of an axis of `size`, with `after` axes of size 1 behind it.
fn count(builder: &mut Builder, index: Value, size: Size, after: usize) -> Value {
    let ones = builder.constant(1.0);
    let shape = builder.ty(index).shape.clone();
    let ones = builder.expand(ones, shape);
    let counts = builder.add(IndexAdd { axis: 0, size: size.clone() }, &[ones, index]);
    let mut shape = vec![size];
    shape.extend(std::iter::repeat_n(Size::one(), after));
    builder.reshape(counts, shape)
}

impl Operation for IndexSelect {
    fn text(&self) -> String {
        let frozen = self.frozen.map(|place| format!(", no gradient at {place}")).unwrap_or_default();
        let by_frequency = if self.by_frequency { ", gradient by frequency" } else { "" };
        format!("index_select along {}{frozen}{by_frequency}", self.axis)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 2)?;
        let (x, index) = (inputs[0], inputs[1]);
        if x.element != ElementType::Real || !index.element.is_integer() || self.axis >= x.rank() {
            return Err(format!("{x} is not indexed by {index} along axis {}", self.axis));
        }
        let mut shape = x.shape.clone();
        shape.splice(self.axis..=self.axis, index.shape.iter().cloned());
        Ok(vec![TensorType::real(shape)])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, index, size) = (vjp.grad(), vjp.inputs[1], vjp.shape(0)[self.axis].clone());
        let (axis, frozen, after) = (self.axis, self.frozen, vjp.shape(0).len() - self.axis - 1);
        let by_frequency = self.by_frequency;
        let grad_input = vjp.if_needed(0, |b| {
            let grad = match frozen {
                Some(place) => {
                    let numbers = index_for_rows(b, index, after);
                    b.map(&select(is_padding(place), constant(0.0), arg(1)), &[numbers, grad])
                }
                None => grad,
            };
            let sums = b.add(IndexAdd { axis, size: size.clone() }, &[grad, index]);
            if !by_frequency {
                return sums;
            }
            let frequency = count(b, index, size, after);
            b.map(&div(arg(0), binary(Binary::Maximum, arg(1), constant(1.0))), &[sums, frequency])
        });
        Ok(vec![grad_input, None])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        vec![Array::from_fn(&sizes.shape(&outputs[0].shape), |at| {
            let (mut source, named) = split_index(at, self.axis, inputs[1].shape.len());
            source[self.axis] = inputs[1].at(&named) as usize;
            inputs[0].at(&source)
        })]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (runtime, out, x, index) = (call.runtime, &call.outputs[0], &call.inputs[0], &call.inputs[1]);
        let (shape, axis) = (&call.input_types[0].shape, self.axis);
        let count = product(&call.input_types[1].shape);
        let extents = extents(runtime, [&shape[..axis], &shape[axis + 1..]], &shape[axis], &count);
        Some(quote!(#runtime::ops::index_select::index_select(#out, #x, #index, #extents)?))
    }
}
