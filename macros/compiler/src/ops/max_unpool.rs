//! The inverse of max pooling but for what the windows lost, PyTorch's `max_unpool1d`, `max_unpool2d` and
//! `max_unpool3d`: `out[n, c, indices[n, c, i]] = x[n, c, i]` over the spatial axes in row-major order, and 0
//! elsewhere.
//!
//! Of equal indices, which overlapping windows may have, the last in row-major order wins; the gradient of each is the
//! gradient at its index. An index outside the result is an error at run time.

use super::call::{Build::One, Call, Method, Problem};
use super::gather::check_index;
use super::scatter::Scatter;
use super::sliding::{IMAGES, literal};
use super::{Param, optional, required, tensor};
use crate::graph::types::product;
use crate::graph::{Size, Value, shape_text};

/// `x.max_unpool2d(indices, kernel_size, stride = kernel_size, padding = 0, output_size)` with the results of
/// `max_pool2d_with_indices` by the same window; without `output_size`, or where it is 0, an axis of size `n` becomes
/// `(n - 1) stride - 2 padding + kernel_size`.
pub const METHODS: &[Method] = &[
    Method { name: "max_unpool1d", params: PARAMS, build: One(build::<1>) },
    Method { name: "max_unpool2d", params: PARAMS, build: One(build::<2>) },
    Method { name: "max_unpool3d", params: PARAMS, build: One(build::<3>) },
];

const PARAMS: &[Param] = &[
    tensor("x"),
    required("indices"),
    required("kernel_size"),
    optional("stride"),
    optional("padding"),
    optional("output_size"),
];

fn build<const AXES: usize>(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let x = call.check_rank(0, AXES + 2, IMAGES[AXES - 1])?;
    let indices = check_index(call, 1)?;
    let found = call.shape(1)?;
    if found != x {
        return Err(Problem::from(format!(
            "`{}` of {} takes `indices` of the same shape, found {}",
            call.method.name,
            shape_text(&x),
            shape_text(&found)
        ))
        .at(1)
        .help("give each element the index that the pooling returned for it"));
    }
    let sizes = read_sizes::<AXES>(call, &x)?;
    let (images, elements) = (x[..2].to_vec(), product(&x[2..]));
    let flat = |size: Size| [images.clone(), vec![size]].concat();
    let zero = call.builder.constant(0.0);
    let zeros = call.builder.expand(zero, flat(product(&sizes)));
    let source = call.builder.reshape(value, flat(elements.clone()));
    let indices = call.builder.reshape(indices, flat(elements));
    let out = call.builder.add(Scatter { axis: 2 }, &[zeros, source, indices]);
    Ok(call.builder.reshape(out, [images, sizes].concat()))
}

/// Spatial sizes of the result.
fn read_sizes<const AXES: usize>(call: &Call<'_>, x: &[Size]) -> Result<Vec<Size>, Problem> {
    let kernel = call.numbers::<AXES>(2, None, 1)?;
    let stride = call.numbers::<AXES>(3, Some(kernel), 1)?;
    let padding = call.numbers::<AXES>(4, Some([0; AXES]), 0)?;
    let output_size = call.numbers::<AXES>(5, Some([0; AXES]), 0)?;
    let mut sizes = Vec::new();
    for axis in 0..AXES {
        let (size, name) = (&x[2 + axis], call.method.name);
        let [kernel, stride, padding, given] = [kernel[axis], stride[axis], padding[axis], output_size[axis]];
        let pooled = size.sub(&Size::one()).mul(&literal(stride)).add(&literal(kernel));
        let usual = pooled.sub(&literal(2 * padding));
        let window = format!("kernel size {kernel}, stride {stride} and padding {padding}");
        match (given, usual.as_literal()) {
            (0, Some(usual)) if usual < 1 => {
                return Err(Problem::from(format!(
                    "`{name}` of an axis of size {size} with {window} leaves size {usual}"
                ))
                .at(4)
                .help("use the window of the pooling, or give `output_size`"));
            }
            (0, _) => sizes.push(usual),
            (given, Some(usual)) if (given as i64 - usual).abs() >= stride as i64 => {
                let (least, most) = ((usual - stride as i64 + 1).max(1), usual + stride as i64 - 1);
                return Err(Problem::from(format!(
                    "an axis of size {size} does not come from size {given}: `{name}` with {window} gives {usual}, \
                     and `output_size` is less than one stride away"
                ))
                .at(5)
                .help(if least < most { format!("use {least} to {most}") } else { format!("use {least}") }));
            }
            _ => sizes.push(literal(given)),
        }
    }
    Ok(sizes)
}
