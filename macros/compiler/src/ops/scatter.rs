//! Elements put, or added, to the places along an axis that a tensor of indices names:
//! `out[i, index[i, j, k], k] = src[i, j, k]` for axis 1, and `out = x` elsewhere.
//!
//! Of equal indices the last in row-major order wins in `scatter`; `scatter_add` adds in that order. Gradients are
//! PyTorch's: that of `src` is the gradient picked at its index (where indices are equal, each of them has it, also
//! those whose element was overwritten), that of `x` is 0 where `scatter` wrote.

use super::call::{Argument, Build::One, Call, Method, Problem};
use super::concat::Concat;
use super::gather::{
    Gather, check_index, check_pair, check_same_rank, extents_along, narrow_to_index, place,
};
use super::slice::Slice;
use super::{KernelCall, Operation, Vjp, check_count, required, tensor};
use crate::graph::scalar::{Number, add, arg};
use crate::graph::{Builder, Size, TensorType, Value, shape_text};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

const PARAMS: &[super::Param] = &[tensor("x"), required("axis"), required("index"), required("src")];

/// `x.scatter(axis, index, src)`, with a tensor or a number as `src`, and `x.scatter_add(axis, index, src)`.
pub const METHODS: &[Method] = &[
    Method { name: "scatter", params: PARAMS, build: One(|call| build(call, false)) },
    Method { name: "scatter_add", params: PARAMS, build: One(|call| build(call, true)) },
];

fn build(call: &mut Call<'_>, adds: bool) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let shape = call.shape(0)?;
    let axis = call.axis(1, None, shape.len())?;
    let index = check_index(call, 2)?;
    check_same_rank(call, 2, &shape, index)?;
    let part = narrow_to_index(call, 2, value, index, Some(axis))?;
    let number = match call.given(3) {
        Some(Argument::Float(_) | Argument::Size(_)) if !adds => Some(call.float(3, None)?),
        _ => None,
    };
    let part = match number {
        Some(number) => {
            let value = Number::new(number);
            call.builder.add(ScatterValue { axis, value }, &[part, index])
        }
        None => {
            let src = call.float_tensor(3)?;
            let of_src = call.builder.ty(src).shape.clone();
            if of_src.len() != shape.len() {
                return Err(Problem::from(format!(
                    "`{}` takes a `src` of as many axes as its index, {}, found {} {}",
                    call.method.name,
                    shape.len(),
                    of_src.len(),
                    shape_text(&of_src)
                ))
                .at(3)
                .help("give `src` an element for each index with `expand` or `reshape`"));
            }
            let src = narrow_to_index(call, 3, src, index, None)?;
            if adds {
                let size = shape[axis].clone();
                let sums = call.builder.add(ScatterAdd { axis, size }, &[src, index]);
                call.builder.map(&add(arg(0), arg(1)), &[part, sums])
            } else {
                call.builder.add(Scatter { axis }, &[part, src, index])
            }
        }
    };
    Ok(put_back(call.builder, part, value))
}

/// `whole` with its first part along each axis replaced by `part`.
fn put_back(builder: &mut Builder, mut part: Value, whole: Value) -> Value {
    let shape = builder.ty(whole).shape.clone();
    for axis in (0..shape.len()).rev() {
        let mut sizes = builder.ty(part).shape.clone();
        if sizes[axis] == shape[axis] {
            continue;
        }
        let mut starts = vec![Size::default(); shape.len()];
        starts[axis] = sizes[axis].clone();
        sizes[axis] = shape[axis].sub(&sizes[axis]);
        let rest = builder.add(Slice { starts, sizes }, &[whole]);
        part = builder.add(Concat { axis }, &[part, rest]);
    }
    part
}

/// Sums of the source by the places that the index names: `scatter_add` to zeros, the gradient of [`Gather`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ScatterAdd {
    /// Along which axis.
    pub axis: usize,
    /// Size of the axis in the result.
    pub size: Size,
}

/// The first operand with the elements of the second at the places that the third names.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Scatter {
    /// Along which axis.
    pub axis: usize,
}

/// The first operand with one number at the places that the second names.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ScatterValue {
    /// Along which axis.
    pub axis: usize,
    /// The number.
    pub value: Number,
}

