//! Comparisons, operands broadcast: `x > y` and its kin give truth values, which have no gradient.
//!
//! Of reals, or of whole numbers of any types, which are compared exactly: `tokens != 0`, `place < length`.

use super::call::{Argument, Build::One, Call, Method, Problem};
use super::{KernelCall, Operation, Vjp, broadcast_shapes, tensor};
use crate::graph::scalar::{Binary, arg, binary, constant};
use crate::graph::{Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `x > y`, `x >= y`, `x < y`, `x <= y`, `x == y`, `x != y`.
pub const METHODS: &[Method] = &[
    Method { name: "gt", params: PARAMS, build: One(|call| build(call, Binary::Greater, Binary::Less)) },
    Method {
        name: "ge",
        params: PARAMS,
        build: One(|call| build(call, Binary::GreaterEqual, Binary::LessEqual)),
    },
    Method { name: "lt", params: PARAMS, build: One(|call| build(call, Binary::Less, Binary::Greater)) },
    Method {
        name: "le",
        params: PARAMS,
        build: One(|call| build(call, Binary::LessEqual, Binary::GreaterEqual)),
    },
    Method { name: "eq", params: PARAMS, build: One(|call| build(call, Binary::Equal, Binary::Equal)) },
    Method { name: "ne", params: PARAMS, build: One(|call| build(call, Binary::NotEqual, Binary::NotEqual)) },
];

const PARAMS: &[super::call::Param] = &[tensor("x"), tensor("y")];

/// `mirrored` is the comparison with its operands exchanged.
fn build(call: &mut Call<'_>, comparison: Binary, mirrored: Binary) -> Result<Value, Problem> {
    let (order, comparison) = match (whole(call, 0), whole(call, 1)) {
        (Some(Whole::Tensor(x)), Some(Whole::Tensor(y))) => (order(call, x, y)?, comparison),
        (Some(Whole::Tensor(x)), Some(Whole::Number(number))) => {
            (call.builder.add(Order { number: Some(number) }, &[x]), comparison)
        }
        (Some(Whole::Number(number)), Some(Whole::Tensor(y))) => {
            (call.builder.add(Order { number: Some(number) }, &[y]), mirrored)
        }
        _ => return call.map(2, &binary(comparison, arg(0), arg(1))),
    };
    Ok(call.builder.map(&binary(comparison, arg(0), constant(0.0)), &[order]))
}

/// An operand of whole numbers.
enum Whole {
    Tensor(Value),
    Number(Size),
}

fn whole(call: &Call<'_>, index: usize) -> Option<Whole> {
    match call.given(index)? {
        &Argument::Tensor(value) if call.builder.ty(value).element.is_integer() => Some(Whole::Tensor(value)),
        &Argument::Float(number) if number == (number as i64) as f64 => {
            Some(Whole::Number(Size::literal(number as i64)))
        }
        Argument::Size(size) => Some(Whole::Number(size.clone())),
        _ => None,
    }
}

/// The order of two tensors of whole numbers, broadcast.
fn order(call: &mut Call<'_>, x: Value, y: Value) -> Result<Value, Problem> {
    let types = [x, y].map(|value| call.builder.ty(value).clone());
    let shape = broadcast_shapes(&[&types[0], &types[1]])
        .map_err(|message| call.cannot_broadcast(message, &[x, y]))?;
    let operands = [x, y].map(|value| call.builder.expand(value, shape.clone()));
    Ok(call.builder.add(Order { number: None }, &operands))
}

/// The sign of the difference of whole numbers.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Order {
    /// In the place of a second operand.
    pub number: Option<Size>,
}

impl Operation for Order {
    fn text(&self) -> String {
        match &self.number {
            Some(number) => format!("order to {number}"),
            None => "order".to_string(),
        }
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        let count = if self.number.is_some() { 1 } else { 2 };
        super::check_count(inputs, count)?;
        if inputs.iter().any(|ty| !ty.element.is_integer() || ty.shape != inputs[0].shape) {
            return Err("whole numbers of one shape are compared".to_string());
        }
        Ok(vec![TensorType::real(inputs[0].shape.clone())])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        Ok(vec![None; vjp.inputs.len()])
    }

    fn evaluate(&self, inputs: &[&Array], _: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let number = self.number.as_ref().map(|number| sizes.value(number) as f64);
        let other = |index: usize| number.unwrap_or_else(|| inputs[1].data[index]);
        let order = |(index, &value): (usize, &f64)| match value - other(index) {
            0.0 => 0.0,
            difference => difference.signum(),
        };
        let data = inputs[0].data.iter().enumerate().map(order).collect();
        vec![Array { shape: inputs[0].shape.clone(), data }]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        inputs[0].numel()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (runtime, out, inputs) = (call.runtime, &call.outputs[0], call.inputs);
        Some(match &self.number {
            Some(number) => {
                let number = number.to_signed_tokens();
                quote!(#runtime::ops::compare::order_to(#out, #(#inputs),*, (#number) as i64))
            }
            None => quote!(#runtime::ops::compare::order(#out, #(#inputs),*)),
        })
    }
}
