//! Logic of truth values, broadcast: `a & b`, `a | b`, `a ^ b` and `!a` of results of comparisons. No gradient.

use super::call::{Build::One, Call, Method, Problem};
use super::{Param, tensor};
use crate::graph::Value;
use crate::graph::scalar::{Scalar, add, arg, constant, equal, mul, not_equal};

const TWO: &[Param] = &[tensor("x"), tensor("y")];

/// `x & y`, `x | y`, `x ^ y`, `!x`.
pub const METHODS: &[Method] = &[
    Method {
        name: "logical_and",
        params: TWO,
        build: One(|call| combine(call, &holds(mul(arg(0), arg(1))))),
    },
    Method { name: "logical_or", params: TWO, build: One(|call| combine(call, &holds(add(arg(0), arg(1))))) },
    Method { name: "logical_xor", params: TWO, build: One(|call| combine(call, &not_equal(arg(0), arg(1)))) },
    Method {
        name: "logical_not",
        params: &[tensor("x")],
        build: One(|call| combine(call, &equal(arg(0), constant(0.0)))),
    },
];

/// Truth values are 0 and 1, so that a comparison gives one of any sum or product of them.
fn holds(number: Scalar) -> Scalar {
    not_equal(number, constant(0.0))
}

fn combine(call: &mut Call<'_>, expression: &Scalar) -> Result<Value, Problem> {
    let args =
        (0..call.method.params.len()).map(|index| call.bool_tensor(index)).collect::<Result<Vec<_>, _>>()?;
    call.map_values(&args, expression)
}
