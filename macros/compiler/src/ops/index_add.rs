//! Whole slices added to the places along an axis that an index names: `out[i, index[j], k] += alpha · src[i, j, k]`
//! for axis 1, from `out = x`.
//!
//! Slices of equal index are added in their order. d/dx is the gradient itself, d/dsrc its slices at the index times
//! `alpha`. Indices are whole numbers from 0 below the size of the axis; others are an error at run time.

use super::call::{Build::One, Call, Method, Problem};
use super::gather::{check_index, extents};
use super::index_select::{IndexSelect, split_index};
use super::{KernelCall, Operation, Vjp, check_count, optional, required, tensor};
use crate::graph::scalar::{add, arg, constant, mul};
use crate::graph::types::product;
use crate::graph::{ElementType, Size, TensorType, Value, shape_text};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `x.index_add(axis, index, src, alpha = 1)`, PyTorch's `index_add`. The index may have any number of axes, which
/// `src` has in the place of `axis`.
pub const METHODS: &[Method] = &[Method {
    name: "index_add",
    params: &[tensor("x"), required("axis"), required("index"), required("src"), optional("alpha")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let shape = call.shape(0)?;
    let axis = call.axis(1, None, shape.len())?;
    let index = check_index(call, 2)?;
    let src = call.float_tensor(3)?;
    let alpha = call.float(4, Some(1.0))?;
    let index_shape = call.builder.ty(index).shape.clone();
    let mut expected = shape.clone();
    expected.splice(axis..=axis, index_shape.iter().cloned());
    let found = call.shape(3)?;
    if found != expected {
        return Err(Problem::from(format!(
            "`index_add` to {} along axis {axis} by an index {} takes a `src` of shape {}, found {}",
            shape_text(&shape),
            shape_text(&index_shape),
            shape_text(&expected),
            shape_text(&found)
        ))
        .at(3)
        .help(format!("give `src` the shape {}: one slice for each index", shape_text(&expected))));
    }
    let size = shape[axis].clone();
    let sums = call.builder.add(IndexAdd { axis, size }, &[src, index]);
    Ok(call.builder.map(&add(arg(0), mul(constant(alpha), arg(1))), &[value, sums]))
}

/// Sums of slices by the places that the index names: the gradient of [`IndexSelect`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct IndexAdd {
    /// Along which axis: where the axes of the index begin in the source.
    pub axis: usize,
    /// Size of the axis in the result.
    pub size: Size,
}

impl Operation for IndexAdd {
    fn text(&self) -> String {
        format!("index_add along {} of {}", self.axis, self.size)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 2)?;
        let (src, index) = (inputs[0], inputs[1]);
        let mut shape = src.shape.clone();
        let end = self.axis + index.rank();
        if src.element != ElementType::Real
            || !index.element.is_integer()
            || shape.get(self.axis..end) != Some(&index.shape[..])
        {
            return Err(format!("a source {src} for an index {index} along axis {}", self.axis));
        }
        shape.splice(self.axis..end, [self.size.clone()]);
        Ok(vec![TensorType::real(shape)])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, index, axis) = (vjp.grad(), vjp.inputs[1], self.axis);
        let picked = IndexSelect { axis, frozen: None, by_frequency: false };
        Ok(vec![vjp.if_needed(0, |b| b.add(picked, &[grad, index])), None])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let mut out = Array::full(&sizes.shape(&outputs[0].shape), 0.0);
        inputs[0].for_each(|at, value| {
            let (mut target, named) = split_index(at, self.axis, inputs[1].shape.len());
            target[self.axis] = inputs[1].at(&named) as usize;
            let target = out.offset(&target);
            out.data[target] += value;
        });
        vec![out]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        inputs[0].numel()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (runtime, out, src, index) = (call.runtime, &call.outputs[0], &call.inputs[0], &call.inputs[1]);
        let (shape, axis) = (&call.output_types[0].shape, self.axis);
        let count = product(&call.input_types[1].shape);
        let extents = extents(runtime, [&shape[..axis], &shape[axis + 1..]], &shape[axis], &count);
        Some(quote!(#runtime::ops::index_add::index_add(#out, #src, #index, #extents)?))
    }
}
