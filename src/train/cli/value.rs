//! What settings can be: kinds of values, and their texts.

use std::fmt;

/// Which values a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A real above 0.
    Positive,
    /// A real that is at least 0.
    AtLeastZero,
    /// A real that is at least 1.
    AtLeastOne,
    /// A real that is at most 0.
    AtMostZero,
    /// A real above 0 and below 1.
    Between,
    /// A real from 0 to below 1, as decays are.
    BelowOne,
    /// A real from 0 to 1.
    Part,
    /// A whole number from 1 on.
    Count,
    /// A whole number from 0 on.
    Whole,
    /// `true` or `false`.
    Flag,
    /// A text.
    Text,
    /// A path of a file or folder.
    Path,
}

/// A value of a setting.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Of the kinds of reals.
    Real(f64),
    /// Of the kinds of whole numbers.
    Whole(u64),
    /// Of [`Kind::Flag`].
    Flag(bool),
    /// Of the kinds of texts.
    Text(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Real(value) if *value != 0.0 && !(1e-3..1e6).contains(&value.abs()) => {
                write!(f, "{value:e}")
            }
            Value::Real(value) => write!(f, "{value}"),
            Value::Whole(value) => write!(f, "{value}"),
            Value::Flag(value) => write!(f, "{value}"),
            Value::Text(value) => f.write_str(value),
        }
    }
}

impl Value {
    /// Of the kinds of reals; whole numbers as reals.
    pub(super) fn as_real(&self) -> f64 {
        match self {
            Value::Real(value) => *value,
            Value::Whole(value) => *value as f64,
            other => panic!("{other:?} is no number"),
        }
    }
}

impl Kind {
    /// What `--help` writes behind the flag.
    pub(super) fn value_name(self) -> &'static str {
        match self {
            Kind::Count | Kind::Whole => "NUMBER",
            Kind::Flag => "BOOL",
            Kind::Text => "TEXT",
            Kind::Path => "PATH",
            _ => "REAL",
        }
    }

    /// What is expected, for messages.
    pub(super) fn expected(self) -> &'static str {
        match self {
            Kind::Positive => "a number above 0, such as 0.001",
            Kind::AtLeastZero => "a number that is at least 0",
            Kind::AtLeastOne => "a number that is at least 1",
            Kind::AtMostZero => "a number that is at most 0",
            Kind::Between => "a number above 0 and below 1, such as 0.9",
            Kind::BelowOne => "a number from 0 to below 1, such as 0.9",
            Kind::Part => "a number from 0 to 1",
            Kind::Count => "a whole number, at least 1",
            Kind::Whole => "a whole number, at least 0",
            Kind::Flag => "`true` or `false`",
            Kind::Text => "a text",
            Kind::Path => "a path",
        }
    }

    /// The value that a text stands for.
    pub(super) fn parse(self, text: &str) -> Result<Value, String> {
        let value = match self {
            Kind::Count | Kind::Whole => text.parse().ok().map(Value::Whole),
            Kind::Flag => text.parse().ok().map(Value::Flag),
            Kind::Text | Kind::Path => Some(Value::Text(text.to_owned())),
            _ => text.parse().ok().map(Value::Real),
        };
        value.filter(|value| self.allows(value)).ok_or_else(|| format!("expected {}", self.expected()))
    }

    /// Whether a setting of this kind takes the value.
    pub(super) fn allows(self, value: &Value) -> bool {
        match (self, value) {
            // Optimizers compute with it in f32, perhaps: there it is above 0, too.
            (Kind::Positive, Value::Real(value)) => *value as f32 > 0.0 && value.is_finite(),
            (Kind::AtLeastZero, Value::Real(value)) => *value >= 0.0 && value.is_finite(),
            (Kind::AtLeastOne, Value::Real(value)) => *value >= 1.0 && value.is_finite(),
            (Kind::AtMostZero, Value::Real(value)) => *value <= 0.0 && value.is_finite(),
            (Kind::Between, Value::Real(value)) => *value > 0.0 && *value < 1.0,
            (Kind::BelowOne, Value::Real(value)) => (0.0..1.0).contains(value),
            (Kind::Part, Value::Real(value)) => (0.0..=1.0).contains(value),
            (Kind::Count, Value::Whole(value)) => *value > 0,
            (Kind::Whole, Value::Whole(_)) | (Kind::Flag, Value::Flag(_)) => true,
            (Kind::Text, Value::Text(_)) => true,
            (Kind::Path, Value::Text(value)) => !value.is_empty(),
            _ => false,
        }
    }

    /// The value that a file gives.
    pub(super) fn of_json(self, json: &serde_json::Value) -> Option<Value> {
        let value = match self {
            Kind::Count | Kind::Whole => Value::Whole(json.as_u64()?),
            Kind::Flag => Value::Flag(json.as_bool()?),
            Kind::Text | Kind::Path => Value::Text(json.as_str()?.to_owned()),
            _ => Value::Real(json.as_f64()?),
        };
        self.allows(&value).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reals_are_shown_short() {
        for (value, text) in [(1e-4, "1e-4"), (0.001, "0.001"), (0.0, "0"), (3.0, "3"), (2e7, "2e7")] {
            assert_eq!(Value::Real(value).to_string(), text);
        }
    }
}
