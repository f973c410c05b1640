//! Rotation along axes: what leaves at the end comes in at the start. Elements of any type.
//!
//! d/dx is the rotation back.

use super::call::{Argument, Build::One, Call, Method, Problem};
use super::log_softmax::around;
use super::{KernelCall, Operation, Vjp, check_count, optional, required, tensor};
use crate::graph::types::product;
use crate::graph::{Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// `x.roll(1, 0)`, `x.roll([1, -2], axes = [0, 1])`; without axes the elements rotate in row-major order.
pub const METHODS: &[Method] = &[Method {
    name: "roll",
    params: &[tensor("x"), required("shifts"), optional("axes")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.tensor(0)?;
    let shape = call.shape(0)?;
    let shifts = shifts(call)?;
    if call.given(2).is_none() {
        let [shift] = shifts[..] else {
            return Err(Problem::from(format!(
                "`roll` without `axes` takes one shift, found {}",
                shifts.len()
            ))
            .at(1)
            .help("name an axis for each shift: `roll([1, -2], axes = [0, 1])`"));
        };
        let flat = call.builder.reshape(value, vec![product(&shape)]);
        let rolled = call.builder.add(Roll { axis: 0, shift }, &[flat]);
        return Ok(call.builder.reshape(rolled, shape));
    }
    let axes = call.axes_in_order(2, shape.len())?;
    if axes.len() != shifts.len() {
        return Err(Problem::from(format!(
            "`roll` takes a shift for each axis, found {} shifts for {} axes",
            shifts.len(),
            axes.len()
        ))
        .at(2)
        .help("give `shifts` and `axes` the same length"));
    }
    let pairs = shifts.into_iter().zip(axes).filter(|&(shift, _)| shift != 0);
    Ok(pairs.fold(value, |value, (shift, axis)| call.builder.add(Roll { axis, shift }, &[value])))
}

fn shifts(call: &Call<'_>) -> Result<Vec<i64>, Problem> {
    let Some(Argument::List(list)) = call.given(1) else { return Ok(vec![call.signed(1, None)?]) };
    let literal = |item: &Argument| match item {
        Argument::Size(size) => size.as_literal(),
        _ => None,
    };
    list.iter().map(literal).collect::<Option<_>>().ok_or_else(|| {
        Problem::from("`shifts` of `roll` are whole numbers known at compile time".to_string()).at(1)
    })
}

/// The operand with place `j` of an axis at place `(j + shift) mod len`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Roll {
    /// The axis.
    pub axis: usize,
    /// By how many places, towards the end; negative towards the start.
    pub shift: i64,
}

impl Operation for Roll {
    fn text(&self) -> String {
        format!("roll by {} along {}", self.shift, self.axis)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        Ok(vec![inputs[0].clone()])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let grad = vjp.grad();
        Ok(vec![Some(vjp.builder.add(Roll { axis: self.axis, shift: -self.shift }, &[grad]))])
    }

    fn evaluate(&self, inputs: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        let x = inputs[0];
        let len = x.shape[self.axis] as i64;
        vec![Array::from_fn(&x.shape, |index| {
            let mut source = index.to_vec();
            source[self.axis] = (index[self.axis] as i64 - self.shift).rem_euclid(len) as usize;
            x.at(&source)
        })]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let [outer, len, inner] = around(&call.input_types[0].shape, self.axis);
        let shift = Literal::i64_unsuffixed(self.shift);
        let (runtime, out, x) = (call.runtime, &call.outputs[0], &call.inputs[0]);
        Some(quote!(#runtime::ops::roll::roll(#out, #x, #outer, #len, #inner, #shift)))
    }
}
