//! Elements as another type: `label as f32`, `cache as bf16`.
//!
//! As Rust's `as`: reals become the nearest real, and whole numbers by dropping what is after the point; whole numbers
//! are exact in `f32` up to 2²⁴, in `f64` up to 2⁵³. Truth values become 1 and 0. Between reals the gradient passes as it
//! is, in the computing type whatever the types, as if nothing were rounded; nothing passes to or from whole numbers.

use super::call::{Build::One, Call, Method, Problem};
use super::{KernelCall, Operation, Vjp, check_count, required, tensor};
use crate::graph::scalar::{arg, constant, select};
use crate::graph::{Builder, ElementType, Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `x as _` is a cast to the computing type. `x as bf16` is `x.cast("bf16")`; `x.to_f32()` is `x as f32`.
pub const METHODS: &[Method] = &[
    Method { name: "cast", params: &[tensor("x"), required("element")], build: One(build) },
    Method { name: "to_f32", params: &[tensor("x")], build: One(to_f32) },
];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let types: Vec<ElementType> = ElementType::numbers().collect();
    let names: Vec<&str> = types.iter().map(|ty| ty.name()).collect();
    let element = types[call.choice(1, None, &names)?];
    cast(call, element)
}

fn to_f32(call: &mut Call<'_>) -> Result<Value, Problem> {
    // The computing type of some models, and one that is held in the others.
    cast(call, ElementType::from_name("f32").expect("every model has elements of `f32`"))
}

fn cast(call: &mut Call<'_>, element: ElementType) -> Result<Value, Problem> {
    let value = call.tensor(0)?;
    Ok(as_element(call.builder, value, element))
}

/// A tensor with elements of a type; itself if it has them.
pub fn as_element(builder: &mut Builder, value: Value, element: ElementType) -> Value {
    match builder.ty(value).element {
        from if from == element => value,
        ElementType::Bool => {
            let numbers = builder.map(&select(arg(0), constant(1.0), constant(0.0)), &[value]);
            as_element(builder, numbers, element)
        }
        from => builder.add(Cast { from, to: element }, &[value]),
    }
}

/// Numbers as another type.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Cast {
    /// The type they have.
    pub from: ElementType,
    /// The type they get.
    pub to: ElementType,
}

impl Operation for Cast {
    fn text(&self) -> String {
        format!("cast {} to {}", self.from.name(), self.to.name())
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        if inputs[0].element != self.from || [self.from, self.to].contains(&ElementType::Bool) {
            return Err(format!("`{}` is no number of type `{}`", inputs[0], self.from.name()));
        }
        Ok(vec![TensorType { element: self.to, shape: inputs[0].shape.clone() }])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let passes = self.from.is_real() && self.to.is_real();
        Ok(vec![passes.then(|| vjp.grad())])
    }

    fn evaluate(&self, inputs: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        let data = inputs[0].data.iter().map(|&value| self.number(value)).collect();
        vec![Array { shape: inputs[0].shape.clone(), data }]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (runtime, out, x) = (call.runtime, &call.outputs[0], &call.inputs[0]);
        Some(quote!(#runtime::ops::cast::cast(#out, #x)))
    }
}

impl Cast {
    /// A number as one of the other type. The interpreter, whose reals are `f64`, leaves those of 32 bits and more as
    /// they are.
    fn number(&self, value: f64) -> f64 {
        if self.from.is_integer() && self.to.is_integer() {
            return wrapped(value, self.to);
        }
        nearest(value, self.to)
    }
}

/// The whole number with the lowest bits of another, as many as the type has.
fn wrapped(value: f64, element: ElementType) -> f64 {
    let (bits, value) = (8 * element.size(), value as i128);
    let low = value & ((1 << bits) - 1);
    let is_negative = element.is_signed() && low >> (bits - 1) == 1;
    (if is_negative { low - (1 << bits) } else { low }) as f64
}

/// The nearest number of a type.
fn nearest(value: f64, element: ElementType) -> f64 {
    match element {
        ElementType::Real | ElementType::F32 | ElementType::F64 | ElementType::Bool => value,
        ElementType::F16 => to_significant_bits(value, 11, -14, 65_504.0),
        ElementType::Bf16 => to_significant_bits(value, 8, -126, 3.389_531_389_251_535_5e38),
        ElementType::U8 => f64::from(value as u8),
        ElementType::U16 => f64::from(value as u16),
        ElementType::U32 => f64::from(value as u32),
        ElementType::U64 => value as u64 as f64,
        ElementType::I8 => f64::from(value as i8),
        ElementType::I16 => f64::from(value as i16),
        ElementType::I32 => f64::from(value as i32),
        ElementType::I64 => value as i64 as f64,
    }
}

/// The nearest number of so many significant bits, ties to the even one, fewer below `2^least_exponent`; infinite where
/// rounding leads beyond the largest.
fn to_significant_bits(value: f64, bits: i32, least_exponent: i32, largest: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let exponent = (((value.to_bits() >> 52) & 0x7ff) as i32 - 1023).max(least_exponent);
    let unit = 2f64.powi(exponent - bits + 1);
    let nearest = (value / unit).round_ties_even() * unit;
    if nearest.abs() > largest { f64::INFINITY.copysign(value) } else { nearest }
}
