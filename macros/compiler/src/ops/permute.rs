//! Reordering of axes: `permute`, `transpose` of two axes, `t` of a matrix.

use super::call::{Argument, Build::One, Call, Method, Problem, describe};
use super::{KernelCall, Operation, Vjp, check_count, required, tensor};
use crate::graph::{Size, TensorType, Value, shape_text};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `x.permute([0, 2, 1])`, `x.transpose(-2, -1)`, `x.t()`.
pub const METHODS: &[Method] = &[
    Method { name: "permute", params: &[tensor("x"), required("axes")], build: One(build_permute) },
    Method {
        name: "transpose",
        params: &[tensor("x"), required("axis0"), required("axis1")],
        build: One(build_transpose),
    },
    Method { name: "t", params: &[tensor("x")], build: One(build_t) },
];

fn build_permute(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let rank = call.shape(0)?.len();
    let literal = |item: &Argument| match item {
        Argument::Size(size) => size.as_literal(),
        _ => None,
    };
    let axes: Option<Vec<i64>> = match call.given(1) {
        Some(Argument::List(list)) => list.iter().map(literal).collect(),
        _ => None,
    };
    let axes: Vec<i64> = axes
        .unwrap_or_default()
        .into_iter()
        .map(|axis| if axis < 0 { axis + rank as i64 } else { axis })
        .collect();
    let mut sorted = axes.clone();
    sorted.sort_unstable();
    if sorted != (0..rank as i64).collect::<Vec<_>>() {
        let found = call.given(1).map_or("nothing".to_string(), |arg| describe(arg, call.builder));
        let reversed: Vec<usize> = (0..rank).rev().collect();
        return Err(Problem::from(format!(
            "`axes` of `permute` is a list in which each of the {rank} axes stands once, found {found}"
        ))
        .at(1)
        .note(format!("the tensor is {}", shape_text(&call.shape(0)?)))
        .help(format!("write all axes in their new order, for instance `permute({reversed:?})`")));
    }
    Ok(call.builder.permute(value, axes.into_iter().map(|axis| axis as usize).collect()))
}

fn build_transpose(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let rank = call.shape(0)?.len();
    let (first, second) = (call.axis(1, None, rank)?, call.axis(2, None, rank)?);
    let mut axes: Vec<usize> = (0..rank).collect();
    axes.swap(first, second);
    Ok(call.builder.permute(value, axes))
}

fn build_t(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    call.check_rank(0, 2, "[rows, columns]")
        .map_err(|problem| problem.help("use `transpose(-2, -1)` for the last two of more axes"))?;
    Ok(call.builder.permute(value, vec![1, 0]))
}

/// Axis `i` of the result is axis `axes[i]` of the operand.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Permute {
    /// A permutation.
    pub axes: Vec<usize>,
}

impl Permute {
    /// The permutation that undoes this one.
    pub fn inverse(&self) -> Vec<usize> {
        let mut inverse = vec![0; self.axes.len()];
        for (index, &axis) in self.axes.iter().enumerate() {
            inverse[axis] = index;
        }
        inverse
    }

    /// Whether it swaps the last two axes and leaves the rest: what a matrix product takes in its stride.
    pub fn swaps_last_two(&self) -> bool {
        let rank = self.axes.len();
        rank >= 2
            && self.axes[rank - 2] == rank - 1
            && self.axes[rank - 1] == rank - 2
            && (0..rank - 2).all(|axis| self.axes[axis] == axis)
    }
}

impl Operation for Permute {
    fn text(&self) -> String {
        format!("permute {:?}", self.axes)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        if inputs[0].rank() != self.axes.len() {
            return Err(format!("{:?} reorders another number of axes than {}", self.axes, inputs[0]));
        }
        let shape = self.axes.iter().map(|&axis| inputs[0].shape[axis].clone()).collect();
        Ok(vec![TensorType { element: inputs[0].element, shape }])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let grad = vjp.grad();
        Ok(vec![Some(vjp.builder.permute(grad, self.inverse()))])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let mut source = vec![0; self.axes.len()];
        vec![Array::from_fn(&sizes.shape(&outputs[0].shape), |index| {
            for (at, &axis) in self.axes.iter().enumerate() {
                source[axis] = index[at];
            }
            inputs[0].at(&source)
        })]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let strides = row_major_strides(&call.input_types[0].shape);
        let sizes = call.output_types[0].shape.iter().map(Size::to_tokens);
        let strides = self.axes.iter().map(|&axis| strides[axis].to_tokens());
        let (runtime, out, input) = (call.runtime, &call.outputs[0], &call.inputs[0]);
        Some(
            quote!(#runtime::ops::strided_copy::strided_copy(#out, #input, &[#(#sizes),*], &[#(#strides),*], 0)),
        )
    }
}

/// Distance in elements between neighbours along each axis of a contiguous tensor.
pub(super) fn row_major_strides(shape: &[Size]) -> Vec<Size> {
    let mut strides = vec![Size::one(); shape.len()];
    for axis in (0..shape.len().saturating_sub(1)).rev() {
        strides[axis] = strides[axis + 1].mul(&shape[axis + 1]);
    }
    strides
}
