//! Calls of `attention`: shapes that do not fit, masks, bands and dropout.

use super::{Attention, AttentionOptions, WeightDropout};
use crate::graph::scalar::{Number, arg, constant, select};
use crate::graph::types::as_real;
use crate::graph::{ElementType, Size, Value, shape_text};
use crate::ops::call::{Call, Problem};
use crate::ops::dropout::check_rate;

const LAYOUTS: [&str; 3] = ["[.., H, T, D]", "[.., G, S, D]", "[.., G, S, E]"];
const MASK: usize = 3;
const CAUSAL: usize = 4;
const SCALE: usize = 5;
const OFFSET: usize = 6;
const WINDOW: usize = 7;
const DROPOUT: usize = 8;

/// Adds the node.
pub(super) fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let mut operands = vec![call.float_tensor(0)?, call.float_tensor(1)?, call.float_tensor(2)?];
    let shapes = [call.shape(0)?, call.shape(1)?, call.shape(2)?];
    check_shapes(&shapes)?;
    if call.given(MASK).is_some() {
        operands.push(mask(call, &shapes)?);
    }
    let scale = match call.given(SCALE) {
        Some(_) => Some(Number::new(call.float(SCALE, None)?)),
        None => None,
    };
    let [first, last] = band(call)?;
    let dropout = dropout(call)?;
    let op = Attention { options: AttentionOptions { scale, first, last, dropout } };
    Ok(call.builder.try_add(op.into(), &operands)?[0])
}

/// A mistake in argument `index`, with the three shapes below.
fn mistake(index: usize, message: String, shapes: &[Vec<Size>; 3]) -> Problem {
    let [q, k, v] = shapes.each_ref().map(|shape| shape_text(shape));
    Problem::from(message).at(index).note(format!("`q` is {q}, `k` {k}, `v` {v}"))
}

fn check_shapes(shapes: &[Vec<Size>; 3]) -> Result<(), Problem> {
    const NAMES: [&str; 3] = ["q", "k", "v"];
    let [q, k, v] = shapes;
    let rank = q.len();
    if rank < 3 {
        let message = format!(
            "`attention` takes at least 3 axes {} as `q`, found {rank} {}",
            LAYOUTS[0],
            shape_text(q)
        );
        return Err(Problem::from(message).at(0).help("add axes of size 1 with `reshape`"));
    }
    for (index, shape) in [(1, k), (2, v)] {
        if shape.len() != rank {
            let (name, found) = (NAMES[index], shape.len());
            let message = format!("`q` of `attention` has {rank} axes, but `{name}` has {found}");
            let help = format!("give `{name}` the layout {}, with as many axes as `q`", LAYOUTS[index]);
            return Err(mistake(index, message, shapes).help(help));
        }
    }
    let leading = (0..rank - 3).flat_map(|axis| [(1, axis, None), (2, axis, None)]);
    let others = [
        (1, rank - 1, Some("elements of a query and of a key")),
        (2, rank - 3, Some("heads of keys and values")),
        (2, rank - 2, Some("numbers of keys and values")),
    ];
    for (index, axis, what) in leading.chain(others) {
        // Values are compared with queries along leading axes, else with keys.
        let other = if what.is_some() { index - 1 } else { 0 };
        let (expected, found) = (&shapes[other][axis], &shapes[index][axis]);
        if expected == found {
            continue;
        }
        let (from, name) = (NAMES[other], NAMES[index]);
        let message = match what {
            Some(what) => format!("the {what} differ: {expected} in `{from}`, {found} in `{name}`"),
            None => format!("axis {axis} of `{from}` is {expected}, but that of `{name}` is {found}"),
        };
        let help = if expected.as_literal().is_none() && found.as_literal().is_none() {
            format!("if they are always equal, declare both with `{expected}`")
        } else {
            format!("make axis {axis} of both equal")
        };
        return Err(mistake(index, message, shapes).help(help));
    }
    let (heads, groups) = (&q[rank - 3], &k[rank - 3]);
    if heads.exact_div(groups).is_none() {
        let message =
            format!("{heads} heads of queries cannot share {groups} heads of keys and values evenly");
        let help = "make the number of heads of queries a multiple of that of keys and values";
        return Err(mistake(1, message, shapes).help(help));
    }
    Ok(())
}

/// The mask as numbers to add, with as many axes as the scores.
fn mask(call: &mut Call<'_>, [q, k, _]: &[Vec<Size>; 3]) -> Result<Value, Problem> {
    let mut value = call.tensor(MASK)?;
    let mut shape = call.shape(MASK)?;
    let rank = q.len();
    let mut scores = q[..rank - 1].to_vec();
    scores.push(k[rank - 2].clone());
    let (text, all) = (shape_text(&shape), shape_text(&scores));
    let wrong = |message: String| {
        Problem::from(message)
            .at(MASK)
            .note("scores are [.., H, T, S]")
            .help("make each size of the mask equal to that of the scores, or 1")
    };
    if shape.len() > rank {
        return Err(wrong(format!("a mask {text} has {} axes, the scores {all} have {rank}", shape.len())));
    }
    let added = rank - shape.len();
    for (axis, (size, of_scores)) in (added..).zip(shape.iter().zip(&scores[added..])) {
        if !size.is_one() && size != of_scores {
            return Err(wrong(format!(
                "a mask {text} does not broadcast to scores {all}: axis {axis} of the scores has size {of_scores}, \
                 in the mask {size}"
            )));
        }
    }
    match call.builder.ty(value).element {
        ElementType::Real => {}
        ElementType::Bool => {
            let hidden = select(arg(0), constant(0.0), constant(f64::NEG_INFINITY));
            value = call.map_values(&[value], &hidden)?;
        }
        other => {
            let message = format!(
                "`mask` of `attention` is made of truth values or of `{}`, found a tensor of `{}`",
                ElementType::Real.name(),
                other.name()
            );
            return Err(Problem::from(message)
                .at(MASK)
                .help(as_real("compare it, for instance `mask > 0`, or add it to the scores with ")));
        }
    }
    shape.splice(0..0, vec![Size::one(); added]);
    Ok(call.builder.reshape(value, shape))
}

/// Between which distances `j - t` query `t` sees key `j`.
fn band(call: &mut Call<'_>) -> Result<[Option<Size>; 2], Problem> {
    let causal = call.boolean(CAUSAL, Some(false))?;
    let offset = call.signed_size(OFFSET, Some(Size::default()))?;
    let window = match call.given(WINDOW) {
        Some(_) => Some(call.size(WINDOW, None)?),
        None => None,
    };
    if call.given(OFFSET).is_some() && !causal && window.is_none() {
        return Err(Problem::from(
            "`causal_offset` of `attention` has no effect without `causal`".to_string(),
        )
        .at(OFFSET)
        .help("add `causal = true` or a `window`, or leave the offset out"));
    }
    let reach = window.map(|window| window.sub(&Size::one()));
    let first = reach.as_ref().map(|reach| offset.sub(reach));
    let last = if causal { Some(offset) } else { reach.map(|reach| offset.add(&reach)) };
    Ok([first, last])
}

/// How weights are dropped, if they are.
fn dropout(call: &Call<'_>) -> Result<Option<WeightDropout>, Problem> {
    let rate = call.float(DROPOUT, Some(0.0))?;
    let rate = check_rate(rate, "`dropout` of `attention`", "dropout = 0.1")
        .map_err(|problem| problem.at(DROPOUT))?;
    Ok((rate > 0.0).then(|| WeightDropout { rate: Number::new(rate), site: call.site }))
}
