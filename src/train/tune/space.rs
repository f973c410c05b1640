//! Hyper-parameters: names, and which values they may take.

use std::fmt;

use super::TuneError;

/// A value of a hyper-parameter.
///
/// It is written as short as possible, so that the same value is read again where its type is known:
/// [`Range::parse`], or `str::parse::<f64>`.
///
/// ```
/// use macrograd::train::tune::Value;
///
/// assert_eq!(Value::Real(0.0003).to_string(), "3e-4");
/// assert_eq!(Value::Real(0.25).to_string(), "0.25");
/// assert_eq!(Value::from("adam").to_string(), "adam");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A real number.
    Real(f64),
    /// A whole number.
    Whole(u64),
    /// A switch.
    Flag(bool),
    /// A name.
    Text(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Real(value) => {
                // Both have as many digits as it takes to read the same number again.
                let (plain, scientific) = (value.to_string(), format!("{value:e}"));
                f.pad(if scientific.len() < plain.len() { &scientific } else { &plain })
            }
            Value::Whole(value) => f.pad(&value.to_string()),
            Value::Flag(value) => f.pad(&value.to_string()),
            Value::Text(value) => f.pad(value),
        }
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Value {
        Value::Real(value)
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Value {
        Value::Whole(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Flag(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Value {
        Value::Text(value)
    }
}

/// Which values a hyper-parameter may take, both ends included. [`Space`] checks it, and knows the name to complain with.
#[derive(Clone, Debug, PartialEq)]
pub enum Range {
    /// Reals, where equal differences matter equally.
    Real {
        /// The least value.
        low: f64,
        /// The largest value.
        high: f64,
    },
    /// Reals above 0, where equal ratios matter equally, as for learning rates.
    LogReal {
        /// The least value.
        low: f64,
        /// The largest value.
        high: f64,
    },
    /// Whole numbers, where equal differences matter equally.
    Whole {
        /// The least value.
        low: u64,
        /// The largest value.
        high: u64,
    },
    /// Whole numbers above 0, where equal ratios matter equally, as for widths of layers.
    LogWhole {
        /// The least value.
        low: u64,
        /// The largest value.
        high: u64,
    },
    /// One of these, none of which is nearer to another than the rest.
    Choice(Vec<Value>),
}

/// Whole numbers are compared as reals, which tell them apart up to here.
const MAX_WHOLE: u64 = 1 << 53;

impl Range {
    /// [`Range::Real`].
    pub fn real(low: f64, high: f64) -> Range {
        Range::Real { low, high }
    }

    /// [`Range::LogReal`].
    pub fn log(low: f64, high: f64) -> Range {
        Range::LogReal { low, high }
    }

    /// [`Range::Whole`].
    pub fn whole(low: u64, high: u64) -> Range {
        Range::Whole { low, high }
    }

    /// [`Range::LogWhole`].
    pub fn log_whole(low: u64, high: u64) -> Range {
        Range::LogWhole { low, high }
    }

    /// [`Range::Choice`]: `Range::choice(["adam", "lion"])`, `Range::choice([true, false])`.
    pub fn choice<V: Into<Value>>(values: impl IntoIterator<Item = V>) -> Range {
        Range::Choice(values.into_iter().map(Into::into).collect())
    }

    /// The value of this range that a text stands for, as [`Value`] is written; `None` where there is none.
    ///
    /// ```
    /// use macrograd::train::tune::{Range, Value};
    ///
    /// assert_eq!(Range::real(0.0, 1.0).parse("1"), Some(Value::Real(1.0)));
    /// assert_eq!(Range::real(0.0, 1.0).parse("2"), None);
    /// ```
    pub fn parse(&self, text: &str) -> Option<Value> {
        match self {
            Range::Real { low, high } | Range::LogReal { low, high } => {
                text.parse().ok().filter(|value| (low..=high).contains(&value)).map(Value::Real)
            }
            Range::Whole { low, high } | Range::LogWhole { low, high } => {
                text.parse().ok().filter(|value| (low..=high).contains(&value)).map(Value::Whole)
            }
            Range::Choice(values) => values.iter().find(|value| value.to_string() == text).cloned(),
        }
    }

    /// What is wrong with the range, and the remedy.
    fn problem(&self) -> Option<String> {
        match self {
            Range::Real { low, high } | Range::LogReal { low, high }
                if !(low.is_finite() && high.is_finite()) =>
            {
                Some(format!("the range {self} has no end; give two finite numbers"))
            }
            Range::Real { low, high } | Range::LogReal { low, high } if low > high => {
                Some(format!("the range {self} is empty; exchange its ends"))
            }
            Range::Whole { low, high } | Range::LogWhole { low, high } if low > high => {
                Some(format!("the range {self} is empty; exchange its ends"))
            }
            Range::LogReal { low, .. } if *low <= 0.0 => Some(format!(
                "the range {self} has no logarithm at its lower end; begin above 0, or search without a logarithm"
            )),
            Range::LogWhole { low: 0, .. } => Some(format!(
                "the range {self} has no logarithm at its lower end; begin at 1, or search without a logarithm"
            )),
            Range::Whole { high, .. } | Range::LogWhole { high, .. } if *high > MAX_WHOLE => {
                Some(format!("the range {self} goes beyond 2^53; end below, or give the numbers as a choice"))
            }
            Range::Choice(values) => problem_of_choice(values),
            Range::Real { .. } | Range::LogReal { .. } | Range::Whole { .. } | Range::LogWhole { .. } => None,
        }
    }
}

fn problem_of_choice(values: &[Value]) -> Option<String> {
    if values.is_empty() {
        return Some("a choice without values is empty; give at least one".to_owned());
    }
    for (position, value) in values.iter().enumerate() {
        if matches!(value, Value::Real(real) if !real.is_finite()) {
            return Some(format!("the choice {value} is not finite; leave it out"));
        }
        // By their texts: programs are given values, and files keep them, as such.
        if values[..position].iter().any(|earlier| earlier.to_string() == value.to_string()) {
            return Some(format!("the choice {value} is there twice; leave one out"));
        }
    }
    None
}

/// In words that differ where ranges differ: files of searches are compared by them.
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Range::Real { low, high } => write!(f, "{} to {}", Value::Real(*low), Value::Real(*high)),
            Range::LogReal { low, high } => {
                write!(f, "{} to {} (logarithmic)", Value::Real(*low), Value::Real(*high))
            }
            Range::Whole { low, high } => write!(f, "{low} to {high} (whole)"),
            Range::LogWhole { low, high } => write!(f, "{low} to {high} (whole, logarithmic)"),
            Range::Choice(values) => {
                f.write_str("one of ")?;
                for (position, value) in values.iter().enumerate() {
                    f.write_str(if position == 0 { "" } else { ", " })?;
                    match value {
                        // With quotes, which commas in texts do not get out of.
                        Value::Text(text) => write!(f, "{text:?}")?,
                        Value::Real(_) | Value::Whole(_) | Value::Flag(_) => write!(f, "{value}")?,
                    }
                }
                Ok(())
            }
        }
    }
}

