//! Gaussian error linear unit: `x Φ(x) = x / 2 · (1 + erf(x / √2))`, PyTorch's `gelu`.
//!
//! d/dx = Φ(x) + x φ(x). With `approximate = "tanh"` Φ(x) is `(1 + tanh(√(2/π) (x + 0.044715 x³))) / 2`, computed as the
//! logistic function of twice the argument. Source: Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016.

use super::call::{Build::One, Call, Method, Problem};
use super::{optional, tensor};
use crate::graph::Value;
use crate::graph::scalar::{Scalar, Unary, add, arg, constant, mul, powi, unary};

/// `x.gelu(approximate = "none")`.
pub const METHODS: &[Method] =
    &[Method { name: "gelu", params: &[tensor("x"), optional("approximate")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let expression = match call.choice(1, Some(0), &["none", "tanh"])? {
        0 => exact(arg(0)),
        _ => approximate(arg(0)),
    };
    call.map(1, &expression)
}

fn exact(x: Scalar) -> Scalar {
    let erf = unary(Unary::Erf, mul(x.clone(), constant(std::f64::consts::FRAC_1_SQRT_2)));
    mul(mul(x, constant(0.5)), add(constant(1.0), erf))
}

fn approximate(x: Scalar) -> Scalar {
    let factor = 2.0 * (2.0 / std::f64::consts::PI).sqrt();
    let inner = add(mul(powi(x.clone(), 2), constant(0.044_715 * factor)), constant(factor));
    mul(x.clone(), unary(Unary::Sigmoid, mul(x, inner)))
}
