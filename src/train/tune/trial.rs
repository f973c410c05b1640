//! Trials: what is tried, and what became of it.

use super::Value;

/// Values to try.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Number of the trial, from 1.
    pub number: u64,
    /// Names and values, in the order of the [`Space`](super::Space).
    pub values: Vec<(String, Value)>,
}

impl Trial {
    /// The value of this name.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The real number of this name.
    ///
    /// # Panics
    /// When the space has no such name, or values of another type; as the following functions do.
    #[track_caller]
    pub fn real(&self, name: &str) -> f64 {
        match self.require(name) {
            Value::Real(value) => *value,
            other => panic!("{}", wrong_type(name, other, "a real number")),
        }
    }

    /// The whole number of this name.
    ///
    /// # Panics
    /// As [`real`](Trial::real).
    #[track_caller]
    pub fn whole(&self, name: &str) -> u64 {
        match self.require(name) {
            Value::Whole(value) => *value,
            other => panic!("{}", wrong_type(name, other, "a whole number")),
        }
    }

    /// The switch of this name.
    ///
    /// # Panics
    /// As [`real`](Trial::real).
    #[track_caller]
    pub fn flag(&self, name: &str) -> bool {
        match self.require(name) {
            Value::Flag(value) => *value,
            other => panic!("{}", wrong_type(name, other, "a flag")),
        }
    }

    /// The text of this name.
    ///
    /// # Panics
    /// As [`real`](Trial::real).
    #[track_caller]
    pub fn text(&self, name: &str) -> &str {
        match self.require(name) {
            Value::Text(value) => value,
            other => panic!("{}", wrong_type(name, other, "a text")),
        }
    }

    #[track_caller]
    fn require(&self, name: &str) -> &Value {
        self.value(name).unwrap_or_else(|| {
            let known: Vec<String> = self.values.iter().map(|(name, _)| format!("`{name}`")).collect();
            panic!("the trial has no value `{name}`; there are {}", known.join(", "))
        })
    }
}

fn wrong_type(name: &str, value: &Value, wanted: &str) -> String {
    let kind = match value {
        Value::Real(_) => "the real number",
        Value::Whole(_) => "the whole number",
        Value::Flag(_) => "the flag",
        Value::Text(_) => "the text",
    };
    format!("`{name}` is {kind} {value}, not {wanted}; change its range, or read it as what it is")
}

/// How a trial ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// As it should, with this score.
    Finished(f64),
    /// Early, as it did worse than others; the score is its last one.
    Pruned(f64),
    /// Without a score, for this reason.
    Failed(String),
}

/// A trial, and what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialRecord {
    /// What is tried.
    pub trial: Trial,
    /// Epochs and scores that were reported, in order.
    pub reports: Vec<(u64, f64)>,
    /// From [`ask`](super::Study::ask) to [`tell`](super::Study::tell); 0 before. Of a trial that was open when the search
    /// was interrupted, since [`resume`](super::Study::resume).
    pub seconds: f64,
    /// How it ended; `None` while it is open.
    pub outcome: Option<Outcome>,
}

impl TrialRecord {
    /// The score that it ended with, if it has one.
    pub fn score(&self) -> Option<f64> {
        match self.outcome {
            Some(Outcome::Finished(score) | Outcome::Pruned(score)) => Some(score),
            Some(Outcome::Failed(_)) | None => None,
        }
    }

    /// The score of a trial that was not ended early.
    pub(super) fn finished(&self) -> Option<f64> {
        match self.outcome {
            Some(Outcome::Finished(score)) => Some(score),
            Some(Outcome::Pruned(_) | Outcome::Failed(_)) | None => None,
        }
    }

    /// "finished", "pruned", "failed" or "open".
    pub(super) fn state(&self) -> &'static str {
        match self.outcome {
            Some(Outcome::Finished(_)) => "finished",
            Some(Outcome::Pruned(_)) => "pruned",
            Some(Outcome::Failed(_)) => "failed",
            None => "open",
        }
    }
}
