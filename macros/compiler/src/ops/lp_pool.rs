//! Power pooling over 1, 2 and 3 spatial axes: `(Σ x^p)^(1/p)` over each window, PyTorch's `lp_pool1d`, `lp_pool2d` and
//! `lp_pool3d`.
//!
//! The powers are those of `x`, not of its magnitude: for `p = 1` it is the sum, and NaN where the sum is negative and
//! `1/p` is not whole. At infinity it is the largest magnitude, at -infinity the smallest. A window that hangs over the
//! edge in `ceil_mode` has its mean times the elements of a full one.
//!
//! d/dx = x^(p - 1) (Σ x^p)^(1/p - 1), and 0 where the sum is 0, as in PyTorch; also for elements of 0 when `p < 1`, for
//! which PyTorch has NaN or infinities.

use super::avg_pool2d::average;
use super::call::{Build::One, Call, Method, Problem};
use super::max_pool2d::MaxPool2d;
use super::norm::order;
use super::pool::{Pooling, read_pooling};
use super::powf::power;
use super::{Param, optional, required, tensor};
use crate::graph::scalar::{Binary, Scalar, Unary, arg, binary, constant, mul, select, unary};
use crate::graph::{Builder, Value};

/// `x.lp_pool2d(norm_type, kernel_size, stride = kernel_size, ceil_mode = false)`.
pub const METHODS: &[Method] = &[
    Method { name: "lp_pool1d", params: PARAMS, build: One(build::<1>) },
    Method { name: "lp_pool2d", params: PARAMS, build: One(build::<2>) },
    Method { name: "lp_pool3d", params: PARAMS, build: One(build::<3>) },
];

const PARAMS: &[Param] =
    &[tensor("x"), required("norm_type"), required("kernel_size"), optional("stride"), optional("ceil_mode")];

fn build<const AXES: usize>(call: &mut Call<'_>) -> Result<Value, Problem> {
    let p = order(call, 1, None)?;
    if p == 0.0 || p.is_nan() {
        return Err(Problem::from(format!("`norm_type` of `{}` is not 0, found {p:?}", call.method.name))
            .at(1)
            .help("write 2.0 for roots of sums of squares, or `f32::INFINITY` for the largest magnitudes"));
    }
    let ceil_mode = call.boolean(4, Some(false))?;
    let (value, pooling) = read_pooling(call, [1; AXES], ceil_mode, true)?;
    Ok(if p.is_infinite() {
        extreme(call.builder, value, &pooling, p.signum())
    } else {
        root_of_sums(call.builder, value, &pooling, p)
    })
}

/// The largest magnitudes for a `sign` of 1, the smallest for -1.
fn extreme(builder: &mut Builder, value: Value, pooling: &Pooling, sign: f64) -> Value {
    let signed = |x: Scalar| mul(x, constant(sign));
    let magnitudes = builder.map(&signed(unary(Unary::Abs, arg(0))), &[value]);
    let largest = pooling.apply(builder, magnitudes, |pool| MaxPool2d { pool }.into());
    builder.map(&signed(arg(0)), &[largest])
}

fn root_of_sums(builder: &mut Builder, value: Value, pooling: &Pooling, p: f64) -> Value {
    let elements: usize = pooling.kernel.iter().product();
    // From 1 on, the derivative of the power at 0 is finite.
    let terms = if p < 1.0 { flat_at_zero(arg(0), p) } else { power(arg(0), p) };
    let terms = builder.map(&terms, &[value]);
    let means = average(builder, terms, pooling);
    let sum = mul(arg(0), constant(elements as f64));
    builder.map(&flat_at_zero(sum, 1.0 / p), &[means])
}

/// `x^p` with the derivative 0 at 0.
fn flat_at_zero(x: Scalar, p: f64) -> Scalar {
    let at_zero = if p > 0.0 { 0.0 } else { f64::INFINITY };
    let is_zero = binary(Binary::Equal, x.clone(), constant(0.0));
    select(is_zero, constant(at_zero), power(x, p))
}
