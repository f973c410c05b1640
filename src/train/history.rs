//! What a run has been through: a row of values for each epoch.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use serde_json::{Map, Number, Value, json};

use crate::Error;
use crate::metrics::Direction;
use crate::replace::replace;

/// The values of each epoch, and how the run ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// One row for each epoch, in order.
    pub epochs: Vec<EpochRecord>,
    /// How it ended; `None` while it runs.
    pub ended: Option<Ended>,
}

/// What is known at the end of an epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochRecord {
    /// Number of the epoch, from 1.
    pub epoch: u64,
    /// Steps of the optimizer since the start of the run.
    pub step: u64,
    /// How long the epoch took, with its validation.
    pub seconds: f64,
    /// Names and values: `loss` and `lr`, with validation `val_loss` and a `val_…` for each metric, and what callbacks log.
    pub values: Vec<(String, f64)>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// After its last epoch.
    Finished,
    /// By a callback, which says why.
    Stopped(String),
    /// From outside, as by Ctrl-C. The checkpoint stands at the last step.
    Interrupted,
}

impl EpochRecord {
    /// The value of this name.
    pub fn value(&self, name: &str) -> Option<f64> {
        self.values.iter().find(|(known, _)| known == name).map(|&(_, value)| value)
    }
}

impl History {
    /// The values of this name in the epochs that have it.
    pub fn values(&self, name: &str) -> Vec<f64> {
        self.epochs.iter().filter_map(|epoch| epoch.value(name)).collect()
    }

    /// The value of this name in the last epoch that has it.
    pub fn last(&self, name: &str) -> Option<f64> {
        self.epochs.iter().rev().find_map(|epoch| epoch.value(name))
    }

    /// The epoch in which a value was best, the first of several.
    pub fn best(&self, name: &str, direction: Direction) -> Option<&EpochRecord> {
        let mut best: Option<(&EpochRecord, f64)> = None;
        for epoch in &self.epochs {
            let Some(value) = epoch.value(name) else { continue };
            if best.is_none_or(|(_, best)| direction.is_better(value, best)) {
                best = Some((epoch, value));
            }
        }
        best.map(|(epoch, _)| epoch)
    }

    /// Names of all values, in the order in which they first occur.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in self.epochs.iter().flat_map(|epoch| &epoch.values) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }

    /// Writes a table for spreadsheets: a line of names, then a line for each epoch, cells empty where an epoch lacks a
    /// value. Replaces a file at once or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be written.
    pub fn write_csv(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let names = self.names();
        let mut text = format!("epoch,step,seconds{}\n", joined(names.iter().map(|name| cell(name))));
        for record in &self.epochs {
            let EpochRecord { epoch, step, seconds, .. } = record;
            let values =
                names.iter().map(|name| record.value(name).map_or(String::new(), |value| value.to_string()));
            writeln!(text, "{epoch},{step},{seconds:.3}{}", joined(values)).expect("a String takes any text");
        }
        replace(path.as_ref(), |out| out.write_all(text.as_bytes()))
    }

    /// Writes a JSON object for each epoch, one on a line. What is not finite is `null`, which JSON has instead. Replaces
    /// a file at once or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be written.
    pub fn write_json_lines(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        replace(path.as_ref(), |out| {
            for record in &self.epochs {
                let mut object = Map::new();
                object.insert("epoch".into(), record.epoch.into());
                object.insert("step".into(), record.step.into());
                object.insert("seconds".into(), Number::from_f64(record.seconds).into());
                for (name, value) in &record.values {
                    object.insert(name.clone(), Number::from_f64(*value).into());
                }
                writeln!(out, "{}", Value::Object(object))?;
            }
            Ok(())
        })
    }

    /// As JSON from which [`of_json`](History::of_json) makes the same rows, bit for bit.
    pub(super) fn to_json(&self) -> Value {
        // Numbers as texts: Rust writes as many digits as it needs to read the same number again, and NaN, too.
        let values = |record: &EpochRecord| -> Vec<Value> {
            record.values.iter().map(|(name, value)| json!([name, value.to_string()])).collect()
        };
        let rows: Vec<Value> = self
            .epochs
            .iter()
            .map(|record| json!([record.epoch, record.step, record.seconds.to_string(), values(record)]))
            .collect();
        rows.into()
    }

    /// The rows of [`to_json`](History::to_json).
    pub(super) fn of_json(json: &Value) -> Option<History> {
        let number = |json: &Value| json.as_str()?.parse().ok();
        let values = |json: &Value| -> Option<Vec<(String, f64)>> {
            json.as_array()?
                .iter()
                .map(|pair| Some((pair[0].as_str()?.to_owned(), number(&pair[1])?)))
                .collect()
        };
        let record = |row: &Value| {
            Some(EpochRecord {
                epoch: row[0].as_u64()?,
                step: row[1].as_u64()?,
                seconds: number(&row[2])?,
                values: values(&row[3])?,
            })
        };
        Some(History { epochs: json.as_array()?.iter().map(record).collect::<Option<_>>()?, ended: None })
    }
}

/// Each cell behind a comma.
fn joined(cells: impl Iterator<Item = String>) -> String {
    cells.map(|cell| format!(",{cell}")).collect()
}

/// A name as a cell: callbacks may log under any.
pub(super) fn cell(name: &str) -> String {
    match name.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", name.replace('"', "\"\"")),
        false => name.to_owned(),
    }
}
