//! `x^y`, operands broadcast; NaN for negative `x` unless `y` is whole, and 1 for `y = 0`.
//!
//! d/dx = y x^(y - 1), 0 for `y = 0`; d/dy = x^y ln(x), 0 for `x = 0` and `y >= 0`; as in PyTorch. For an exponent known
//! at compile time `powf` and `powi` are faster.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Binary, arg, binary};

/// `x^y`.
pub const METHODS: &[Method] = &[Method {
    name: "pow",
    params: &[tensor("x"), tensor("y")],
    build: One(|call| call.map(2, &binary(Binary::Pow, arg(0), arg(1)))),
}];
