//! Square: `x²`. d/dx = 2x.

use super::call::{Build::One, Method};
use super::tensor;
use crate::graph::scalar::{arg, powi};

/// `x²`.
pub const METHODS: &[Method] =
    &[Method { name: "square", params: &[tensor("x")], build: One(|call| call.map(1, &powi(arg(0), 2))) }];
