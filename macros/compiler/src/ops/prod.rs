//! Products over axes. d/dx is the product of the other factors, also where some are zero.

use super::call::{Build::One, Method};
use super::reduce::ReduceKind;
use super::sum::{PARAMS, reduce};

/// The product of the elements along `axes`.
pub const METHODS: &[Method] =
    &[Method { name: "prod", params: PARAMS, build: One(|call| reduce(call, ReduceKind::Prod)) }];
