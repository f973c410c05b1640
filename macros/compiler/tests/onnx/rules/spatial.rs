//! Windows over spatial axes.

use super::{float, from_last, literals, number, numbers, sizes, tensor, uncovered};
use crate::{Context, Uncovered};
use macrograd_compiler::graph::types::product;
use macrograd_compiler::graph::{ElementType, Size, Value};
use macrograd_compiler::ops::call::{Argument, Built};

/// How windows lie along the spatial axes.
struct Windows {
    kernel: Vec<i64>,
    stride: Vec<i64>,
    dilation: Vec<i64>,
    /// Places before and after each axis.
    pads: Vec<[i64; 2]>,
}

impl Windows {
    /// Of spatial axes of these sizes.
    fn read(c: &Context<'_>, spatial: &[i64], kernel: Vec<i64>) -> Windows {
        let option = |name: &str| c.case.integers(name).unwrap_or_else(|| vec![1; spatial.len()]);
        let (stride, dilation) = (option("strides"), option("dilations"));
        let auto_pad = c.case.text("auto_pad").unwrap_or("NOTSET");
        let pads = (0..spatial.len()).map(|axis| match auto_pad {
            "SAME_UPPER" | "SAME_LOWER" => {
                let count = (spatial[axis] + stride[axis] - 1) / stride[axis];
                let reach = (count - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1;
                share((reach - spatial[axis]).max(0), auto_pad == "SAME_UPPER")
            }
            "VALID" => [0, 0],
            _ => c.case.integers("pads").map_or([0, 0], |pads| [pads[axis], pads[spatial.len() + axis]]),
        });
        let pads = pads.collect();
        Windows { kernel, stride, dilation, pads }
    }

    /// [`Windows::symmetric`] that poolings take: at most half of the window.
    fn symmetric_half(&self) -> Option<Vec<i64>> {
        let is_half =
            |padding: &Vec<i64>| padding.iter().zip(&self.kernel).all(|(pad, size)| 2 * pad <= *size);
        self.symmetric().filter(is_half)
    }

    /// The padding, if it is the same on both sides of each axis.
    fn symmetric(&self) -> Option<Vec<i64>> {
        self.pads.iter().map(|&[before, after]| (before == after).then_some(before)).collect()
    }
}

/// Half of the places before and after; of an odd number, the last one after, or before.
fn share(total: i64, is_upper: bool) -> [i64; 2] {
    let (less, more) = (total / 2, total - total / 2);
    if is_upper { [less, more] } else { [more, less] }
}

/// Places around the spatial axes.
fn pad(c: &mut Context<'_>, x: Value, pads: &[[i64; 2]], value: f64) -> Result<Value, Uncovered> {
    c.call_with("pad", vec![tensor(x), from_last(pads)], vec![("value", float(value))])
}

/// Adds input 2, one number for each channel.
fn add_bias(c: &mut Context<'_>, out: Value, axes: usize) -> Result<Value, Uncovered> {
    if c.case.inputs.len() < 3 {
        return Ok(out);
    }
    let bias = c.input(2)?;
    let mut wide = vec![product(&super::shape(c, bias))];
    wide.extend(vec![Size::one(); axes]);
    let bias = c.call_with("reshape", vec![tensor(bias), sizes(wide)], Vec::new())?;
    c.call("add", &[out, bias])
}

pub(super) fn conv(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let (mut x, weight) = (c.input(0)?, c.input(1)?);
    let (spatial, kernel) = (literals(c, x)[2..].to_vec(), literals(c, weight)[2..].to_vec());
    let axes = spatial.len();
    let windows = Windows::read(c, &spatial, kernel);
    let padding = match windows.symmetric() {
        Some(padding) => padding,
        None => {
            x = pad(c, x, &windows.pads, 0.0)?;
            vec![0; axes]
        }
    };
    let named = vec![
        ("stride", numbers(windows.stride)),
        ("padding", numbers(padding)),
        ("dilation", numbers(windows.dilation)),
        ("groups", number(c.case.integer("group", 1))),
    ];
    let out = c.call_with(&format!("conv{axes}d"), vec![tensor(x), tensor(weight)], named)?;
    Ok(vec![add_bias(c, out, axes)?])
}

/// What the padding cuts off is cut off by `pad` where it differs between the sides. A shape that is asked for decides the
/// padding, and what lacks is added at the end.
pub(super) fn conv_transpose(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let (x, weight) = (c.input(0)?, c.input(1)?);
    let (spatial, kernel) = (literals(c, x)[2..].to_vec(), literals(c, weight)[2..].to_vec());
    let axes = spatial.len();
    let mut windows = Windows::read(c, &spatial, kernel);
    let mut extra = c.case.integers("output_padding").unwrap_or_else(|| vec![0; axes]);
    let auto_pad = c.case.text("auto_pad").unwrap_or("NOTSET");
    let same = auto_pad.starts_with("SAME").then(|| {
        spatial.iter().zip(&windows.stride).map(|(size, stride)| size * stride).collect::<Vec<i64>>()
    });
    if let Some(wanted) = c.case.integers("output_shape").or(same) {
        for (axis, wanted) in wanted.into_iter().enumerate() {
            let reach = (windows.kernel[axis] - 1) * windows.dilation[axis] + 1;
            let whole = windows.stride[axis] * (spatial[axis] - 1) + reach;
            let total = whole + extra[axis] - wanted;
            extra[axis] += (-total).max(0);
            windows.pads[axis] = share(total.max(0), auto_pad == "SAME_UPPER");
        }
    }
    let symmetric = windows.symmetric();
    let named = vec![
        ("stride", numbers(windows.stride.clone())),
        ("padding", numbers(symmetric.clone().unwrap_or_else(|| vec![0; axes]))),
        ("output_padding", numbers(extra)),
        ("groups", number(c.case.integer("group", 1))),
        ("dilation", numbers(windows.dilation.clone())),
    ];
    let mut out = c.call_with(&format!("conv_transpose{axes}d"), vec![tensor(x), tensor(weight)], named)?;
    if symmetric.is_none() {
        let cut: Vec<[i64; 2]> = windows.pads.iter().map(|&[before, after]| [-before, -after]).collect();
        out = pad(c, out, &cut, 0.0)?;
    }
    Ok(vec![add_bias(c, out, axes)?])
}

/// The windows of a pooling and what it pools.
fn pooled(c: &mut Context<'_>) -> Result<(Value, Windows), Uncovered> {
    let x = c.input(0)?;
    if c.builder.ty(x).element != ElementType::Real {
        return uncovered("pooling of whole numbers");
    }
    let spatial = literals(c, x)[2..].to_vec();
    let kernel = c.case.integers("kernel_shape").unwrap_or_default();
    Ok((x, Windows::read(c, &spatial, kernel)))
}

fn ceil_mode(c: &Context<'_>) -> (&'static str, Argument) {
    ("ceil_mode", Argument::Bool(c.case.integer("ceil_mode", 0) == 1))
}

pub(super) fn max_pool(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let (mut x, windows) = pooled(c)?;
    let axes = windows.kernel.len();
    let padding = match windows.symmetric_half() {
        Some(padding) => padding,
        None => {
            x = pad(c, x, &windows.pads, f64::NEG_INFINITY)?;
            vec![0; axes]
        }
    };
    let named = vec![
        ("stride", numbers(windows.stride)),
        ("padding", numbers(padding)),
        ("dilation", numbers(windows.dilation)),
        ceil_mode(c),
    ];
    let list = vec![tensor(x), numbers(windows.kernel)];
    if c.case.outputs.len() < 2 {
        return Ok(vec![c.call_with(&format!("max_pool{axes}d"), list, named)?]);
    }
    if c.case.integer("storage_order", 0) == 1 {
        return uncovered("places in column-major order");
    }
    one_channel(c, x)?;
    match c.call_many(&format!("max_pool{axes}d_with_indices"), list, named)? {
        Built::Many(values) => Ok(values),
        Built::One(value) => Ok(vec![value]),
    }
}

/// ONNX counts places over samples and channels, too.
fn one_channel(c: &Context<'_>, x: Value) -> Result<(), Uncovered> {
    if literals(c, x)[..2] == [1, 1] { Ok(()) } else { uncovered("places counted over all channels") }
}

/// A shape that is asked for appends places.
pub(super) fn max_unpool(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let (x, indices) = (c.input(0)?, c.input(1)?);
    one_channel(c, x)?;
    let spatial = literals(c, x)[2..].to_vec();
    let axes = spatial.len();
    let windows = Windows::read(c, &spatial, c.case.integers("kernel_shape").unwrap_or_default());
    let Some(padding) = windows.symmetric() else {
        return uncovered("padding that differs between the sides");
    };
    let named = vec![("stride", numbers(windows.stride)), ("padding", numbers(padding))];
    let list = vec![tensor(x), tensor(indices), numbers(windows.kernel)];
    let out = c.call_with(&format!("max_unpool{axes}d"), list, named)?;
    let Some(wanted) = c.case.indices(2) else { return Ok(vec![out]) };
    let found = literals(c, out);
    let pads: Vec<[i64; 2]> = (2..2 + axes).map(|axis| [0, wanted[axis] - found[axis]]).collect();
    Ok(vec![pad(c, out, &pads, 0.0)?])
}

/// With padding that PyTorch does not take, means are over padded tensors, divided by those of ones where the padding
/// does not count.
pub(super) fn avg_pool(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let (x, windows) = pooled(c)?;
    let axes = windows.kernel.len();
    if windows.dilation.iter().any(|&dilation| dilation != 1) {
        return uncovered("dilated windows, which PyTorch's average has not");
    }
    let counted = c.case.integer("count_include_pad", 0) == 1;
    let symmetric = windows.symmetric_half();
    let mean = |c: &mut Context<'_>, x: Value| {
        let named = vec![
            ("stride", numbers(windows.stride.clone())),
            ("padding", numbers(symmetric.clone().unwrap_or_else(|| vec![0; axes]))),
            ceil_mode(c),
            ("count_include_pad", Argument::Bool(counted)),
        ];
        let list = vec![tensor(x), numbers(windows.kernel.clone())];
        c.call_with(&format!("avg_pool{axes}d"), list, named)
    };
    if symmetric.is_some() {
        return Ok(vec![mean(c, x)?]);
    }
    let padded = pad(c, x, &windows.pads, 0.0)?;
    let means = mean(c, padded)?;
    if counted {
        return Ok(vec![means]);
    }
    let ones = c.call("ones_like", &[x])?;
    let padded = pad(c, ones, &windows.pads, 0.0)?;
    let shares = mean(c, padded)?;
    Ok(vec![c.call("div", &[means, shares])?])
}

pub(super) fn col2im(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let (image, kernel) = (c.case.indices(1).unwrap_or_default(), c.case.indices(2).unwrap_or_default());
    if image.len() != 2 {
        return uncovered(format!("{} spatial axes; `fold` takes 2, as PyTorch's", image.len()));
    }
    let windows = Windows::read(c, &image, kernel);
    let Some(padding) = windows.symmetric() else {
        return uncovered("padding that differs between the sides");
    };
    let list = [image, windows.kernel, windows.dilation, padding, windows.stride].map(numbers);
    let list = std::iter::once(tensor(x)).chain(list).collect();
    Ok(vec![c.call_with("fold", list, Vec::new())?])
}
