//! Negation: `-x`. d/dx = -1.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{arg, neg};

/// `-x`.
pub const METHODS: &[Method] =
    &[Method { name: "neg", params: &[tensor("x")], build: One(|call| call.map(1, &neg(arg(0)))) }];
