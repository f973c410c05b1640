//! Adaptive pooling, PyTorch's `adaptive_avg_pool1d` to `adaptive_max_pool3d`: each axis is cut into as many parts as the
//! result has places, part `i` from `floor(i size / out)` to `ceil((i + 1) size / out)`, exclusive.
//!
//! Parts of equal size are ordinary pooling. Otherwise means are taken axis by axis; for maxima, each part is copied to
//! the length of the longest by repeating its last place, which changes neither the maximum nor where it is first.

use super::avg_pool2d::average;
use super::axis_map::{Rule, axis_map};
use super::call::{Build::One, Call, Method, Problem};
use super::max_pool2d;
use super::pool::Pooling;
use super::sliding::{IMAGES, literal};
use super::{Param, required, tensor};
use crate::graph::size::gcd;
use crate::graph::{Builder, Size, Value, shape_text};

/// `x.adaptive_avg_pool2d(output_size)`, where 0 keeps the size of an axis.
pub const METHODS: &[Method] = &[
    Method { name: "adaptive_avg_pool1d", params: PARAMS, build: One(build_avg::<1>) },
    Method { name: "adaptive_avg_pool2d", params: PARAMS, build: One(build_avg::<2>) },
    Method { name: "adaptive_avg_pool3d", params: PARAMS, build: One(build_avg::<3>) },
    Method { name: "adaptive_max_pool1d", params: PARAMS, build: One(|call| Ok(maxima::<1>(call)?.1)) },
    Method { name: "adaptive_max_pool2d", params: PARAMS, build: One(|call| Ok(maxima::<2>(call)?.1)) },
    Method { name: "adaptive_max_pool3d", params: PARAMS, build: One(|call| Ok(maxima::<3>(call)?.1)) },
];

pub(super) const PARAMS: &[Param] = &[tensor("x"), required("output_size")];

/// The operand, its spatial sizes and those of the result.
fn read<const AXES: usize>(call: &mut Call<'_>) -> Result<(Value, Vec<[Size; 2]>), Problem> {
    let value = call.float_tensor(0)?;
    let x = call.check_rank(0, AXES + 2, IMAGES[AXES - 1])?;
    let out = call.numbers::<AXES>(1, None, 0)?;
    let sizes = x[2..].iter().zip(out).map(|(size, out)| {
        let out = if out == 0 { size.clone() } else { literal(out) };
        [size.clone(), out]
    });
    Ok((value, sizes.collect()))
}

fn build_avg<const AXES: usize>(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (mut value, sizes) = read::<AXES>(call)?;
    let tiles: Option<Vec<usize>> = sizes.iter().map(|[size, out]| tile(size, out)).collect();
    if let Some(kernel) = tiles {
        return Ok(average(call.builder, value, &Pooling::tiles(kernel)));
    }
    for (axis, [_, out]) in sizes.iter().enumerate() {
        value = mean_of_parts(call.builder, value, 2 + axis, out);
    }
    Ok(value)
}

/// The means of the parts of an axis.
pub(super) fn mean_of_parts(builder: &mut Builder, value: Value, axis: usize, out: &Size) -> Value {
    if builder.ty(value).shape[axis] == *out {
        return value;
    }
    axis_map(builder, value, axis, out.clone(), Rule::AdaptiveMean, 0.0)
}

/// The operand, and the largest element of each of its parts.
pub(super) fn maxima<const AXES: usize>(call: &mut Call<'_>) -> Result<(Value, Value), Problem> {
    let (x, sizes) = read::<AXES>(call)?;
    let mut value = x;
    let mut kernel = Vec::new();
    for (axis, [size, out]) in sizes.iter().enumerate() {
        if let Some(tile) = tile(size, out) {
            kernel.push(tile);
            continue;
        }
        let (Some(len), Some(parts)) = (size.as_literal(), out.as_literal()) else {
            let x = shape_text(&call.shape(0)?);
            return Err(Problem::from(format!(
                "`{}` needs image sizes known at compile time, found {x}",
                call.method.name
            ))
            .help("declare the image with literal sizes, or take the maximum over all places with `max`"));
        };
        let longest = longest_part(len, parts);
        let rule = Rule::AdaptiveWindows { kernel: longest };
        value = axis_map(call.builder, value, 2 + axis, out.mul(&literal(longest)), rule, 0.0);
        kernel.push(longest);
    }
    Ok((x, max_pool2d::maxima(call.builder, value, &Pooling::tiles(kernel))))
}

/// Size of the longest of the parts of an axis. Part `i` goes from `⌊i·len/parts⌋` to `⌈(i + 1)·len/parts⌉`; it is
/// longest where `i·len` leaves the largest remainder, `parts - gcd`.
fn longest_part(len: i64, parts: i64) -> usize {
    let beyond = len - gcd(len, parts);
    (1 + beyond / parts + i64::from(beyond % parts != 0)) as usize
}

/// The size of the parts if they are equal.
fn tile(size: &Size, out: &Size) -> Option<usize> {
    if size == out {
        return Some(1);
    }
    match (size.as_literal()?, out.as_literal()?) {
        (size, out) if size % out == 0 => Some((size / out) as usize),
        _ => None,
    }
}
