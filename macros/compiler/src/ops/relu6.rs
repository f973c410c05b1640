//! `min(max(x, 0), 6)`. d/dx = 1 between, 0 at 0 and at 6 and beyond.
//!
//! Source: Howard et al., "MobileNets", 2017.

use super::call::{Build::One, Method};
use super::clamp::between;
use super::tensor;
use crate::graph::scalar::arg;

/// `min(max(x, 0), 6)`.
pub const METHODS: &[Method] = &[Method {
    name: "relu6",
    params: &[tensor("x")],
    build: One(|call| call.map(1, &between(arg(0), 0.0, 6.0))),
}];
