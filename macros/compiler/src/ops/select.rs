//! Choice by a condition: `select(condition, x, y)` is `x` where the condition holds, else `y`; PyTorch's `where`.
//!
//! The gradient goes to the chosen operand only; the other's is 0. Where a function before it has an infinite
//! derivative that 0 becomes NaN, as in PyTorch: choose first, then apply, `select(x > 0.0, x, 1.0).sqrt()`.

use super::call::{Build::One, Call, Method, Problem};
use super::tensor;
use crate::graph::Value;
use crate::graph::scalar::{arg, select};

/// `condition ? x : y`, all broadcast.
pub const METHODS: &[Method] =
    &[Method { name: "select", params: &[tensor("condition"), tensor("x"), tensor("y")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let condition = call.bool_tensor(0)?;
    let (x, y) = (call.float_tensor(1)?, call.float_tensor(2)?);
    call.map_values(&[condition, x, y], &select(arg(0), arg(1), arg(2)))
}
