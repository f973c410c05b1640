//! Comparisons, operands broadcast: `x > y` and its kin give truth values, which have no gradient.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{Binary, arg, binary};

/// `x > y`, `x >= y`, `x < y`, `x <= y`, `x == y`, `x != y`.
pub const METHODS: &[Method] = &[
    Method {
        name: "gt",
        params: &[tensor("x"), tensor("y")],
        build: One(|call| call.map(2, &binary(Binary::Greater, arg(0), arg(1)))),
    },
    Method {
        name: "ge",
        params: &[tensor("x"), tensor("y")],
        build: One(|call| call.map(2, &binary(Binary::GreaterEqual, arg(0), arg(1)))),
    },
    Method {
        name: "lt",
        params: &[tensor("x"), tensor("y")],
        build: One(|call| call.map(2, &binary(Binary::Less, arg(0), arg(1)))),
    },
    Method {
        name: "le",
        params: &[tensor("x"), tensor("y")],
        build: One(|call| call.map(2, &binary(Binary::LessEqual, arg(0), arg(1)))),
    },
    Method {
        name: "eq",
        params: &[tensor("x"), tensor("y")],
        build: One(|call| call.map(2, &binary(Binary::Equal, arg(0), arg(1)))),
    },
    Method {
        name: "ne",
        params: &[tensor("x"), tensor("y")],
        build: One(|call| call.map(2, &binary(Binary::NotEqual, arg(0), arg(1)))),
    },
];
