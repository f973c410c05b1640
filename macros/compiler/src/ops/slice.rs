//! Slicing: `x[(.., 0..64)]`, `x.slice(.., 0..64)`; a whole number picks one place and drops the axis, as `x.at(1, 5)`
//! does along any axis (PyTorch's `select`). Elements of any type.

use super::call::{Argument, Build::One, Call, Method, Problem, describe};
use super::permute::{row_major_strides, stride_tokens, strided_copy, strided_scatter};
use super::{KernelCall, Operation, Vjp, check_count, optional, required, tensor};
use crate::graph::{Builder, Size, TensorType, Value, shape_text};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;

/// `x.slice(a, b, …)` with one argument per axis from the first; the rest is taken whole. `x.at(axis, index)`.
pub const METHODS: &[Method] = &[
    Method {
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
        build: One(build),
    },
    Method { name: "at", params: &[tensor("x"), required("axis"), required("index")], build: One(build_at) },
];

fn build_at(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.tensor(0)?;
    let shape = call.shape(0)?;
    let axis = call.axis(1, None, shape.len())?;
    let Some(index @ Argument::Size(_)) = call.given(2) else {
        let found = call.given(2).map_or("nothing".to_string(), |arg| describe(arg, call.builder));
        return Err(Problem::from(format!("`index` of `at` is a whole number, found {found}"))
            .at(2)
            .help("`slice` takes ranges: `x.slice(.., 0..64)`"));
    };
    let (start, _) = bounds(index, axis, &shape, call.builder).map_err(|problem| problem.at(2))?;
    Ok(pick(call.builder, value, axis, start))
}

/// One place along an axis, which vanishes.
pub(super) fn pick(builder: &mut Builder, value: Value, axis: usize, place: Size) -> Value {
    let part = part(builder, value, axis, place, Size::one());
    let mut shape = builder.ty(part).shape.clone();
    shape.remove(axis);
    builder.reshape(part, shape)
}

/// `size` places along an axis from `start` on.
pub(crate) fn part(builder: &mut Builder, value: Value, axis: usize, start: Size, size: Size) -> Value {
    let mut sizes = builder.ty(value).shape.clone();
    if sizes[axis] == size {
        return value;
    }
    let mut starts = vec![Size::default(); sizes.len()];
    (starts[axis], sizes[axis]) = (start, size);
    builder.add(Slice { starts, sizes }, &[value])
}

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.tensor(0)?;
    let shape = call.shape(0)?;
    let given = (1..call.args.len()).rev().find(|&index| call.given(index).is_some()).unwrap_or(0);
    if given > shape.len() {
        return Err(Problem::from(format!(
            "{given} indices for the {} axes of {}",
            shape.len(),
            shape_text(&shape)
        ))
        .at(shape.len() + 1)
        .help("give at most one index for each axis"));
    }
    let mut starts = vec![Size::default(); shape.len()];
    let mut sizes = shape.clone();
    let mut dropped = vec![false; shape.len()];
    for axis in 0..given {
        let Some(index) = call.given(axis + 1) else { continue };
        let (start, end) = bounds(index, axis, &shape, call.builder)?;
        dropped[axis] = matches!(index, Argument::Size(_));
        sizes[axis] = end.sub(&start);
        starts[axis] = start;
    }
    let part = if sizes == shape {
        value
    } else {
        call.builder.add(Slice { starts, sizes: sizes.clone() }, &[value])
    };
    let kept = (0..shape.len()).filter(|&axis| !dropped[axis]).map(|axis| sizes[axis].clone()).collect();
    Ok(call.builder.reshape(part, kept))
}

/// The places that an index takes of an axis, from the first to, exclusive, the last.
fn bounds(index: &Argument, axis: usize, shape: &[Size], builder: &Builder) -> Result<(Size, Size), Problem> {
    let size = &shape[axis];
    let (start, end) = match index {
        Argument::Range(start, end) => {
            (start.clone().unwrap_or_default(), end.clone().unwrap_or_else(|| size.clone()))
        }
        Argument::Size(place) => {
            let from_end = place.as_literal().is_some_and(|literal| literal < 0);
            let place = if from_end { size.add(place) } else { place.clone() };
            (place.clone(), place.add(&Size::one()))
        }
        Argument::Tensor(_)
        | Argument::Float(_)
        | Argument::Bool(_)
        | Argument::Text(_)
        | Argument::List(_) => {
            return Err(Problem::from(format!(
                "an index is a range such as `0..64`, `..`, or a whole number, found {}",
                describe(index, builder)
            ))
            .at(axis + 1));
        }
    };
    let past_end = size.sub(&end).as_literal().is_some_and(|rest| rest < 0);
    let empty = end.sub(&start).as_literal().is_some_and(|size| size < 1);
    if !(past_end || empty || start.as_literal().is_some_and(|start| start < 0)) {
        return Ok((start, end));
    }
    let (what, help) = match (index, size.as_literal()) {
        (Argument::Size(place), Some(literal)) => (
            format!("index {place} is outside axis {axis}, which has size {size}"),
            format!("use 0 to {}, or -{literal} to -1", literal - 1),
        ),
        (Argument::Size(place), None) => (
            format!("index {place} is outside axis {axis}, which has size {size}"),
            format!("use 0 to {size} - 1, or a negative number to count from the end"),
        ),
        _ => (
            format!("{start}..{end} is not a non-empty part of axis {axis}, which has size {size}"),
            format!("a range starts at 0 or later and ends, exclusive, at {size} or before"),
        ),
    };
    Err(Problem::from(what).at(axis + 1).note(format!("the tensor is {}", shape_text(shape))).help(help))
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
fn offset_and_strides(shape: &[Size], starts: &[Size]) -> (Size, Vec<TokenStream>) {
    let strides = row_major_strides(shape);
    let offset =
        starts.iter().zip(&strides).fold(Size::default(), |sum, (start, stride)| sum.add(&start.mul(stride)));
    (offset, strides.iter().map(stride_tokens).collect())
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
        Some(strided_copy(call, &strides, &offset))
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
        Some(strided_scatter(call, &strides, &offset))
    }
}
