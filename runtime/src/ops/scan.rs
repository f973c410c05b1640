//! Running sums, running products and linear recurrences along one axis.
//!
//! What is carried from place to place is kept in f64, so that errors do not grow along the axis; results are rounded
//! to f32 once each.

use super::super::Float;
use crate::isa::{Isa, Loop, dispatch};
use crate::parallel::{for_each_piece, num_parts};

/// The axis along which a scan runs: the second of `[outer, len, inner]`.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    /// Product of the sizes before it.
    pub outer: usize,
    /// Its size.
    pub len: usize,
    /// Product of the sizes after it.
    pub inner: usize,
    /// Whether the scan runs from the last place to the first.
    pub reverse: bool,
}

/// `output[j] = input[0] + … + input[j]` along the axis; `input[j] + … + input[len - 1]` in reverse.
///
/// # Shapes
/// - `output`, `input`: `[outer, len, inner]`, contiguous; `output` is overwritten
///
/// # Panics
/// When a length is not the product of the sizes.
pub fn cumsum(output: &mut [Float], input: &[Float], axis: Axis) {
    axis.check(output, &[input]);
    scan(output, axis, RunningSum { input });
}

/// `output[j] = input[0] · … · input[j]` along the axis, without the last factor if `exclusive`; from the other end in
/// reverse.
///
/// # Shapes
/// As [`cumsum`].
///
/// # Panics
/// As [`cumsum`].
pub fn cumprod(output: &mut [Float], input: &[Float], axis: Axis, exclusive: bool) {
    axis.check(output, &[input]);
    scan(output, axis, RunningProduct { input, exclusive });
}

/// `output[j] = input[j] + factor[j] · output[j - 1]` along the axis, where `output[-1]` is 0; `factor[j - 1]` takes
/// the place of `factor[j]` if `lagging`. In reverse `j + 1` takes the place of `j - 1`.
///
/// # Shapes
/// - `output`, `factor`, `input`: `[outer, len, inner]`, contiguous; `output` is overwritten
///
/// # Panics
/// As [`cumsum`].
pub fn linear_scan(output: &mut [Float], factor: &[Float], input: &[Float], axis: Axis, lagging: bool) {
    axis.check(output, &[factor, input]);
    scan(output, axis, Recurrence { factor, input, lagging });
}

impl Axis {
    fn check(self, output: &[Float], inputs: &[&[Float]]) {
        let numel = self.outer * self.len * self.inner;
        assert_eq!(output.len(), numel, "elements of the output of a scan");
        assert!(inputs.iter().all(|input| input.len() == numel), "elements of an input of a scan");
    }
}

/// What a scan does at one place, for neighbouring columns at a time.
trait Step: Copy + Send + Sync {
    /// What is carried to the first place.
    const START: f64;
    /// Computes `output`, which lies at `at`, from what `carried` holds and updates it. `before` is where the place
    /// before it lies, if there is one.
    fn step(self, carried: &mut [f64], output: &mut [Float], at: usize, before: Option<usize>);
}

#[derive(Clone, Copy)]
struct RunningSum<'a> {
    input: &'a [Float],
}

impl Step for RunningSum<'_> {
    const START: f64 = 0.0;
    #[inline(always)]
    fn step(self, carried: &mut [f64], output: &mut [Float], at: usize, _: Option<usize>) {
        for ((out, sum), &x) in output.iter_mut().zip(carried).zip(&self.input[at..]) {
            *sum += f64::from(x);
            *out = *sum as Float;
        }
    }
}

#[derive(Clone, Copy)]
struct RunningProduct<'a> {
    input: &'a [Float],
    exclusive: bool,
}

impl Step for RunningProduct<'_> {
    const START: f64 = 1.0;
    #[inline(always)]
    fn step(self, carried: &mut [f64], output: &mut [Float], at: usize, _: Option<usize>) {
        for ((out, product), &x) in output.iter_mut().zip(carried).zip(&self.input[at..]) {
            let without = *product;
            *product *= f64::from(x);
            *out = if self.exclusive { without as Float } else { *product as Float };
        }
    }
}

