//! Resampling of the spatial axes, PyTorch's `interpolate`. All modes go axis by axis, by a linear map of few taps.

use super::adaptive_pool::mean_of_parts;
use super::axis_map::{Resample, Rule, axis_map};
use super::call::{Argument, Build::One, Call, Method, Problem};
use super::{optional, tensor};
use crate::graph::scalar::Number;
use crate::graph::{Size, Value, shape_text};

/// `x.interpolate(size = …, scale_factor = …, mode = "nearest", align_corners = false, recompute_scale_factor = false,
/// antialias = false)` of `[N, channels, …]`; either `size` or `scale_factor` is given.
pub const METHODS: &[Method] = &[Method {
    name: "interpolate",
    params: &[
        tensor("x"),
        optional("size"),
        optional("scale_factor"),
        optional("mode"),
        optional("align_corners"),
        optional("recompute_scale_factor"),
        optional("antialias"),
    ],
    build: One(build),
}];

/// Modes, and for how many spatial axes: `linear` and `cubic` are for any number, the others are PyTorch's names.
const MODES: [(&str, Option<usize>); 8] = [
    ("nearest", None),
    ("nearest-exact", None),
    ("area", None),
    ("linear", None),
    ("bilinear", Some(2)),
    ("trilinear", Some(3)),
    ("cubic", None),
    ("bicubic", Some(2)),
];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let mut value = call.float_tensor(0)?;
    let x = call.shape(0)?;
    if x.len() < 3 {
        return Err(Problem::from(format!(
            "`interpolate` takes at least 3 axes [N, channels, …] as `x`, found {} {}",
            x.len(),
            shape_text(&x)
        ))
        .at(0)
        .help("add axes with `reshape`"));
    }
    let mode = read_mode(call, x.len() - 2)?;
    let axes = read_sizes(call, &x[2..])?;
    let recompute = call.boolean(5, Some(false))?;
    // From the last axis on, since it is the slowest: the tensor mostly grows.
    for (axis, (size, factor)) in axes.iter().enumerate().rev() {
        let factor = factor.filter(|_| !recompute);
        let is_same = *size == x[2 + axis] && factor.is_none_or(|factor| factor == 1.0);
        if is_same {
            continue;
        }
        value = match mode.rule(factor.map(Number::new)) {
            Some(rule) => axis_map(call.builder, value, 2 + axis, size.clone(), rule, 0.0),
            None => mean_of_parts(call.builder, value, 2 + axis, size),
        };
    }
    Ok(value)
}

/// How to resample.
struct Mode {
    name: &'static str,
    align_corners: bool,
    antialias: bool,
}

impl Mode {
    /// The rule of an axis; `area` takes means of parts.
    fn rule(&self, scale_factor: Option<Number>) -> Option<Rule> {
        let Mode { align_corners, antialias, .. } = *self;
        let resample = Resample { scale_factor, align_corners, antialias };
        match self.name {
            "area" => None,
            "nearest" => Some(Rule::Nearest { scale_factor, exact: false }),
            "nearest-exact" => Some(Rule::Nearest { scale_factor, exact: true }),
            "cubic" | "bicubic" => Some(Rule::Cubic(resample)),
            _ => Some(Rule::Linear(resample)),
        }
    }
}

fn read_mode(call: &Call<'_>, axes: usize) -> Result<Mode, Problem> {
    let (name, for_axes) = MODES[call.choice(3, Some(0), &MODES.map(|(name, _)| name))?];
    if let Some(expected) = for_axes.filter(|&expected| expected != axes) {
        let any = if name == "bicubic" { "cubic" } else { "linear" };
        return Err(Problem::from(format!(
            "`mode = {name:?}` is for {expected} spatial axes, but the tensor has {axes}"
        ))
        .at(3)
        .help(format!("write `mode = {any:?}`, which suits any number of axes")));
    }
    let mode =
        Mode { name, align_corners: call.boolean(4, Some(false))?, antialias: call.boolean(6, Some(false))? };
    let is_smooth = name.ends_with("linear") || name.ends_with("cubic");
    for (given, index) in [(mode.align_corners, 4), (mode.antialias, 6)] {
        if given && !is_smooth {
            let option = call.method.params[index].name;
            return Err(Problem::from(format!(
                "`{option}` concerns linear and cubic interpolation, but `mode` is {name:?}"
            ))
            .at(index)
            .help(format!("leave `{option}` out, or write `mode = \"linear\"`")));
        }
    }
    Ok(mode)
}

