//! Randomised rectifier: `x` above 0, else `slope · x` with a slope that is uniform from `lower` to `upper` for each
//! element.
//!
//! Always random where it is called: layers ask `training()` and take `leaky_relu` with the mean slope in inference.
//! The slopes depend on seed, step, the place in the program and the element's index only, so the gradient draws the same.
//! d/dx = 1 above 0, else the slope.
//! Source: Xu et al., "Empirical Evaluation of Rectified Activations in Convolution Network", 2015.

use super::call::{Build::One, Call, Method, Problem};
use super::dropout::reference_uniform;
use super::{KernelCall, Operation, Vjp, check_count, optional, tensor};
use crate::emit::emit_number;
use crate::graph::scalar::Number;
use crate::graph::{Size, TensorType, Value, shape_text};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `x.rrelu(lower = 1.0 / 8.0, upper = 1.0 / 3.0)`.
pub const METHODS: &[Method] = &[Method {
    name: "rrelu",
    params: &[tensor("x"), optional("lower"), optional("upper")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let lower = call.float(1, Some(1.0 / 8.0))?;
    let upper = call.float(2, Some(1.0 / 3.0))?;
    if !(lower.is_finite() && upper.is_finite()) || lower > upper {
        return Err(Problem::from(format!(
            "the slopes of `rrelu` go from `lower` up to `upper`, found {lower:?} and {upper:?}"
        ))
        .at(if call.given(1).is_some() { 1 } else { 2 })
        .help("write two numbers, the smaller first, for instance `rrelu(0.125, 0.333)`"));
    }
    let (lower, upper) = (Number::new(lower), Number::new(upper));
    Ok(call.builder.add(Rrelu { lower, upper, site: call.site }, &[value, value]))
}

/// The second operand where the first is above 0, else a random slope times it. It is linear in the second, by which the
/// gradient comes.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Rrelu {
    /// The smallest slope.
    pub lower: Number,
    /// The largest slope.
    pub upper: Number,
    /// Identity of the place in the program.
    pub site: u64,
}

impl Operation for Rrelu {
    fn text(&self) -> String {
        format!("rrelu {} to {} at {:016x}", self.lower.value(), self.upper.value(), self.site)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 2)?;
        if inputs[0] != inputs[1] {
            let [x, value] = [inputs[0], inputs[1]].map(|ty| shape_text(&ty.shape));
            return Err(format!("both operands have the same type, found {x} and {value}"));
        }
        Ok(vec![inputs[1].clone()])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (x, grad) = (vjp.inputs[0], vjp.grad());
        // The first operand decides only which slope is taken.
        Ok(vec![None, vjp.if_needed(1, |builder| builder.add(self.clone(), &[x, grad]))])
    }

    /// With slopes of its own: the reference has no random numbers of the runtime, only their statistics.
    fn evaluate(&self, inputs: &[&Array], _: &[TensorType], _: &Sizes) -> Vec<Array> {
        let (lower, upper) = (self.lower.value(), self.upper.value());
        let mut out = inputs[1].clone();
        for (index, (value, &x)) in out.data.iter_mut().zip(&inputs[0].data).enumerate() {
            let slope = lower + (upper - lower) * reference_uniform(index, self.site);
            *value *= if x > 0.0 { 1.0 } else { slope };
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
        let (runtime, out, iteration) = (call.runtime, &call.outputs[0], call.iteration);
        let (x, value, site) = (&call.inputs[0], &call.inputs[1], self.site);
        let [lower, upper] = [self.lower, self.upper].map(|slope| emit_number(slope.value()));
        Some(quote! {
            #runtime::ops::rrelu::rrelu(#out, #x, #value, [#lower, #upper], random_key, #site.wrapping_add(#iteration))
        })
    }
}