#[derive(Clone, Copy)]
struct Recurrence<'a> {
    factor: &'a [Float],
    input: &'a [Float],
    lagging: bool,
}

impl Step for Recurrence<'_> {
    const START: f64 = 0.0;
    #[inline(always)]
    fn step(self, carried: &mut [f64], output: &mut [Float], at: usize, before: Option<usize>) {
        let input = &self.input[at..];
        // At the first place nothing is carried, also where the factor is infinite or NaN.
        let Some(before) = before else {
            for ((out, state), &x) in output.iter_mut().zip(carried).zip(input) {
                *state = f64::from(x);
                *out = x;
            }
            return;
        };
        let factor = &self.factor[if self.lagging { before } else { at }..];
        for (((out, state), &x), &factor) in output.iter_mut().zip(carried).zip(input).zip(factor) {
            *state = f64::from(x) + f64::from(factor) * *state;
            *out = *state as Float;
        }
    }
}

fn scan<R: Step>(output: &mut [Float], axis: Axis, step: R) {
    if output.is_empty() {
        return;
    }
    let row = axis.len * axis.inner;
    let parts = num_parts(axis.outer, output.len());
    for_each_piece(output, row, axis.outer, parts, &|part, output| {
        dispatch(Walk { output, first: axis.outer * part / parts * row, axis, step });
    });
}

/// Columns that are scanned together.
const COLUMNS: usize = 16;

struct Walk<'a, R> {
    output: &'a mut [Float],
    /// Where `output` begins in the whole.
    first: usize,
    axis: Axis,
    step: R,
}

impl<R: Step> Loop for Walk<'_, R> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let Walk { output, first, axis: Axis { len, inner, reverse, .. }, step } = self;
        let row = len * inner;
        for (index, output) in output.chunks_exact_mut(row).enumerate() {
            let start = first + index * row;
            for column in (0..inner).step_by(COLUMNS) {
                let width = COLUMNS.min(inner - column);
                let mut carried = [R::START; COLUMNS];
                let mut before = None;
                for count in 0..len {
                    let place = if reverse { len - 1 - count } else { count };
                    let within = place * inner + column;
                    let at = start + within;
                    if width == COLUMNS {
                        step.step(&mut carried, &mut output[within..][..COLUMNS], at, before);
                    } else {
                        step.step(&mut carried[..width], &mut output[within..][..width], at, before);
                    }
                    before = Some(at);
                }
            }
        }
    }
}

/// The places of each line in the order of the scan: calls `visit(at, before)`.
fn walk_ref(axis: Axis, mut visit: impl FnMut(usize, Option<usize>)) {
    for (o, i) in (0..axis.outer).flat_map(|o| (0..axis.inner).map(move |i| (o, i))) {
        let mut before = None;
        for count in 0..axis.len {
            let place = if axis.reverse { axis.len - 1 - count } else { count };
            let at = (o * axis.len + place) * axis.inner + i;
            visit(at, before);
            before = Some(at);
        }
    }
}

/// The plain form of [`cumsum`].
pub fn cumsum_ref(output: &mut [Float], input: &[Float], axis: Axis) {
    let mut sum = 0.0;
    walk_ref(axis, |at, before| {
        sum = before.map_or(0.0, |_| sum) + f64::from(input[at]);
        output[at] = sum as Float;
    });
}

/// The plain form of [`cumprod`].
pub fn cumprod_ref(output: &mut [Float], input: &[Float], axis: Axis, exclusive: bool) {
    let mut product = 1.0;
    walk_ref(axis, |at, before| {
        let without = before.map_or(1.0, |_| product);
        product = without * f64::from(input[at]);
        output[at] = if exclusive { without as Float } else { product as Float };
    });
}

/// The plain form of [`linear_scan`].
pub fn linear_scan_ref(output: &mut [Float], factor: &[Float], input: &[Float], axis: Axis, lagging: bool) {
    let mut state = 0.0;
    walk_ref(axis, |at, before| {
        let carried =
            before.map_or(0.0, |before| f64::from(factor[if lagging { before } else { at }]) * state);
        state = f64::from(input[at]) + carried;
        output[at] = state as Float;
    });
}
