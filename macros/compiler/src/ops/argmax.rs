//! Place of the largest or smallest element along an axis, PyTorch's `argmax` and `argmin`.
//!
//! Of equal elements the first counts; a NaN counts as the largest and as the smallest. The result is a tensor of
//! `u32`: whole numbers have no gradient.

use super::call::{Build::One, Call, Method, Problem};
use super::log_softmax::around;
use super::{KernelCall, Operation, Param, Vjp, check_count, optional, tensor};
use crate::graph::types::product;
use crate::graph::{ElementType, Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

const PARAMS: &[Param] = &[tensor("x"), optional("axis"), optional("keepdim")];

/// `x.argmax(axis, keepdim = false)`; without an axis the place in row-major order.
pub const METHODS: &[Method] = &[
    Method { name: "argmax", params: PARAMS, build: One(|call| build(call, false)) },
    Method { name: "argmin", params: PARAMS, build: One(|call| build(call, true)) },
];

fn build(call: &mut Call<'_>, smallest: bool) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let shape = call.shape(0)?;
    let keepdim = call.boolean(2, Some(false))?;
    let builder = &mut *call.builder;
    if call.args[1].is_none() {
        let flat = builder.reshape(value, vec![product(&shape)]);
        let found = builder.add(ArgMax { axis: 0, smallest }, &[flat]);
        let kept = if keepdim { vec![Size::one(); shape.len()] } else { Vec::new() };
        return Ok(builder.reshape(found, kept));
    }
    let axis = call.axis(1, None, shape.len())?;
    let found = call.builder.add(ArgMax { axis, smallest }, &[value]);
    let mut kept = shape;
    if keepdim {
        kept[axis] = Size::one();
    } else {
        kept.remove(axis);
    }
    Ok(call.builder.reshape(found, kept))
}

/// The place of the extreme element along an axis, which shrinks to size 1.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ArgMax {
    /// Along which axis.
    pub axis: usize,
    /// Whether the smallest element is looked for.
    pub smallest: bool,
}

impl Operation for ArgMax {
    fn text(&self) -> String {
        format!("{} along {}", if self.smallest { "argmin" } else { "argmax" }, self.axis)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        let mut shape = inputs[0].shape.clone();
        *shape.get_mut(self.axis).ok_or("axis out of range")? = Size::one();
        Ok(vec![TensorType { element: ElementType::U32, shape }])
    }

    fn vjp(&self, _: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        Ok(vec![None])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let x = inputs[0];
        vec![Array::from_fn(&sizes.shape(&outputs[0].shape), |index| {
            let at = |place: usize| {
                let mut index = index.to_vec();
                index[self.axis] = place;
                x.at(&index)
            };
            let wins = |value: f64, leader: f64| {
                !leader.is_nan()
                    && (value.is_nan() || if self.smallest { value < leader } else { value > leader })
            };
            let best = (1..x.shape[self.axis])
                .fold(0, |best, place| if wins(at(place), at(best)) { place } else { best });
            best as f64
        })]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        inputs[0].numel()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let [outer, len, inner] = around(&call.input_types[0].shape, self.axis);
        let (runtime, out, x, smallest) = (call.runtime, &call.outputs[0], &call.inputs[0], self.smallest);
        Some(quote!(#runtime::ops::argmax::argmax(#out, #x, #outer, #len, #inner, #smallest)))
    }
}