/// The hyper-parameters of a search: names and ranges, in order.
///
/// ```
/// use macrograd::train::tune::{Range, Space};
///
/// let space = Space::new()
///     .with("lr", Range::log(1e-4, 1e-1))
///     .with("dropout", Range::real(0.0, 0.5))
///     .with("width", Range::log_whole(16, 512))
///     .with("optimizer", Range::choice(["adam", "lion"]));
/// assert_eq!(space.ranges().len(), 4);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Space {
    ranges: Vec<(String, Range)>,
}

impl Space {
    /// Without hyper-parameters.
    pub fn new() -> Space {
        Space::default()
    }

    /// With one more.
    ///
    /// # Panics
    /// As [`try_with`](Space::try_with) has errors, with the same text.
    #[must_use]
    #[track_caller]
    pub fn with(self, name: impl Into<String>, range: Range) -> Space {
        self.try_with(name, range).unwrap_or_else(|error| panic!("{error}"))
    }

    /// With one more, for ranges that a user gives.
    ///
    /// # Errors
    /// [`TuneError::Range`] when the ends of the range are in the wrong order or not finite, when the lower end of a
    /// logarithmic one is not above 0, when whole numbers go beyond 2^53, when a choice is empty or has a value twice, and
    /// when the name is there already.
    pub fn try_with(mut self, name: impl Into<String>, range: Range) -> Result<Space, TuneError> {
        let name = name.into();
        let twice = self.range(&name).map(|_| "there are two ranges of this name; leave one out".to_owned());
        if let Some(problem) = twice.or_else(|| range.problem()) {
            return Err(TuneError::Range { name, problem });
        }
        self.ranges.push((name, range));
        Ok(self)
    }

    /// Names and ranges, in order.
    pub fn ranges(&self) -> &[(String, Range)] {
        &self.ranges
    }

    /// The range of this name.
    pub fn range(&self, name: &str) -> Option<&Range> {
        self.ranges.iter().find(|(known, _)| known == name).map(|(_, range)| range)
    }
}
