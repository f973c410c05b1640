//! Rearrangements between channels and places, PyTorch's `pixel_shuffle`, `pixel_unshuffle` and `channel_shuffle`.

use super::call::{Build::One, Call, Method, Problem};
use super::sliding::literal;
use super::{required, tensor};
use crate::graph::{Size, Value, shape_text};

/// `x.pixel_shuffle(r)`: `[…, C r², H, W]` to `[…, C, H r, W r]`; `x.pixel_unshuffle(r)`: back;
/// `x.channel_shuffle(groups)`: channels `[groups, C / groups]` in the order `[C / groups, groups]`.
pub const METHODS: &[Method] = &[
    Method {
        name: "pixel_shuffle",
        params: &[tensor("x"), required("upscale_factor")],
        build: One(build_shuffle),
    },
    Method {
        name: "pixel_unshuffle",
        params: &[tensor("x"), required("downscale_factor")],
        build: One(build_unshuffle),
    },
    Method {
        name: "channel_shuffle",
        params: &[tensor("x"), required("groups")],
        build: One(build_channels),
    },
];

/// The axes before the channels, and the channels, the height and the width.
fn image(call: &mut Call<'_>) -> Result<(Vec<Size>, [Size; 3]), Problem> {
    let x = call.shape(0)?;
    match x.as_slice() {
        [leading @ .., channels, height, width] => {
            Ok((leading.to_vec(), [channels.clone(), height.clone(), width.clone()]))
        }
        _ => Err(Problem::from(format!(
            "`{}` takes at least 3 axes [channels, height, width] as `x`, found {} {}",
            call.method.name,
            x.len(),
            shape_text(&x)
        ))
        .at(0)
        .help("add axes with `reshape`")),
    }
}

/// The permutation that leaves `leading` axes and reorders the others.
fn behind(leading: usize, order: &[usize]) -> Vec<usize> {
    (0..leading).chain(order.iter().map(|axis| leading + axis)).collect()
}

fn build_shuffle(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let (leading, [channels, height, width]) = image(call)?;
    let factor = literal(call.integer(1, None, 1)?);
    let Some(kept) = channels.exact_div(&factor.mul(&factor)) else {
        let squared = factor.mul(&factor);
        return Err(Problem::from(format!(
            "an upscale factor of {factor} takes {squared} channels for each of the result, which do not divide {channels}"
        ))
        .at(1)
        .note(format!("the tensor is {}", shape_text(&call.shape(0)?)))
        .help(format!("make the number of channels a multiple of {squared}")));
    };
    let split = [kept.clone(), factor.clone(), factor.clone(), height.clone(), width.clone()];
    let split = call.builder.reshape(value, [&leading[..], &split].concat());
    let split = call.builder.permute(split, behind(leading.len(), &[0, 3, 1, 4, 2]));
    let merged = [kept, height.mul(&factor), width.mul(&factor)];
    Ok(call.builder.reshape(split, [&leading[..], &merged].concat()))
}

fn build_unshuffle(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let (leading, [channels, height, width]) = image(call)?;
    let factor = literal(call.integer(1, None, 1)?);
    let (Some(rows), Some(columns)) = (height.exact_div(&factor), width.exact_div(&factor)) else {
        return Err(Problem::from(format!(
            "a downscale factor of {factor} does not divide an image of {height}x{width}"
        ))
        .at(1)
        .note(format!("the tensor is {}", shape_text(&call.shape(0)?)))
        .help(format!("make height and width multiples of {factor}")));
    };
    let split = [channels.clone(), rows.clone(), factor.clone(), columns.clone(), factor.clone()];
    let split = call.builder.reshape(value, [&leading[..], &split].concat());
    let split = call.builder.permute(split, behind(leading.len(), &[0, 2, 4, 1, 3]));
    let merged = [channels.mul(&factor).mul(&factor), rows, columns];
    Ok(call.builder.reshape(split, [&leading[..], &merged].concat()))
}

fn build_channels(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let x = call.shape(0)?;
    if x.len() < 2 {
        return Err(Problem::from(format!(
            "`channel_shuffle` takes at least 2 axes [N, channels, …] as `x`, found {} {}",
            x.len(),
            shape_text(&x)
        ))
        .at(0)
        .help("add axes with `reshape`"));
    }
    let groups = literal(call.integer(1, None, 1)?);
    let Some(per_group) = x[1].exact_div(&groups) else {
        return Err(Problem::from(format!("{groups} groups do not divide {} channels", x[1]))
            .at(1)
            .note(format!("the tensor is {}", shape_text(&x)))
            .help(format!("make the number of channels a multiple of {groups}, or change `groups`")));
    };
    let split = [&[x[0].clone(), groups, per_group], &x[2..]].concat();
    let mut axes: Vec<usize> = (0..split.len()).collect();
    axes.swap(1, 2);
    let split = call.builder.reshape(value, split);
    let shuffled = call.builder.permute(split, axes);
    Ok(call.builder.reshape(shuffled, x))
}
