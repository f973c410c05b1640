//! Power with a whole exponent known at compile time: `x^n`; 1 for `n = 0`, whatever `x` is. d/dx = n x^(n - 1).

use super::call::{Build::One, Call, Method, Problem};
use super::powf::power;
use super::{required, tensor};
use crate::graph::Value;
use crate::graph::scalar::arg;

/// `x.powi(3)`.
pub const METHODS: &[Method] =
    &[Method { name: "powi", params: &[tensor("x"), required("n")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let n = call.signed(1, None, i32::MIN..=i32::MAX)?;
    call.map(1, &power(arg(0), f64::from(n)))
}
