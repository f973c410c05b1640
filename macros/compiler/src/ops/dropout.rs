//! Inverted dropout: each element is zero with probability `rate`, the others are divided by `1 - rate`.
//!
//! Always active where it is called: layers ask `training()`. What is dropped depends on seed, step, the place in the
//! program and the element's index only, so the gradient is the same dropout of the gradient.
//! Source: Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", 2014.

use super::call::{Build::One, Call, Method, Problem};
use super::{KernelCall, Operation, Vjp, check_count, required, tensor};
use crate::graph::scalar::Number;
use crate::graph::{Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `x.dropout(0.5)`.
pub const METHODS: &[Method] =
    &[Method { name: "dropout", params: &[tensor("x"), required("rate")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let rate = call.float(1, None)?;
    if !(0.0..=1.0).contains(&rate) {
        return Err(Problem::from(format!("the rate of `dropout` is a probability, 0 to 1, found {rate}"))
            .at(1)
            .help("write the part to drop, for instance `dropout(0.5)`"));
    }
    if rate == 0.0 {
        return Ok(value);
    }
    Ok(call.builder.add(Dropout { rate: Number::new(rate), site: call.site }, &[value]))
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

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        inputs[0].numel()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (runtime, out, input, iteration) =
            (call.runtime, &call.outputs[0], &call.inputs[0], call.iteration);
        let (rate, site) = (self.rate.value() as f32, self.site);
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
