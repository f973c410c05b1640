//! Linear maps along one axis, and their transposes: padding, windows, means of parts and resampling.
//!
//! Each place of the output's axis is a weighted sum of a few places of the input's, its taps. They are worked out once
//! per call into a table, whatever the rule, so that the loops know nothing of rules.

mod last_axis;
mod rule;
mod table;

pub use rule::{Edge, Resample, Rule};

use super::super::Float;
use super::super::gemm::with_scratch;
use crate::isa::{Isa, Loop, dispatch};
use crate::parallel::{for_each_piece, num_parts};
use last_axis::LastAxis;
use table::{Table, Taps};

/// A map of the middle axis of `[outer, len, inner]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AxisMap {
    /// Product of the sizes before the axis.
    pub outer: usize,
    /// Size of the axis of the input.
    pub len: usize,
    /// Size of the axis of the output.
    pub out_len: usize,
    /// Product of the sizes after the axis.
    pub inner: usize,
    /// What each place of the output is made of.
    pub rule: Rule,
}

/// `output[a, o, b] = sum over the taps (i, weight) of o of weight * input[a, i, b]`, and `fill` where there are none.
///
/// # Shapes
/// - `output`: `[outer, out_len, inner]`, contiguous; overwritten
/// - `input`: `[outer, len, inner]`, contiguous
///
/// # Panics
/// When a length disagrees with `map`, or a tap lies outside the input, as when an edge is reflected farther than the
/// input reaches.
///
/// # Numerics
/// Sums in the computing type in the order of the taps. Weights are worked out in f64; see [`Rule`].
pub fn axis_map(output: &mut [Float], input: &[Float], map: &AxisMap, fill: Float) {
    assert_eq!(input.len(), map.outer * map.len * map.inner, "elements of the input of a map along an axis");
    assert_eq!(
        output.len(),
        map.outer * map.out_len * map.inner,
        "elements of the output of a map along an axis"
    );
    if output.is_empty() {
        return;
    }
    if map.inner == 1 {
        return LastAxis::<false>::run(output, input, map, fill);
    }
    with_scratch(Table::scratch_len(map), |scratch| {
        let table = Table::new(map, scratch);
        let rows = map.outer * map.out_len;
        let parts = num_parts(rows, output.len());
        for_each_piece(output, map.inner, rows, parts, &|part, output| {
            dispatch(Rows { output, input, map, table, fill, first_row: rows * part / parts });
        });
    });
}

/// `grad_input[a, i, b] = sum over all o with a tap (i, weight) of weight * grad_output[a, o, b]`: the gradient of
/// [`axis_map`].
///
/// # Shapes
/// - `grad_input`: `[outer, len, inner]`, contiguous; overwritten
/// - `grad_output`: `[outer, out_len, inner]`, contiguous
///
/// # Panics
/// As [`axis_map`].
///
/// # Numerics
/// Sums in the computing type in the order of the output's places.
pub fn axis_map_grad(grad_input: &mut [Float], grad_output: &[Float], map: &AxisMap) {
    let (plane, out_plane) = (map.len * map.inner, map.out_len * map.inner);
    assert_eq!(grad_input.len(), map.outer * plane, "elements of the input gradient of a map along an axis");
    assert_eq!(
        grad_output.len(),
        map.outer * out_plane,
        "elements of the output gradient of a map along an axis"
    );
    if grad_input.is_empty() {
        return;
    }
    if map.inner == 1 {
        return LastAxis::<true>::run(grad_input, grad_output, map, 0.0);
    }
    with_scratch(Table::scratch_len(map), |scratch| {
        let table = Table::new(map, scratch);
        let parts = num_parts(map.outer, grad_input.len().max(grad_output.len()));
        for_each_piece(grad_input, plane, map.outer, parts, &|part, grad_input| {
            let first = map.outer * part / parts;
            let grad_output = &grad_output[first * out_plane..][..grad_input.len() / plane * out_plane];
            dispatch(Backward { grad_input, grad_output, map, table });
        });
    });
}