/// The new size of each spatial axis, and the factor if factors were given.
fn read_sizes(call: &Call<'_>, spatial: &[Size]) -> Result<Vec<(Size, Option<f64>)>, Problem> {
    match (call.given(1), call.given(2)) {
        (Some(size), None) => {
            if call.boolean(5, Some(false))? {
                return Err(Problem::from(
                    "`recompute_scale_factor` goes with `scale_factor`, but `size` is given".to_string(),
                )
                .at(5)
                .help("leave it out: with `size`, factors follow from the sizes"));
            }
            let as_size = |arg: &Argument| match arg {
                Argument::Size(size) if size.as_literal().is_none_or(|size| size > 0) => Some(size.clone()),
                _ => None,
            };
            let sizes = for_each_axis(size, spatial.len(), as_size)
                .ok_or_else(|| wrong(call, 1, "a whole number, at least 1", spatial.len()))?;
            Ok(sizes.into_iter().map(|size| (size, None)).collect())
        }
        (None, Some(factor)) => {
            let as_factor = |arg: &Argument| match arg {
                Argument::Float(factor) => Some(*factor),
                Argument::Size(size) => size.as_literal().map(|factor| factor as f64),
                _ => None,
            };
            let factors = for_each_axis(factor, spatial.len(), as_factor)
                .filter(|factors| factors.iter().all(|factor| factor.is_finite() && *factor > 0.0))
                .ok_or_else(|| wrong(call, 2, "a number greater than 0", spatial.len()))?;
            let sizes = spatial.iter().zip(factors).map(|(size, factor)| {
                scaled(size, factor).map(|size| (size, Some(factor))).map_err(|problem| problem.at(2))
            });
            sizes.collect()
        }
        (given, _) => {
            let found = if given.is_some() { "both" } else { "neither" };
            Err(Problem::from(format!("`interpolate` takes either `size` or `scale_factor`, found {found}"))
                .help("write `interpolate(scale_factor = 2.0)`, or `interpolate(size = [32, 32])`"))
        }
    }
}

/// One value for all axes, or a list with one for each.
fn for_each_axis<T: Clone>(
    arg: &Argument,
    axes: usize,
    read: impl Fn(&Argument) -> Option<T>,
) -> Option<Vec<T>> {
    match arg {
        Argument::List(list) if list.len() == axes => list.iter().map(read).collect(),
        Argument::List(_) => None,
        single => read(single).map(|value| vec![value; axes]),
    }
}

fn wrong(call: &Call<'_>, index: usize, expected: &str, axes: usize) -> Problem {
    let found =
        call.given(index).map_or("nothing".to_string(), |arg| super::call::describe(arg, call.builder));
    let list =
        if axes == 1 { String::new() } else { format!(", or a list of {axes}, one for each spatial axis") };
    Problem::from(format!(
        "`{}` of `interpolate` is {expected}{list}, found {found}",
        call.method.params[index].name
    ))
    .at(index)
}

/// `floor(size factor)`.
fn scaled(size: &Size, factor: f64) -> Result<Size, Problem> {
    if let Some(literal) = size.as_literal() {
        let scaled = (literal as f64 * factor).floor();
        if scaled < 1.0 {
            return Err(Problem::from(format!(
                "the output would be empty: {size} times {factor:?} is less than 1"
            ))
            .help("use a larger factor"));
        }
        return Ok(Size::literal(scaled as i64));
    }
    // A power of two divides without rounding.
    let parts = 1.0 / factor;
    if factor.fract() == 0.0 {
        Ok(size.mul(&Size::literal(factor as i64)))
    } else if parts.fract() == 0.0 && (parts as u64).is_power_of_two() {
        Ok(size.floor_div(parts as i64))
    } else {
        Err(Problem::from(format!(
            "a scale factor of {factor:?} needs an image size known at compile time, found {size}"
        ))
        .help("use a whole factor, give `size`, or declare the image with literal sizes"))
    }
}
