//! Convolution over 1, 2 and 3 spatial axes, PyTorch's `conv1d`, `conv2d` and `conv3d`: cross-correlation,
//! `out[n, o, y] = Σ_{c, i} x[n, g c, y · stride + i · dilation - padding] · weight[o, c, i]`.
//!
//! All become a two-dimensional one. A length is an image of height 1. Along a depth, the taps of each window are laid
//! beside the channels, `[N · windows, C · kernel_d, H, W]`, where the order of channels keeps groups together.

use super::axis_map::Edge;
use super::call::{Argument, Build::One, Call, Method, Problem};
use super::conv2d::{Conv2d, Window};
use super::pad;
use super::sliding::{IMAGES, Slide, empty_output, literal, literal_depth, num_windows};
use super::{Param, optional, required, tensor};
use crate::graph::{Builder, Size, Value, shape_text};

/// `x.conv2d(weight, stride = 1, padding = 0, dilation = 1, groups = 1, padding_mode = "zeros")`.
///
/// `x` is `[N, in_channels, height, width]`, `weight` is `[out_channels, in_channels / groups, kernel_h, kernel_w]`.
/// `padding` is a number, a list, `"valid"` for none or `"same"` for a result as large as `x`.
pub const METHODS: &[Method] = &[
    Method { name: "conv1d", params: PARAMS, build: One(build::<1>) },
    Method { name: "conv2d", params: PARAMS, build: One(build::<2>) },
    Method { name: "conv3d", params: PARAMS, build: One(build::<3>) },
];

const PARAMS: &[Param] = &[
    tensor("x"),
    required("weight"),
    optional("stride"),
    optional("padding"),
    optional("dilation"),
    optional("groups"),
    optional("padding_mode"),
];

/// How messages name the axes of a weight.
const WEIGHTS: [&str; 3] = [
    "[out_channels, in_channels / groups, kernel]",
    "[out_channels, in_channels / groups, kernel_h, kernel_w]",
    "[out_channels, in_channels / groups, kernel_d, kernel_h, kernel_w]",
];

/// Values of `padding_mode`, in the order of [`pad::EDGES`].
const PADDING_MODES: [&str; 4] = ["zeros", "reflect", "replicate", "circular"];

fn build<const AXES: usize>(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (input, weight) = (call.float_tensor(0)?, call.float_tensor(1)?);
    let x = call.check_rank(0, AXES + 2, IMAGES[AXES - 1])?;
    let w = call.check_rank(1, AXES + 2, WEIGHTS[AXES - 1])?;
    let stride = call.numbers::<AXES>(2, Some([1; AXES]), 1)?;
    let dilation = call.numbers::<AXES>(4, Some([1; AXES]), 1)?;
    let padding = read_padding(call, &w[2..], stride, dilation)?;
    let groups = call.integer(5, Some(1), 1)?;
    let edge = pad::EDGES[call.choice(6, Some(0), &PADDING_MODES)?];
    check_channels(&x, &w, groups)?;
    let mut padded = x.clone();
    for axis in 0..AXES {
        let [before, after] = padding[axis];
        pad::check_edge(edge, &x, 2 + axis, [before as i64, after as i64])
            .map_err(|problem| problem.at(3))?;
        padded[2 + axis] = x[2 + axis].add(&literal(before + after));
        let out = num_windows(&padded[2 + axis], &w[2 + axis], stride[axis], 0, dilation[axis]);
        if out.as_literal().is_some_and(|size| size < 1) {
            return Err(empty_output(call.method.name, &x, &w[2..], before, dilation[axis]));
        }
    }
    if AXES == 3 {
        literal_depth(call, &w[2])?;
    }
    let is_plain = edge == Edge::Constant && padding.iter().all(|[before, after]| before == after);
    let mut sliding = Sliding {
        stride: &stride,
        padding: padding.iter().map(|pair| pair[0]).collect(),
        dilation: &dilation,
        groups,
    };
    let mut input = input;
    if !is_plain {
        let mut pairs = vec![[0, 0]; 2];
        pairs.extend(padding.iter().map(|pair| pair.map(|places| places as i64)));
        input = pad::pad(call.builder, input, &pairs, edge, 0.0);
        sliding.padding = vec![0; AXES];
    }
    Ok(convolve(call.builder, input, weight, &sliding))
}

/// Places before and after each spatial axis.
fn read_padding<const AXES: usize>(
    call: &Call<'_>,
    kernel: &[Size],
    stride: [usize; AXES],
    dilation: [usize; AXES],
) -> Result<[[usize; 2]; AXES], Problem> {
    if !matches!(call.given(3), Some(Argument::Text(_))) {
        return Ok(call.numbers::<AXES>(3, Some([0; AXES]), 0)?.map(|places| [places; 2]));
    }
    if call.choice(3, None, &["valid", "same"])? == 0 {
        return Ok([[0; 2]; AXES]);
    }
    if stride != [1; AXES] {
        let found = if AXES == 1 { stride[0].to_string() } else { format!("{stride:?}") };
        return Err(Problem::from(format!("`padding = \"same\"` goes with a stride of 1, found {found}"))
            .at(3)
            .help("leave `stride` out, or write the padding as numbers"));
    }
    let mut padding = [[0; 2]; AXES];
    for axis in 0..AXES {
        let Some(kernel) = kernel[axis].as_literal() else {
            return Err(Problem::from(format!(
                "`padding = \"same\"` needs a kernel size known at compile time, found {}",
                kernel[axis]
            ))
            .at(3)
            .help("declare the sizes of the kernel as numbers, or write the padding as numbers"));
        };
        // As PyTorch: what is left over goes behind.
        let total = dilation[axis] * (kernel as usize).saturating_sub(1);
        padding[axis] = [total / 2, total - total / 2];
    }
    Ok(padding)
}