struct Rows<'a> {
    output: &'a mut [Float],
    input: &'a [Float],
    map: &'a AxisMap,
    table: Table<'a>,
    fill: Float,
    first_row: usize,
}

impl Loop for Rows<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let Rows { output, input, map, table, fill, first_row } = self;
        let inner = map.inner;
        for (index, output) in output.chunks_exact_mut(inner).enumerate() {
            let row = first_row + index;
            let input = &input[row / map.out_len * map.len * inner..][..map.len * inner];
            map_row::<S>(output, input, table.taps(row % map.out_len), fill);
        }
    }
}

/// One place of the output, from all places of the input, as rows of `output.len()` elements.
#[inline(always)]
fn map_row<S: Isa>(output: &mut [Float], input: &[Float], taps: Taps<'_>, fill: Float) {
    let inner = output.len();
    let Some(((first, weight), rest)) = taps.split_first() else { return output.fill(fill) };
    let source = &input[first * inner..][..inner];
    if weight == 1.0 {
        output.copy_from_slice(source);
    } else {
        for (out, &x) in output.iter_mut().zip(source) {
            *out = weight * x;
        }
    }
    for (place, weight) in rest {
        add_row::<S>(output, &input[place * inner..][..inner], weight);
    }
}

/// Adds the gradient of one place of the output to those of its taps.
#[inline(always)]
fn map_row_grad<S: Isa>(grad_input: &mut [Float], grad_output: &[Float], taps: Taps<'_>) {
    let inner = grad_output.len();
    for (place, weight) in taps {
        add_row::<S>(&mut grad_input[place * inner..][..inner], grad_output, weight);
    }
}

/// `output[i] += weight * input[i]`.
#[inline(always)]
fn add_row<S: Isa>(output: &mut [Float], input: &[Float], weight: Float) {
    for (out, &x) in output.iter_mut().zip(input) {
        *out = S::mul_add(weight, x, *out);
    }
}

struct Backward<'a> {
    grad_input: &'a mut [Float],
    grad_output: &'a [Float],
    map: &'a AxisMap,
    table: Table<'a>,
}

impl Loop for Backward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let Backward { grad_input, grad_output, map, table } = self;
        grad_input.fill(0.0);
        let inner = map.inner;
        let planes = grad_input.chunks_exact_mut(map.len * inner);
        for (grad_input, grad_output) in planes.zip(grad_output.chunks_exact((map.out_len * inner).max(1))) {
            for (o, grad_output) in grad_output.chunks_exact(inner).enumerate() {
                map_row_grad::<S>(grad_input, grad_output, table.taps(o));
            }
        }
    }
}

/// The plain form of [`axis_map`].
pub fn axis_map_ref(output: &mut [Float], input: &[Float], map: &AxisMap, fill: Float) {
    output.fill(0.0);
    for_each_product_ref(map, |out, product| match product {
        Some((place, weight)) => output[out] += weight * input[place],
        None => output[out] = fill,
    });
}

/// The plain form of [`axis_map_grad`].
pub fn axis_map_grad_ref(grad_input: &mut [Float], grad_output: &[Float], map: &AxisMap) {
    grad_input.fill(0.0);
    for_each_product_ref(map, |out, product| {
        if let Some((place, weight)) = product {
            grad_input[place] += weight * grad_output[out];
        }
    });
}

/// Calls `visit(output position, (input position, weight))` for each tap, or with `None` where there is none.
fn for_each_product_ref(map: &AxisMap, mut visit: impl FnMut(usize, Option<(usize, Float)>)) {
    for (a, o) in (0..map.outer).flat_map(|a| (0..map.out_len).map(move |o| (a, o))) {
        let mut taps = Vec::new();
        map.rule.for_each_tap(o, map.len, map.out_len, |place, weight| taps.push((place, weight)));
        for b in 0..map.inner {
            let out = (a * map.out_len + o) * map.inner + b;
            if taps.is_empty() {
                visit(out, None);
            }
            for &(place, weight) in &taps {
                visit(out, Some(((a * map.len + place) * map.inner + b, weight)));
            }
        }
    }
}
