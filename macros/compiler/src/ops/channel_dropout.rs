//! Dropout of whole channels: all elements of a channel (axis 1) of a sample are zero with probability `rate`, or all are
//! divided by `1 - rate`. PyTorch's `dropout1d`, `dropout2d` and `dropout3d`, which differ in the number of axes.
//!
//! Always active where it is called, as `dropout`. Source: Tompson et al., "Efficient Object Localization Using
//! Convolutional Networks", 2015.

use super::call::{Build::One, Call, Method, Problem};
use super::dropout::{apply, keep, rate};
use super::{Param, required, tensor};
use crate::graph::Value;

const PARAMS: &[Param] = &[tensor("x"), required("rate")];

/// `x.dropout1d(0.5)` and its kin.
pub const METHODS: &[Method] = &[
    Method { name: "dropout1d", params: PARAMS, build: One(|call| build(call, 3, "[N, channels, length]")) },
    Method {
        name: "dropout2d",
        params: PARAMS,
        build: One(|call| build(call, 4, "[N, channels, height, width]")),
    },
    Method {
        name: "dropout3d",
        params: PARAMS,
        build: One(|call| build(call, 5, "[N, channels, depth, height, width]")),
    },
];

fn build(call: &mut Call<'_>, rank: usize, layout: &str) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    call.check_rank(0, rank, layout)?;
    let rate = rate(call)?;
    if rate == 0.0 {
        return Ok(value);
    }
    let kept = keep(call, 2, rate);
    Ok(apply(call.builder, value, kept))
}