impl Operation for ScatterAdd {
    fn text(&self) -> String {
        format!("scatter_add along {} of {}", self.axis, self.size)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 2)?;
        check_pair(inputs[0], inputs[1], self.axis)?;
        let mut shape = inputs[0].shape.clone();
        if shape != inputs[1].shape {
            return Err(format!("a source {} for indices {}", inputs[0], inputs[1]));
        }
        shape[self.axis] = self.size.clone();
        Ok(vec![TensorType::real(shape)])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, index, axis) = (vjp.grad(), vjp.inputs[1], self.axis);
        Ok(vec![vjp.if_needed(0, |b| b.add(Gather { axis }, &[grad, index])), None])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let mut out = Array::full(&sizes.shape(&outputs[0].shape), 0.0);
        inputs[0].for_each(|at, value| {
            let target = out.offset(&place(at, self.axis, inputs[1].at(at)));
            out.data[target] += value;
        });
        vec![out]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        inputs[0].numel()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (runtime, out, src, index) = (call.runtime, &call.outputs[0], &call.inputs[0], &call.inputs[1]);
        let [shape, of_index] = [&call.output_types[0].shape, &call.input_types[1].shape];
        let extents = extents_along(runtime, shape, of_index, self.axis);
        Some(quote!(#runtime::ops::scatter::scatter_add(#out, #src, #index, #extents)?))
    }
}

impl Operation for Scatter {
    fn text(&self) -> String {
        format!("scatter along {}", self.axis)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 3)?;
        check_pair(inputs[0], inputs[2], self.axis)?;
        if inputs[1].shape != inputs[2].shape {
            return Err(format!("a source {} for indices {}", inputs[1], inputs[2]));
        }
        Ok(vec![inputs[0].clone()])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, index, axis) = (vjp.grad(), vjp.inputs[2], self.axis);
        let overwritten = ScatterValue { axis, value: Number::new(0.0) };
        Ok(vec![
            vjp.if_needed(0, |b| b.add(overwritten, &[grad, index])),
            vjp.if_needed(1, |b| b.add(Gather { axis }, &[grad, index])),
            None,
        ])
    }

    fn evaluate(&self, inputs: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        let mut out = inputs[0].clone();
        inputs[1].for_each(|at, value| {
            let target = out.offset(&place(at, self.axis, inputs[2].at(at)));
            out.data[target] = value;
        });
        vec![out]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (runtime, out) = (call.runtime, &call.outputs[0]);
        let [base, src, index] = [0, 1, 2].map(|operand| &call.inputs[operand]);
        let [shape, of_index] = [&call.input_types[0].shape, &call.input_types[2].shape];
        let extents = extents_along(runtime, shape, of_index, self.axis);
        Some(quote!(#runtime::ops::scatter::scatter(#out, #base, #src, #index, #extents)?))
    }
}

impl Operation for ScatterValue {
    fn text(&self) -> String {
        format!("scatter {} along {}", self.value.value(), self.axis)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 2)?;
        check_pair(inputs[0], inputs[1], self.axis)?;
        Ok(vec![inputs[0].clone()])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, index) = (vjp.grad(), vjp.inputs[1]);
        let overwritten = ScatterValue { axis: self.axis, value: Number::new(0.0) };
        Ok(vec![vjp.if_needed(0, |b| b.add(overwritten, &[grad, index])), None])
    }

    fn evaluate(&self, inputs: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        let mut out = inputs[0].clone();
        inputs[1].for_each(|at, named| {
            let target = out.offset(&place(at, self.axis, named));
            out.data[target] = self.value.value();
        });
        vec![out]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (runtime, out, base, index) = (call.runtime, &call.outputs[0], &call.inputs[0], &call.inputs[1]);
        let [shape, of_index] = [&call.input_types[0].shape, &call.input_types[1].shape];
        let extents = extents_along(runtime, shape, of_index, self.axis);
        let value = crate::emit::emit_number(self.value.value());
        Some(quote!(#runtime::ops::scatter::scatter_value(#out, #base, #value, #index, #extents)?))
    }
}
