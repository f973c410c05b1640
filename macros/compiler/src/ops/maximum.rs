//! The larger of two operands, broadcast; NaN if either is. Where they are equal each gets half of the gradient, as
//! in PyTorch. (`max` reduces over axes.)

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Binary, arg, binary};

/// `max(x, y)` and `min(x, y)`.
pub const METHODS: &[Method] = &[
    Method {
        name: "maximum",
        params: &[tensor("x"), tensor("y")],
        build: One(|call| call.map(2, &binary(Binary::Maximum, arg(0), arg(1)))),
    },
    Method {
        name: "minimum",
        params: &[tensor("x"), tensor("y")],
        build: One(|call| call.map(2, &binary(Binary::Minimum, arg(0), arg(1)))),
    },
];
