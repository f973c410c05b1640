//! Squared error: `(x - target)²`, PyTorch's `mse_loss`. d/dx = `2 (x - target)`.

use super::call::{Build::One, Method};
use super::loss::elementwise;
use super::{optional, required, tensor};
use crate::graph::scalar::{arg, mul, sub};

/// `x.mse_loss(target, reduction = "mean")`.
pub const METHODS: &[Method] = &[Method {
    name: "mse_loss",
    params: &[tensor("x"), required("target"), optional("reduction")],
    build: One(|call| {
        let error = sub(arg(0), arg(1));
        elementwise(call, 2, &mul(error.clone(), error), 2)
    }),
}];
