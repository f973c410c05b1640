//! Dropout that keeps mean 0 and variance 1: with probability `rate` an element, or a whole channel, becomes
//! `-1.7580993…`, the limit of SELU; then all are scaled and shifted: `a x + b`,
//! `a = 1 / sqrt((1 - rate) (1 + rate alpha²))`, `b = a alpha rate`. PyTorch's `alpha_dropout` and `feature_alpha_dropout`.
//!
//! Always active where it is called, as `dropout`. Source: Klambauer et al., "Self-Normalizing Neural Networks", 2017,
//! section "New Dropout Technique".

use super::batch_norm::channels;
use super::call::{Build::One, Call, Method, Problem};
use super::dropout::{Dropout, keep, rate};
use super::{Param, required, tensor};
use crate::graph::Value;
use crate::graph::scalar::{Binary, Number, add, arg, binary, constant, mul, select};

const PARAMS: &[Param] = &[tensor("x"), required("rate")];

/// The scale of SELU times its alpha.
const ALPHA: f64 = 1.758_099_340_847_376_6;

/// `x.alpha_dropout(0.5)`, and `x.feature_alpha_dropout(0.5)`, which drops whole channels.
pub const METHODS: &[Method] = &[
    Method {
        name: "alpha_dropout",
        params: PARAMS,
        build: One(|call| {
            let rank = call.shape(0)?.len();
            build(call, rank)
        }),
    },
    Method {
        name: "feature_alpha_dropout",
        params: PARAMS,
        build: One(|call| {
            channels(call)?;
            build(call, 2)
        }),
    },
];

/// One decision for each place along the first `axes` axes.
fn build(call: &mut Call<'_>, axes: usize) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let rate = rate(call)?;
    if rate == 0.0 {
        return Ok(value);
    }
    if rate == 1.0 {
        // As in PyTorch: nothing is left to keep the variance of.
        return Ok(call.builder.add(Dropout { rate: Number::new(rate), site: call.site }, &[value]));
    }
    let kept = keep(call, axes, rate);
    let scale = 1.0 / ((1.0 - rate) * (1.0 + rate * ALPHA * ALPHA)).sqrt();
    let is_dropped = binary(Binary::Equal, arg(1), constant(0.0));
    let shift = scale * ALPHA * rate;
    let survivor = add(mul(constant(scale), arg(0)), constant(shift));
    let replacement = constant(shift - scale * ALPHA);
    Ok(call.builder.map(&select(is_dropped, replacement, survivor), &[value, kept]))
}
