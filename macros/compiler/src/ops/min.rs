//! Minima over axes, PyTorch's `amin`; NaN if any element is. Equal minima share the gradient evenly.

use super::call::{Build::One, Method};
use super::reduce::ReduceKind;
use super::sum::{PARAMS, reduce};

/// The smallest element along `axes`.
pub const METHODS: &[Method] =
    &[Method { name: "min", params: PARAMS, build: One(|call| reduce(call, ReduceKind::Min)) }];
