//! Transposed convolution over 1, 2 and 3 spatial axes, PyTorch's `conv_transpose1d`, `conv_transpose2d` and
//! `conv_transpose3d`: the gradient of a convolution with respect to its input, as an operation.
//! `out[n, g o, y · stride + i · dilation - padding] += x[n, c, y] · weight[c, o, i]`.

use super::axis_map::Edge;
use super::call::{Build::One, Call, Method, Problem};
use super::conv::{Sliding, as_row, depth_to_channels, from_row};
use super::conv2d::Conv2dGradInput;
use super::sliding::{IMAGES, extent, literal, literal_depth, reach};
use super::{Param, optional, pad, required, tensor};
use crate::graph::{Builder, Size, Value, shape_text};

/// `x.conv_transpose2d(weight, stride = 1, padding = 0, output_padding = 0, groups = 1, dilation = 1)`.
///
/// `x` is `[N, in_channels, height, width]`, `weight` is `[in_channels, out_channels / groups, kernel_h, kernel_w]`; the
/// sizes of the result are `(size - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1`.
pub const METHODS: &[Method] = &[
    Method { name: "conv_transpose1d", params: PARAMS, build: One(build::<1>) },
    Method { name: "conv_transpose2d", params: PARAMS, build: One(build::<2>) },
    Method { name: "conv_transpose3d", params: PARAMS, build: One(build::<3>) },
];

const PARAMS: &[Param] = &[
    tensor("x"),
    required("weight"),
    optional("stride"),
    optional("padding"),
    optional("output_padding"),
    optional("groups"),
    optional("dilation"),
];

/// How messages name the axes of a weight.
const WEIGHTS: [&str; 3] = [
    "[in_channels, out_channels / groups, kernel]",
    "[in_channels, out_channels / groups, kernel_h, kernel_w]",
    "[in_channels, out_channels / groups, kernel_d, kernel_h, kernel_w]",
];

fn build<const AXES: usize>(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (input, weight) = (call.float_tensor(0)?, call.float_tensor(1)?);
    let x = call.check_rank(0, AXES + 2, IMAGES[AXES - 1])?;
    let w = call.check_rank(1, AXES + 2, WEIGHTS[AXES - 1])?;
    let stride = call.numbers::<AXES>(2, Some([1; AXES]), 1)?;
    let padding = call.numbers::<AXES>(3, Some([0; AXES]), 0)?;
    let output_padding = call.numbers::<AXES>(4, Some([0; AXES]), 0)?;
    let groups = call.integer(5, Some(1), 1)?;
    let dilation = call.numbers::<AXES>(6, Some([1; AXES]), 1)?;
    check_channels(&x, &w, groups)?;
    if AXES == 3 {
        literal_depth(call, &w[2])?;
    }
    let mut sizes = Vec::new();
    for axis in 0..AXES {
        let most = stride[axis].max(dilation[axis]);
        if output_padding[axis] >= most {
            return Err(Problem::from(format!(
                "output padding {} is not less than the stride {} or the dilation {}",
                output_padding[axis], stride[axis], dilation[axis]
            ))
            .at(4)
            .help(format!("use an output padding of at most {}, or a larger stride", most - 1)));
        }
        let size = x[2 + axis].sub(&Size::one()).mul(&literal(stride[axis]));
        let size = size.add(&reach(&w[2 + axis], dilation[axis])).add(&literal(output_padding[axis]));
        let (whole, size) = (size.clone(), size.sub(&literal(2 * padding[axis])));
        if size.as_literal().is_some_and(|size| size < 1) {
            return Err(Problem::from(format!(
                "the output of `{}` would be empty: padding {} on both sides cuts off all of {whole} places",
                call.method.name, padding[axis]
            ))
            .at(3)
            .note(format!("the input is {}, the kernel {}", shape_text(&x), extent(&w[2..])))
            .help("use less padding, or a larger kernel or stride"));
        }
        sizes.push(size);
    }
    // The convolution that this transposes has as many windows as the input has places only while the output padding is
    // less than the stride; beyond, the input gets places of zeros, which add nothing.
    let mut pairs = vec![[0, 0]; 2];
    pairs.extend((0..AXES).map(|axis| [0, (output_padding[axis] / stride[axis]) as i64]));
    let input = pad::pad(call.builder, input, &pairs, Edge::Constant, 0.0);
    let sliding = Sliding { stride: &stride, padding: padding.to_vec(), dilation: &dilation, groups };
    let channels = w[1].mul(&literal(groups));
    Ok(transpose(call.builder, input, weight, &sliding, (channels, &sizes)))
}

/// The weight fits the channels of the input, in these groups.
fn check_channels(x: &[Size], w: &[Size], groups: usize) -> Result<(), Problem> {
    if x[1] != w[0] {
        let mut fitting = w.to_vec();
        fitting[0] = x[1].clone();
        return Err(Problem::from(format!(
            "the weight {} takes {} input channels, but the input {} has {}",
            shape_text(w),
            w[0],
            shape_text(x),
            x[1]
        ))
        .at(1)
        .help(format!(
            "make the weight {}, or give the input {} channels",
            shape_text(&fitting),
            w[0]
        )));
    }
    if x[1].exact_div(&literal(groups)).is_none() {
        return Err(Problem::from(format!("{groups} groups do not divide {} input channels", x[1]))
            .at(5)
            .help(format!("make the number of input channels a multiple of {groups}, or change `groups`")));
    }
    Ok(())
}

/// The transposed convolution of operands that are known to fit, to an image of these channels and sizes.
fn transpose(
    builder: &mut Builder,
    input: Value,
    weight: Value,
    sliding: &Sliding<'_>,
    (channels, sizes): (Size, &[Size]),
) -> Value {
    let window = sliding.window();
    let n = builder.ty(input).shape[0].clone();
    match sizes {
        [width] => {
            let (row, weight) = (as_row(builder, input), as_row(builder, weight));
            let shape = vec![n, channels, Size::one(), width.clone()];
            let out = builder.add(Conv2dGradInput { window, shape }, &[row, weight]);
            from_row(builder, out)
        }
        [depth, height, width] => {
            let x = builder.ty(input).shape.clone();
            let slide = sliding.depth(&builder.ty(weight).shape[2]);
            let kernel = literal(slide.kernel);
            let images = builder.permute(input, vec![0, 2, 1, 3, 4]);
            let images =
                builder.reshape(images, vec![n.mul(&x[2]), x[1].clone(), x[3].clone(), x[4].clone()]);
            let weight = depth_to_channels(builder, weight);
            let image = [height.clone(), width.clone()];
            let shape = [&[n.mul(&x[2]), channels.mul(&kernel)], &image[..]].concat();
            let out = builder.add(Conv2dGradInput { window, shape }, &[images, weight]);
            let split = [&[n.clone(), x[2].clone(), channels.clone(), kernel.clone()], &image[..]].concat();
            let split = builder.reshape(out, split);
            let split = builder.permute(split, vec![0, 2, 1, 3, 4, 5]);
            let taps = [&[n, channels, x[2].mul(&kernel)], &image[..]].concat();
            let taps = builder.reshape(split, taps);
            slide.overlap(builder, taps, 2, depth.clone())
        }
        sizes => {
            let shape = [&[n, channels], sizes].concat();
            builder.add(Conv2dGradInput { window, shape }, &[input, weight])
        }
    }
}
