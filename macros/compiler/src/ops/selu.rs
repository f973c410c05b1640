//! Scaled exponential linear unit: `scale · x` above 0, else `scale · alpha (exp(x) - 1)`, with the constants that keep
//! mean 0 and variance 1. d/dx = scale above 0, else `scale · alpha exp(x)`.
//!
//! Source: Klambauer et al., "Self-Normalizing Neural Networks", 2017.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Scalar, arg, constant, mul};

/// `scale · elu(x, alpha)`.
pub const METHODS: &[Method] =
    &[Method { name: "selu", params: &[tensor("x")], build: One(|call| call.map(1, &expression(arg(0)))) }];

const ALPHA: f64 = 1.673_263_242_354_377_2;
const SCALE: f64 = 1.050_700_987_355_480_5;

fn expression(x: Scalar) -> Scalar {
    mul(super::elu::expression(x, ALPHA, 1.0), constant(SCALE))
}
