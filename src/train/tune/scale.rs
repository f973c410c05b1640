//! Ranges as the interval from 0 to 1, in which the search computes.

use macrograd_runtime::random::Philox;

use super::{Range, Value};

/// Reals are proposed on a grid of powers of ten with at least this many points over the range: digits that make no
/// difference would only be in the way, on command lines and in tables.
const POINTS: f64 = 1e4;

/// A range of numbers, as places from 0 to 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// Place 0, after taking the logarithm if `is_log`.
    low: f64,
    /// Place 1.
    high: f64,
    is_log: bool,
    /// The least and the largest value.
    ends: (f64, f64),
    /// Whether only whole numbers are values. Each has the places that are rounded to it: half of one to either side.
    pub(super) is_whole: bool,
}

impl Scale {
    /// The scale of a range of numbers; `None` for a choice.
    pub(super) fn of(range: &Range) -> Option<Scale> {
        let (ends, is_log, is_whole) = match *range {
            Range::Real { low, high } => ((low, high), false, false),
            Range::LogReal { low, high } => ((low, high), true, false),
            Range::Whole { low, high } => ((low as f64, high as f64), false, true),
            Range::LogWhole { low, high } => ((low as f64, high as f64), true, true),
            Range::Choice(_) => return None,
        };
        let half = if is_whole { 0.5 } else { 0.0 };
        let transformed = |value: f64| if is_log { value.ln() } else { value };
        Some(Scale {
            low: transformed(ends.0 - half),
            high: transformed(ends.1 + half),
            is_log,
            ends,
            is_whole,
        })
    }

    /// Whether there is but one value.
    pub(super) fn is_single(&self) -> bool {
        self.ends.0 == self.ends.1
    }

    /// The place of a number.
    pub(super) fn place(&self, value: f64) -> f64 {
        let transformed = if self.is_log { value.ln() } else { value };
        // Halves, as the whole may be beyond the largest real.
        ((transformed / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0)).clamp(0.0, 1.0)
    }

    /// The places of a whole number.
    pub(super) fn places(&self, value: f64) -> (f64, f64) {
        (self.place(value - 0.5), self.place(value + 0.5))
    }

    /// The number at a place.
    pub(super) fn value(&self, place: f64) -> Value {
        let (low, high) = self.ends;
        let transformed = self.low * (1.0 - place) + self.high * place;
        let value = if self.is_log { transformed.exp() } else { transformed };
        if self.is_whole {
            return Value::Whole(value.round().clamp(low, high) as u64);
        }
        let slope = if self.is_log { value * (self.high - self.low) } else { self.high - self.low };
        Value::Real(rounded(value, slope / POINTS).clamp(low, high))
    }
}

/// `value`, rounded to a multiple of the largest power of ten that is not above `step`.
fn rounded(value: f64, step: f64) -> f64 {
    let exponent = |x: f64| x.abs().log10().floor();
    if value == 0.0 || step == 0.0 || !step.is_finite() {
        return value;
    }
    let digits = exponent(value) - exponent(step);
    if digits < 0.0 {
        return 0.0;
    }
    // By way of a text: what is computed by powers of ten has digits again, far behind the point.
    let digits = digits.min(17.0) as usize;
    format!("{value:.digits$e}").parse().expect("numbers can be read as they are written")
}

/// The number of a value.
pub(super) fn number(value: &Value) -> f64 {
    match value {
        Value::Real(value) => *value,
        Value::Whole(value) => *value as f64,
        Value::Flag(_) | Value::Text(_) => unreachable!("only a choice has values that are no numbers"),
    }
}

/// A number from 0 to 1, both included: a multiple of `1 / (2^53 - 1)`.
pub(super) fn uniform(random: &mut Philox) -> f64 {
    let bits = u64::from(random.next_u32()) << 32 | u64::from(random.next_u32());
    (bits >> 11) as f64 / ((1_u64 << 53) - 1) as f64
}

/// A value of the range, each place equally likely.
pub(super) fn draw(range: &Range, random: &mut Philox) -> Value {
    match (range, Scale::of(range)) {
        (Range::Choice(values), _) => values[random.below(values.len())].clone(),
        (_, Some(scale)) if scale.is_single() => single(range),
        (Range::Whole { low, high }, _) => Value::Whole(low + random.below((high - low + 1) as usize) as u64),
        (_, Some(scale)) => scale.value(uniform(random)),
        (_, None) => unreachable!("only a choice has no scale"),
    }
}

/// The first value: the only one of a range that has no other.
pub(super) fn single(range: &Range) -> Value {
    match range {
        Range::Real { low, .. } | Range::LogReal { low, .. } => Value::Real(*low),
        Range::Whole { low, .. } | Range::LogWhole { low, .. } => Value::Whole(*low),
        Range::Choice(values) => values[0].clone(),
    }
}
