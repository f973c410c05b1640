//! Maxima over axes, PyTorch's `amax`; NaN if any element is. Equal maxima share the gradient evenly.

use super::call::{Build::One, Method};
use super::reduce::ReduceKind;
use super::sum::{PARAMS, reduce};

/// The largest element along `axes`.
pub const METHODS: &[Method] =
    &[Method { name: "max", params: PARAMS, build: One(|call| reduce(call, ReduceKind::Max)) }];
