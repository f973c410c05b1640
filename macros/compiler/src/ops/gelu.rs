//! Gaussian error linear unit: `x Φ(x) = x / 2 · (1 + erf(x / √2))`, PyTorch's `gelu` with `approximate="none"`.
//!
//! d/dx = Φ(x) + x φ(x). Source: Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Scalar, Unary, add, arg, constant, mul, unary};

/// `x Φ(x)`.
pub const METHODS: &[Method] =
    &[Method { name: "gelu", params: &[tensor("x")], build: One(|call| call.map(1, &expression(arg(0)))) }];

fn expression(x: Scalar) -> Scalar {
    let erf = unary(Unary::Erf, mul(x.clone(), constant(std::f64::consts::FRAC_1_SQRT_2)));
    mul(mul(x, constant(0.5)), add(constant(1.0), erf))
}
