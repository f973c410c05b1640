//! Division by what neighbouring channels (axis 1) hold: `x / (k + alpha · mean(x² of size channels around))^beta`, channels
//! beyond the ends counting as 0. PyTorch's `local_response_norm`.
//!
//! The window begins `size / 2` channels before, rounded down. Its mean is that of `avg_pool2d` over
//! `[N, 1, channels, rest]`. Source: Krizhevsky et al., "ImageNet Classification with Deep Convolutional Neural Networks",
//! 2012, section 3.3.

use super::avg_pool2d::AvgPool2d;
use super::batch_norm::channels;
use super::call::{Build::One, Call, Method, Problem};
use super::pool::Pool2d;
use super::slice::Slice;
use super::{optional, required, tensor};
use crate::graph::scalar::{Unary, add, arg, constant, mul, unary};
use crate::graph::types::product;
use crate::graph::{Size, Value, shape_text};

/// `x.local_response_norm(size, alpha = 1e-4, beta = 0.75, k = 1.0)`.
pub const METHODS: &[Method] = &[Method {
    name: "local_response_norm",
    params: &[tensor("x"), required("size"), optional("alpha"), optional("beta"), optional("k")],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (value, shape) = channels(call)?;
    if shape.len() < 3 {
        return Err(Problem::from(format!(
            "`{}` takes [N, channels, …] of at least 3 axes, found {}",
            call.method.name,
            shape_text(&shape)
        ))
        .at(0)
        .help("add an axis of size 1 with `reshape`"));
    }
    let size = call.integer(1, None, 1)?;
    let (alpha, beta) = (call.float(2, Some(1e-4))?, call.float(3, Some(0.75))?);
    let k = call.float(4, Some(1.0))?;
    let builder = &mut *call.builder;
    let squares = builder.map(&mul(arg(0), arg(0)), &[value]);
    let planes = vec![shape[0].clone(), Size::one(), shape[1].clone(), product(&shape[2..])];
    let squares = builder.reshape(squares, planes.clone());
    let pool = Pool2d {
        kernel: [size, 1],
        stride: [1, 1],
        padding: [size / 2, 0],
        dilation: [1, 1],
        ceil_mode: false,
        count_include_pad: true,
    };
    let mut means = builder.add(AvgPool2d { pool }, &[squares]);
    if size % 2 == 0 {
        // As much padding after as before makes one window too many.
        means = builder.add(Slice { starts: vec![Size::default(); 4], sizes: planes }, &[means]);
    }
    let means = builder.reshape(means, shape);
    let base = add(mul(constant(alpha), arg(1)), constant(k));
    let factor = unary(Unary::Exp, mul(constant(-beta), unary(Unary::Ln, base)));
    Ok(builder.map(&mul(arg(0), factor), &[value, means]))
}