/// The weight fits the channels of the input, in these groups.
fn check_channels(x: &[Size], w: &[Size], groups: usize) -> Result<(), Problem> {
    let groups = literal(groups);
    if x[1] != w[1].mul(&groups) {
        let in_groups = if groups.is_one() { String::new() } else { format!(" in {groups} groups") };
        let problem = Problem::from(format!(
            "the weight {} takes {} input channels{in_groups}, but the input {} has {}",
            shape_text(w),
            w[1].mul(&groups),
            shape_text(x),
            x[1]
        ))
        .at(1);
        return Err(match x[1].exact_div(&groups) {
            Some(per_group) => {
                let mut fitting = w.to_vec();
                fitting[1] = per_group;
                problem.help(format!(
                    "make the weight {}, or give the input {} channels",
                    shape_text(&fitting),
                    w[1].mul(&groups)
                ))
            }
            None => problem.help(format!("choose a number of groups that divides {} input channels", x[1])),
        });
    }
    if w[0].exact_div(&groups).is_none() {
        return Err(Problem::from(format!("{groups} groups do not divide {} output channels", w[0]))
            .at(5)
            .help(format!("make the number of output channels a multiple of {groups}, or change `groups`")));
    }
    Ok(())
}

/// How a kernel slides over 1, 2 or 3 spatial axes.
pub(super) struct Sliding<'a> {
    pub(super) stride: &'a [usize],
    pub(super) padding: Vec<usize>,
    pub(super) dilation: &'a [usize],
    pub(super) groups: usize,
}

impl Sliding<'_> {
    /// The last two axes; a single one is a row.
    pub(super) fn window(&self) -> Window {
        let last_two = |values: &[usize], missing: usize| match *values {
            [.., height, width] => [height, width],
            [width] => [missing, width],
            [] => [missing; 2],
        };
        Window {
            stride: last_two(self.stride, 1),
            padding: last_two(&self.padding, 0),
            dilation: last_two(self.dilation, 1),
            groups: self.groups,
        }
    }

    /// The first of three axes.
    pub(super) fn depth(&self, kernel: &Size) -> Slide {
        let kernel = kernel.as_literal().expect("a kernel's depth was checked to be a literal") as usize;
        Slide { kernel, stride: self.stride[0], dilation: self.dilation[0], padding: self.padding[0] }
    }
}

/// `[A, B, L]` as `[A, B, 1, L]`.
pub(super) fn as_row(builder: &mut Builder, value: Value) -> Value {
    let mut shape = builder.ty(value).shape.clone();
    shape.insert(2, Size::one());
    builder.reshape(value, shape)
}

/// `[A, B, 1, L]` as `[A, B, L]`.
pub(super) fn from_row(builder: &mut Builder, value: Value) -> Value {
    let mut shape = builder.ty(value).shape.clone();
    shape.remove(2);
    builder.reshape(value, shape)
}

/// A weight `[A, B, D, H, W]` with its depth beside the channels, `[A, B D, H, W]`.
pub(super) fn depth_to_channels(builder: &mut Builder, weight: Value) -> Value {
    let w = builder.ty(weight).shape.clone();
    let merged = vec![w[0].clone(), w[1].mul(&w[2]), w[3].clone(), w[4].clone()];
    builder.reshape(weight, merged)
}

/// The convolution of operands that are known to fit.
fn convolve(builder: &mut Builder, input: Value, weight: Value, sliding: &Sliding<'_>) -> Value {
    let window = sliding.window();
    match sliding.stride.len() {
        1 => {
            let (row, weight) = (as_row(builder, input), as_row(builder, weight));
            let out = builder.add(Conv2d { window }, &[row, weight]);
            from_row(builder, out)
        }
        2 => builder.add(Conv2d { window }, &[input, weight]),
        _ => {
            let w = builder.ty(weight).shape.clone();
            let slide = sliding.depth(&w[2]);
            let x = builder.ty(input).shape.clone();
            let [n, c, d, height, width] = [0, 1, 2, 3, 4].map(|axis| x[axis].clone());
            let (windows, kernel) = (slide.count(&d), literal(slide.kernel));
            let taps = slide.taps(builder, input, 2);
            let split =
                vec![n.clone(), c.clone(), windows.clone(), kernel.clone(), height.clone(), width.clone()];
            let split = builder.reshape(taps, split);
            let split = builder.permute(split, vec![0, 2, 1, 3, 4, 5]);
            let images = builder.reshape(split, vec![n.mul(&windows), c.mul(&kernel), height, width]);
            let weight = depth_to_channels(builder, weight);
            let out = builder.add(Conv2d { window }, &[images, weight]);
            let o = builder.ty(out).shape.clone();
            let out = builder.reshape(out, vec![n, windows, o[1].clone(), o[2].clone(), o[3].clone()]);
            builder.permute(out, vec![0, 2, 1, 3, 4])
        }
    }
}
