//! Inverted dropout: each element is zero with probability `rate`, the others are divided by `1 - rate`.
//!
//! Always active where it is called: layers ask `training()`. What is dropped depends on seed, step, the place in the
//! program and the element's index only, so the gradient is the same dropout of the gradient.
//! Source: Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", 2014.

use super::call::{Build::One, Call, Method, Problem};
use super::{KernelCall, Operation, Vjp, check_count, required, tensor};
use crate::emit::emit_number;
use crate::graph::scalar::{Binary, Number, arg, binary, constant, mul, select};
use crate::graph::{Builder, Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `x.dropout(0.5)`.
pub const METHODS: &[Method] =
    &[Method { name: "dropout", params: &[tensor("x"), required("rate")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let rate = rate(call)?;
    if rate == 0.0 {
        return Ok(value);
    }
    Ok(call.builder.add(Dropout { rate: Number::new(rate), site: call.site }, &[value]))
}

/// The probability of dropping: parameter 1 of all methods of this kind.
pub(super) fn rate(call: &Call<'_>) -> Result<f64, Problem> {
    let rate = call.float(1, None)?;
    let name = call.method.name;
    check_rate(rate, &format!("the rate of `{name}`"), &format!("{name}(0.5)"))
        .map_err(|problem| problem.at(1))
}

/// `what` is a probability; `example` is written where it is none.
pub(super) fn check_rate(rate: f64, what: &str, example: &str) -> Result<f64, Problem> {
    if (0.0..=1.0).contains(&rate) {
        return Ok(rate);
    }
    Err(Problem::from(format!("{what} is a probability, 0 to 1, found {rate}"))
        .help(format!("write the part to drop, for instance `{example}`")))
}

/// 0 where something is dropped, else `1 / (1 - rate)`: one decision for each place along the first `axes` axes of the
/// operand, to broadcast to it.
pub(super) fn keep(call: &mut Call<'_>, axes: usize, rate: f64) -> Value {
    let value = call.tensor(0).expect("a random method has read its operand");
    let builder = &mut *call.builder;
    let mut shape = builder.ty(value).shape.clone();
    for size in &mut shape[axes..] {
        *size = Size::one();
    }
    let one = builder.constant(1.0);
    // A scalar would be written into the expressions that use it; the kernel reads memory.
    let places = if shape.is_empty() { vec![Size::one()] } else { shape.clone() };
    let ones = builder.expand(one, places);
    let kept = builder.add(Dropout { rate: Number::new(rate), site: call.site }, &[ones]);
    builder.reshape(kept, shape)
}

/// The operand times a mask; what is dropped is 0 even where the operand is infinite or NaN.
pub(super) fn apply(builder: &mut Builder, value: Value, kept: Value) -> Value {
    let is_dropped = binary(Binary::Equal, arg(1), constant(0.0));
    builder.map(&select(is_dropped, constant(0.0), mul(arg(0), arg(1))), &[value, kept])
}

/// The operand with elements dropped.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Dropout {
    /// Probability of dropping.
    pub rate: Number,
    /// Identity of the place in the program.
    pub site: u64,
}

impl Operation for Dropout {
    fn text(&self) -> String {
        format!("dropout {} at {:016x}", self.rate.value(), self.site)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        Ok(vec![inputs[0].clone()])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let grad = vjp.grad();
        Ok(vec![Some(vjp.builder.add(self.clone(), &[grad]))])
    }

    /// With a mask of its own: the reference has no random numbers of the runtime, only their statistics.
    fn evaluate(&self, inputs: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        let rate = self.rate.value();
        let mut out = inputs[0].clone();
        for (index, value) in out.data.iter_mut().enumerate() {
            let uniform = reference_uniform(index, self.site);
            *value = if uniform < rate { 0.0 } else { *value / (1.0 - rate) };
        }
        vec![out]
    }

    fn is_random(&self) -> bool {
        true
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        inputs[0].numel()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (runtime, out, input, iteration) =
            (call.runtime, &call.outputs[0], &call.inputs[0], call.iteration);
        let (rate, site) = (emit_number(self.rate.value()), self.site);
        Some(
            quote!(#runtime::ops::dropout::dropout(#out, #input, #rate, random_key, #site.wrapping_add(#iteration))),
        )
    }
}

/// A number of the reference in `[0, 1)` for an element: not the runtime's, but as random.
pub(super) fn reference_uniform(index: usize, site: u64) -> f64 {
    let hash = (index as u64 ^ site).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((hash ^ (hash >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 11) as f64 / (1u64 << 53) as f64
}
