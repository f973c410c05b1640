//! Resampling.

use super::{float, literals, numbers, place, tensor, uncovered};
use crate::{Context, Uncovered};
use macrograd_compiler::graph::Value;
use macrograd_compiler::ops::call::Argument;

/// What becomes of an axis.
#[derive(Clone, Copy)]
struct Target {
    from: i64,
    to: i64,
    /// Result over operand.
    scale: f64,
}

/// `interpolate`, as far as PyTorch computes places as ONNX does.
pub(super) fn resize(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let targets = read_targets(c, &literals(c, x))?;
    if targets[..2].iter().any(|target| target.from != target.to) {
        return uncovered("resampling of the first two axes");
    }
    let targets = &targets[2..];
    let places = c.case.text("coordinate_transformation_mode").unwrap_or("half_pixel").to_string();
    let mode = match c.case.text("mode").unwrap_or("nearest") {
        "nearest" => nearest(c, &places, targets)?,
        mode => smooth(c, mode, &places, targets)?,
    };
    let mut named = vec![("mode", Argument::Text(mode.to_string()))];
    let of_scales = c.case.indices(2).is_some();
    named.push(match of_scales && places != "align_corners" {
        true => {
            let factors = targets.iter().map(|target| float(target.scale)).collect();
            ("scale_factor", Argument::List(factors))
        }
        false => ("size", numbers(targets.iter().map(|target| target.to))),
    });
    if mode != "nearest" && mode != "nearest-exact" {
        named.push(("align_corners", Argument::Bool(places == "align_corners")));
        named.push(("antialias", Argument::Bool(c.case.integer("antialias", 0) == 1)));
    }
    Ok(vec![c.call_with("interpolate", vec![tensor(x)], named)?])
}

/// From scales (input 2) or sizes (input 3), for all axes or those of the attribute.
fn read_targets(c: &Context<'_>, from: &[i64]) -> Result<Vec<Target>, Uncovered> {
    let axes = c.case.integers("axes").unwrap_or_else(|| (0..from.len() as i64).collect());
    let mut targets: Vec<Target> = from.iter().map(|&from| Target { from, to: from, scale: 1.0 }).collect();
    let axes: Vec<usize> = axes.into_iter().map(|axis| place(axis, from.len())).collect();
    let (scales, sizes) = (c.case.numbers(2), c.case.numbers(3));
    for (index, &axis) in axes.iter().enumerate() {
        let size = from[axis] as f64;
        let scale = match (&scales, &sizes) {
            (Some(scales), _) => scales[index],
            (None, Some(sizes)) => sizes[index] / size,
            (None, None) => return uncovered("neither scales nor sizes"),
        };
        // Sizes are whole, up to the rounding of the quotient.
        targets[axis] = Target { from: from[axis], to: (scale * size + 1e-9).floor() as i64, scale };
    }
    let of_axes = axes.iter().map(|&axis| targets[axis].scale);
    let common = match c.case.text("keep_aspect_ratio_policy").unwrap_or("stretch") {
        "not_larger" => of_axes.fold(f64::INFINITY, f64::min),
        "not_smaller" => of_axes.fold(0.0, f64::max),
        _ => return Ok(targets),
    };
    for axis in axes {
        let to = (common * from[axis] as f64 + 0.5).floor() as i64;
        targets[axis] = Target { from: from[axis], to, scale: common };
    }
    Ok(targets)
}

/// `nearest` rounds `i / scale` down; `nearest-exact` rounds `(i + 1/2) / scale - 1/2`, halves up.
fn nearest(c: &Context<'_>, places: &str, targets: &[Target]) -> Result<&'static str, Uncovered> {
    let rounding = c.case.text("nearest_mode").unwrap_or("round_prefer_floor");
    let is_half = |target: &Target| {
        (0..target.to).any(|index| ((index as f64 + 0.5) / target.scale).fract().abs() < 1e-9)
    };
    match (places, rounding) {
        ("asymmetric", "floor") => Ok("nearest"),
        ("half_pixel", "round_prefer_ceil") => Ok("nearest-exact"),
        ("half_pixel", "round_prefer_floor") if !targets.iter().any(is_half) => Ok("nearest-exact"),
        ("half_pixel", "round_prefer_floor") => {
            uncovered("halves rounded down; PyTorch's `nearest-exact` rounds them up")
        }
        _ => uncovered(format!("nearest places by {places} and {rounding}, not in PyTorch")),
    }
}

/// `linear` and `cubic`.
fn smooth(c: &Context<'_>, mode: &str, places: &str, targets: &[Target]) -> Result<&'static str, Uncovered> {
    match places {
        "half_pixel" => {}
        "align_corners"
            if targets.iter().all(|target| (target.scale * target.from as f64).fract() == 0.0) => {}
        "align_corners" => {
            return uncovered("corners of sizes that are not whole; PyTorch rounds them down first");
        }
        "pytorch_half_pixel" if targets.iter().all(|target| target.to > 1) => {}
        "pytorch_half_pixel" => {
            return uncovered(
                "a single place, which PyTorch takes from the middle and ONNX from the first edge",
            );
        }
        _ => return uncovered(format!("places by {places}, not in PyTorch")),
    }
    let excludes = c.case.integer("exclude_outside", 0) == 1;
    let antialias = c.case.integer("antialias", 0) == 1;
    if antialias && !excludes {
        return uncovered("wider windows that repeat the edge; PyTorch's end there");
    }
    match mode {
        "linear" => Ok("linear"),
        "cubic" if antialias => uncovered("wider cubic windows by -3/4; PyTorch's are by -1/2"),
        "cubic" if excludes => uncovered("cubic weights that end at the edge; PyTorch repeats it"),
        "cubic" if c.case.float("cubic_coeff_a", -0.75) != -0.75 => {
            uncovered("cubic weights of the user's; PyTorch's are by -3/4")
        }
        "cubic" => Ok("cubic"),
        _ => uncovered(format!("mode {mode}")),
    }
}
