//! Stochastic depth: all elements of a sample (axis 0) are zero with probability `rate`, or all are divided by `1 - rate`,
//! unless `scale_by_keep` is false. timm's `drop_path`, for the branch of a residual block.
//!
//! Always active where it is called, as `dropout`. Source: Huang et al., "Deep Networks with Stochastic Depth", 2016.

use super::call::{Build::One, Call, Method, Problem};
use super::dropout::{apply, keep, rate};
use super::{optional, required, tensor};
use crate::graph::Value;
use crate::graph::scalar::{Binary, arg, binary, constant, select};

/// `x.drop_path(0.1, scale_by_keep = true)`.
pub const METHODS: &[Method] = &[Method {
    name: "drop_path",
    params: &[tensor("x"), required("rate"), optional("scale_by_keep")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    if call.shape(0)?.is_empty() {
        return Err(Problem::from("`drop_path` drops samples along axis 0, found a scalar".to_string())
            .at(0)
            .help("call it on the output of a block, [N, …]"));
    }
    let rate = rate(call)?;
    let scale_by_keep = call.boolean(2, Some(true))?;
    if rate == 0.0 {
        return Ok(value);
    }
    let mut kept = keep(call, 1, rate);
    if !scale_by_keep {
        let is_dropped = binary(Binary::Equal, arg(0), constant(0.0));
        kept = call.builder.map(&select(is_dropped, constant(0.0), constant(1.0)), &[kept]);
    }
    Ok(apply(call.builder, value, kept))
}
