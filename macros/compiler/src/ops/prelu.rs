//! Parametric rectifier: `x` above 0, else `weight · x`, with one weight for all channels or one for each (axis 1).
//!
//! d/dx = 1 above 0, else the weight; d/dweight = the sum of `x` over the elements that are not above 0.
//! Source: He et al., "Delving Deep into Rectifiers", 2015.

use super::call::{Build::One, Call, Method, Problem};
use super::leaky_relu::expression;
use super::{required, tensor};
use crate::graph::scalar::arg;
use crate::graph::{Size, Value, shape_text};

/// `x.prelu(weight)`.
pub const METHODS: &[Method] =
    &[Method { name: "prelu", params: &[tensor("x"), required("weight")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (value, weight) = (call.float_tensor(0)?, call.float_tensor(1)?);
    let (shape, weights) = (call.shape(0)?, call.shape(1)?);
    let num_weights = match weights.as_slice() {
        [] => Size::one(),
        [count] => count.clone(),
        _ => {
            return Err(Problem::from(format!(
                "the weight of `prelu` has one axis, found {} {}",
                weights.len(),
                shape_text(&weights)
            ))
            .at(1)
            .help("declare it `Param<1>`, or with the number of channels"));
        }
    };
    // Without an axis of channels there is one channel.
    let channels = shape.get(1).cloned().unwrap_or_else(Size::one);
    let mut aligned = Vec::new();
    if !num_weights.is_one() {
        if num_weights != channels {
            return Err(Problem::from(format!(
                "`prelu` has {num_weights} weights, but its input has {channels} {}",
                if channels.is_one() { "channel" } else { "channels" }
            ))
            .at(1)
            .note(format!("the tensor is {}; channels lie along axis 1", shape_text(&shape)))
            .help(format!("declare the weight `Param<{channels}>`, or `Param<1>` for one that all share")));
        }
        aligned = vec![Size::one(); shape.len() - 1];
        aligned[0] = channels;
    }
    let weight = call.builder.reshape(weight, aligned);
    call.map_values(&[value, weight], &expression(arg(0), arg(1)))
}
