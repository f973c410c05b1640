//! What losses share: operands of one shape, and how the losses of single elements become the result.

use super::call::{Argument, Call, Problem};
use super::mean::divide;
use super::reduce::ReduceKind;
use crate::graph::scalar::Scalar;
use crate::graph::{Builder, Size, Value, shape_text};

/// `reduction` of a loss, PyTorch's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reduction {
    /// Their mean.
    Mean,
    /// Their sum.
    Sum,
    /// One by one.
    None,
}

impl Reduction {
    /// In the order of the positions of [`Call::choice`].
    pub(super) const NAMES: [&str; 3] = ["mean", "sum", "none"];

    /// The reduction at a position of [`Reduction::NAMES`].
    fn at(position: usize) -> Reduction {
        [Reduction::Mean, Reduction::Sum, Reduction::None][position]
    }
}

/// Parameter `index` as a reduction, the mean by default.
pub(super) fn reduction(call: &Call<'_>, index: usize) -> Result<Reduction, Problem> {
    Ok(Reduction::at(call.choice(index, Some(0), &Reduction::NAMES)?))
}

/// [`reduction`] of losses that stay single by default.
pub(super) fn reduction_or_none(call: &Call<'_>, index: usize) -> Result<Reduction, Problem> {
    Ok(Reduction::at(call.choice(index, Some(2), &Reduction::NAMES)?))
}

/// The losses reduced.
pub(super) fn combine(builder: &mut Builder, losses: Value, reduction: Reduction) -> Value {
    match reduction {
        Reduction::Mean => {
            let count = builder.ty(losses).numel();
            let sum = total(builder, losses);
            divide(builder, sum, &count)
        }
        Reduction::Sum => total(builder, losses),
        Reduction::None => losses,
    }
}

/// The sum of all elements, a scalar.
pub(super) fn total(builder: &mut Builder, value: Value) -> Value {
    let rank = builder.ty(value).rank();
    let sum = builder.reduce(ReduceKind::Sum, value, (0..rank).collect());
    builder.reshape(sum, Vec::new())
}

/// The sum over one axis, which vanishes.
pub(super) fn sum_along(builder: &mut Builder, value: Value, axis: usize) -> Value {
    let mut shape = builder.ty(value).shape.clone();
    shape.remove(axis);
    let sum = builder.reduce(ReduceKind::Sum, value, vec![axis]);
    builder.reshape(sum, shape)
}

/// The first `count` operands, of one shape. A number stands for a tensor full of it, except as the first.
pub(super) fn same_shapes(call: &mut Call<'_>, count: usize) -> Result<Vec<Value>, Problem> {
    let first = call.shape(0)?;
    let mut values = vec![call.float_tensor(0)?];
    for index in 1..count {
        let value = call.float_tensor(index)?;
        let is_number = !matches!(call.given(index), Some(Argument::Tensor(_)));
        if !is_number && call.builder.ty(value).shape != first {
            return Err(other_shape(call, index, &first));
        }
        values.push(value);
    }
    Ok(values)
}

/// Operand `index` has not the shape that the receiver asks for.
pub(super) fn other_shape(call: &mut Call<'_>, index: usize, expected: &[Size]) -> Problem {
    let value = call.tensor(index);
    let found = value.map(|value| call.builder.ty(value).shape.clone()).unwrap_or_default();
    let names = call.method.params;
    let receiver = call.shape(0).unwrap_or_default();
    Problem::from(format!(
        "`{}` of `{}` has the shape {}, found {}",
        names[index].name,
        call.method.name,
        shape_text(expected),
        shape_text(&found)
    ))
    .at(index)
    .note(format!("`{}` is {}", names[0].name, shape_text(&receiver)))
    .help(if found.len() == expected.len() {
        "change one of the sizes; to repeat a size of 1 on purpose, write `expand`".to_string()
    } else {
        format!("give it the shape with `reshape`, or declare it with {} axes", expected.len())
    })
}

/// A tensor that scales losses, broadcast to them: parameter `index`, if it is given.
pub(super) fn scale(call: &mut Call<'_>, index: usize, losses: &[Size]) -> Result<Option<Value>, Problem> {
    if call.given(index).is_none() {
        return Ok(None);
    }
    let value = call.float_tensor(index)?;
    let shape = call.builder.ty(value).shape.clone();
    let fits = shape.len() <= losses.len()
        && shape.iter().rev().zip(losses.iter().rev()).all(|(own, other)| own.is_one() || own == other);
    if !fits {
        return Err(Problem::from(format!(
            "`{}` of `{}` has the shape {} or one that broadcasts to it, found {}",
            call.method.params[index].name,
            call.method.name,
            shape_text(losses),
            shape_text(&shape)
        ))
        .at(index)
        .note("axes are aligned at the end, and a size of 1 is repeated")
        .help("make the sizes equal, or insert an axis of size 1 with `reshape`"));
    }
    Ok(Some(value))
}

/// A loss of the first `count` operands, element by element, reduced as parameter `at` says.
pub(super) fn elementwise(
    call: &mut Call<'_>,
    count: usize,
    expression: &Scalar,
    at: usize,
) -> Result<Value, Problem> {
    let operands = same_shapes(call, count)?;
    let reduction = reduction(call, at)?;
    let losses = call.builder.map(expression, &operands);
    Ok(combine(call.builder, losses, reduction))
}

/// A setting that must be more than 0.
pub(super) fn positive(call: &Call<'_>, index: usize, default: f64) -> Result<f64, Problem> {
    let value = call.float(index, Some(default))?;
    if value > 0.0 {
        return Ok(value);
    }
    Err(Problem::from(format!(
        "`{}` of `{}` is more than 0, found {value}",
        call.method.params[index].name, call.method.name
    ))
    .at(index)
    .help(format!("leave it out for {default}")))
}

/// A setting that must not be negative.
pub(super) fn not_negative(call: &Call<'_>, index: usize, default: f64) -> Result<f64, Problem> {
    let value = call.float(index, Some(default))?;
    if value >= 0.0 {
        return Ok(value);
    }
    Err(Problem::from(format!(
        "`{}` of `{}` is at least 0, found {value}",
        call.method.params[index].name, call.method.name
    ))
    .at(index)
    .help(format!("leave it out for {default}")))
}
