//! What kind of number an element is: truth values, for `select`. No gradient.

use super::call::{Build::One, Method};
use super::{Param, tensor};
use crate::graph::scalar::{Scalar, Unary, arg, constant, equal, less, not_equal, unary};

const X: &[Param] = &[tensor("x")];

/// `x.is_finite()`, `x.is_inf()`, `x.is_nan()`.
pub const METHODS: &[Method] = &[
    Method { name: "is_finite", params: X, build: One(|call| call.map(1, &less(magnitude(), infinity()))) },
    Method { name: "is_inf", params: X, build: One(|call| call.map(1, &equal(magnitude(), infinity()))) },
    Method { name: "is_nan", params: X, build: One(|call| call.map(1, &not_equal(arg(0), arg(0)))) },
];

fn magnitude() -> Scalar {
    unary(Unary::Abs, arg(0))
}

fn infinity() -> Scalar {
    constant(f64::INFINITY)
}
