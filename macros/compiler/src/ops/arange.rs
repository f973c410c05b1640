//! Evenly spaced numbers: `arange(N)`, `linspace(0.0, 1.0, 11)`.
//!
//! As in PyTorch, `arange` of whole numbers gives whole numbers, of type `u32`, which serve as indices; `as f32` makes
//! them reals. `arange` of reals, and `linspace`, give `f32`.

use super::call::{Argument, Build::One, Call, Method, Problem};
use super::{KernelCall, Operation, Vjp, check_count, optional, required};
use crate::graph::scalar::Number;
use crate::graph::{Builder, ElementType, Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// `arange(end)`, `arange(start, end, step = 1)`: from `start` (0) to before `end`. `linspace(start, end, steps)`: both
/// ends are among the numbers.
pub const METHODS: &[Method] = &[
    Method {
        name: "arange",
        params: &[required("start"), optional("end"), optional("step")],
        build: One(build_arange),
    },
    Method {
        name: "linspace",
        params: &[required("start"), required("end"), required("steps")],
        build: One(build_linspace),
    },
];

fn build_arange(call: &mut Call<'_>) -> Result<Value, Problem> {
    // A single number is the end.
    let (first, last) = if call.given(1).is_some() { (Some(0), 1) } else { (None, 0) };
    let is_real = (0..3).any(|index| matches!(call.given(index), Some(Argument::Float(_))));
    let (spacing, len) = if is_real {
        let start = first.map_or(Ok(0.0), |index| call.float(index, None))?;
        let (end, step) = (call.float(last, None)?, call.float(2, Some(1.0))?);
        let len = ((end - start) / step).ceil();
        if !(len >= 1.0 && len.is_finite()) {
            return Err(nothing_between(&start, &end, &step, last));
        }
        let (start, step) = (Number::new(start), Number::new(step));
        (Spacing::Reals { start, step }, Size::literal(len as i64))
    } else {
        let whole = |index: usize| match call.given(index) {
            Some(Argument::Size(size)) => Ok(size.clone()),
            _ => call.signed(index, None).map(Size::literal),
        };
        let start = first.map_or(Ok(Size::default()), whole)?;
        let (end, step) = (whole(last)?, call.signed(2, Some(1))?);
        let len = match step {
            0 => Size::default(),
            step if step > 0 => end.sub(&start).add(&Size::literal(step - 1)).floor_div(step),
            step => start.sub(&end).add(&Size::literal(-step - 1)).floor_div(-step),
        };
        if len.as_literal().is_some_and(|len| len < 1) {
            return Err(nothing_between(&start, &end, &step, last));
        }
        let lowest = if step > 0 { start.as_literal() } else { end.as_literal().map(|end| end + 1) };
        if lowest.is_some_and(|lowest| lowest < 0) {
            return Err(Problem::from(format!(
                "`arange` of whole numbers gives `u32`, but {start} to {end} has negative ones"
            ))
            .at(0)
            .help(format!("write reals, such as `arange(-3.0, 3.0)`, for `{}`", ElementType::Real.name())));
        }
        (Spacing::Whole { start, step }, len)
    };
    Ok(call.builder.add(Arange { spacing, len }, &[]))
}

fn nothing_between(
    start: &dyn std::fmt::Display,
    end: &dyn std::fmt::Display,
    step: &dyn std::fmt::Display,
    at: usize,
) -> Problem {
    Problem::from(format!("`arange` from {start} to before {end} by {step} has no numbers"))
        .at(at)
        .help("choose a `step` that leads from `start` towards `end`")
}

fn build_linspace(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (start, end) = (Number::new(call.float(0, None)?), Number::new(call.float(1, None)?));
    let len = call.size(2, None)?;
    Ok(call.builder.add(Arange { spacing: Spacing::Between { start, end }, len }, &[]))
}

/// The numbers 0, 1, …, `len - 1` as reals.
pub(super) fn count(builder: &mut Builder, len: &Size) -> Value {
    let spacing = Spacing::Reals { start: Number::new(0.0), step: Number::new(1.0) };
    builder.add(Arange { spacing, len: len.clone() }, &[])
}

/// Evenly spaced numbers.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Arange {
    /// Which.
    pub spacing: Spacing,
    /// How many.
    pub len: Size,
}

/// What sets the numbers apart.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Spacing {
    /// `start + i · step`, of type `u32`.
    Whole {
        /// The first.
        start: Size,
        /// From one to the next.
        step: i64,
    },
    /// `start + i · step`, of type `f32`.
    Reals {
        /// The first.
        start: Number,
        /// From one to the next.
        step: Number,
    },
    /// At equal distances, of type `f32`.
    Between {
        /// The first.
        start: Number,
        /// The last.
        end: Number,
    },
}

impl Operation for Arange {
    fn text(&self) -> String {
        let len = &self.len;
        match &self.spacing {
            Spacing::Whole { start, step } => format!("{len} whole numbers from {start} by {step}"),
            Spacing::Reals { start, step } => format!("{len} numbers from {start:?} by {step:?}"),
            Spacing::Between { start, end } => format!("{len} numbers from {start:?} to {end:?}"),
        }
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 0)?;
        let element = match self.spacing {
            Spacing::Whole { .. } => ElementType::U32,
            Spacing::Reals { .. } | Spacing::Between { .. } => ElementType::Real,
        };
        Ok(vec![TensorType { element, shape: vec![self.len.clone()] }])
    }

    fn vjp(&self, _: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        Ok(Vec::new())
    }

    fn evaluate(&self, _: &[&Array], _: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let len = sizes.value(&self.len) as usize;
        let (start, step) = match &self.spacing {
            Spacing::Whole { start, step } => (sizes.value(start) as f64, *step as f64),
            Spacing::Reals { start, step } => (start.value(), step.value()),
            Spacing::Between { start, end } => {
                (start.value(), (end.value() - start.value()) / (len.max(2) - 1) as f64)
            }
        };
        vec![Array::from_fn(&[len], |index| start + index[0] as f64 * step)]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        self.len.clone()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (runtime, out) = (call.runtime, &call.outputs[0]);
        let number = |number: &Number| Literal::f64_suffixed(number.value());
        Some(match &self.spacing {
            Spacing::Whole { start, step } => {
                let (start, step) = (start.to_tokens(), Literal::f64_suffixed(*step as f64));
                quote!(#runtime::ops::arange::arange(#out, (#start) as f64, #step))
            }
            Spacing::Reals { start, step } => {
                let (start, step) = (number(start), number(step));
                quote!(#runtime::ops::arange::arange(#out, #start, #step))
            }
            Spacing::Between { start, end } => {
                let (start, end) = (number(start), number(end));
                quote!(#runtime::ops::arange::linspace(#out, #start, #end))
            }
        })
    }
}
