//! Concatenation along an axis: `concat([a, b], axis = 1)`, PyTorch's `cat`.

use super::call::{Argument, Build::One, Call, Method, Problem, describe};
use super::slice::Slice;
use super::{KernelCall, Operation, Vjp, optional, required};
use crate::graph::types::product;
use crate::graph::{Size, TensorType, Value, shape_text};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// The tensors one after the other along `axis` (0 by default); the other sizes are equal.
pub const METHODS: &[Method] =
    &[Method { name: "concat", params: &[required("tensors"), optional("axis")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let values: Option<Vec<Value>> = match call.given(0) {
        Some(Argument::List(list)) if !list.is_empty() => list
            .iter()
            .map(|item| match item {
                Argument::Tensor(value) => Some(*value),
                _ => None,
            })
            .collect(),
        _ => None,
    };
    let Some(values) = values else {
        let found = call.given(0).map_or("nothing".to_string(), |arg| describe(arg, call.builder));
        return Err(Problem::from(format!("`concat` takes a list of tensors, found {found}"))
            .at(0)
            .help("write `concat([a, b], axis = 1)`"));
    };
    let first = call.builder.ty(values[0]).clone();
    let axis = call.axis(1, Some(0), first.rank())?;
    for &value in &values[1..] {
        check_pair(&first, call.builder.ty(value), axis)?;
    }
    if values.len() == 1 {
        return Ok(values[0]);
    }
    Ok(call.builder.try_add(Concat { axis }.into(), &values)?[0])
}

/// The two tensors can stand one after the other.
fn check_pair(first: &TensorType, other: &TensorType, axis: usize) -> Result<(), Problem> {
    let (left, right) = (shape_text(&first.shape), shape_text(&other.shape));
    if first.element != other.element {
        let (left, right) = (first.element.name(), other.element.name());
        return Err(Problem::from(format!("tensors of `{left}` and `{right}` cannot be concatenated"))
            .at(0)
            .help("declare both with the same element type"));
    }
    if first.rank() != other.rank() {
        return Err(Problem::from(format!(
            "{left} and {right} cannot be concatenated: they have {} and {} axes",
            first.rank(),
            other.rank()
        ))
        .at(0)
        .help("add or merge axes with `reshape`"));
    }
    match (0..first.rank()).find(|&at| at != axis && first.shape[at] != other.shape[at]) {
        None => Ok(()),
        Some(at) => Err(Problem::from(format!(
            "{left} and {right} cannot be concatenated along axis {axis}: axis {at} is {} and {}",
            first.shape[at], other.shape[at]
        ))
        .at(0)
        .help(format!("make all sizes but those of axis {axis} equal, or choose another `axis`"))),
    }
}

/// The operands one after the other along an axis.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Concat {
    /// The axis.
    pub axis: usize,
}

impl Operation for Concat {
    fn text(&self) -> String {
        format!("concat along {}", self.axis)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        let first = inputs.first().ok_or("nothing to concatenate")?;
        let mut shape = first.shape.clone();
        shape[self.axis] = inputs.iter().fold(Size::default(), |sum, ty| sum.add(&ty.shape[self.axis]));
        Ok(vec![TensorType { element: first.element, shape }])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let grad = vjp.grad();
        let mut start = Size::default();
        let grads = (0..vjp.inputs.len()).map(|index| {
            let sizes = vjp.shape(index);
            let mut starts = vec![Size::default(); sizes.len()];
            starts[self.axis] = start.clone();
            start = start.add(&sizes[self.axis]);
            vjp.if_needed(index, |builder| builder.add(Slice { starts, sizes }, &[grad]))
        });
        Ok(grads.collect())
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        vec![Array::from_fn(&sizes.shape(&outputs[0].shape), |index| {
            let mut index = index.to_vec();
            for input in inputs {
                let size = input.shape[self.axis];
                if index[self.axis] < size {
                    return input.at(&index);
                }
                index[self.axis] -= size;
            }
            unreachable!("the sizes along the axis add up")
        })]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let lens = call.input_types.iter().map(|ty| product(&ty.shape[self.axis..]).to_tokens());
        let outer = product(&call.output_types[0].shape[..self.axis]).to_tokens();
        let (runtime, out, inputs) = (call.runtime, &call.outputs[0], call.inputs);
        Some(quote!(#runtime::ops::concat::concat(#out, &[#(&*#inputs),*], &[#(#lens),*], #outer)))
    }
}
