//! A search as a file of JSON lines: what it searches, then a line for each trial.

use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use serde_json::{Map, Value as Json, json};

use super::{Outcome, Space, Study, Trial, TrialRecord, TuneError, Value};
use crate::Error;
use crate::metrics::Direction;
use crate::replace::replace;

/// How files of this form begin.
const FORMAT: &str = "macrograd study 1";

impl Study {
    /// Writes the search to a file of JSON lines, from which [`resume`](Study::resume) goes on. Replaces a file at once or
    /// not at all, so that a program that is killed loses what happened since the last call, and no more.
    ///
    /// # Errors
    /// [`TuneError::File`] when the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), TuneError> {
        replace(path.as_ref(), |out| {
            writeln!(out, "{}", header(self))?;
            self.records.iter().try_for_each(|record| writeln!(out, "{}", line_of(record)))
        })?;
        Ok(())
    }

    /// Takes up the trials of a search that was saved. What it proposes from here on is what the other would have proposed.
    /// Trials that were open still are: begin them once more, as [`open`](Study::open) lists them.
    ///
    /// # Errors
    /// [`TuneError::File`] when the file cannot be read, [`TuneError::BadFile`] when it is of another kind, and
    /// [`TuneError::Changed`] when hyper-parameters, ranges, the direction, the seed or other settings are not those of
    /// this search. The order of the hyper-parameters makes no difference.
    ///
    /// # Panics
    /// When this search has trials already.
    #[track_caller]
    pub fn resume(mut self, path: impl AsRef<Path>) -> Result<Study, TuneError> {
        assert!(
            self.records.is_empty(),
            "a search with trials cannot take up others: call `resume` before `ask`"
        );
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|source| Error::Io {
            action: "read",
            path: path.to_path_buf(),
            source,
        })?;
        let bad = |line, problem: &str| TuneError::BadFile {
            path: path.to_path_buf(),
            line,
            problem: problem.to_owned(),
        };
        for (index, line) in text.lines().enumerate() {
            let json: Json = serde_json::from_str(line)
                .map_err(|error| bad(index + 1, &format!("it is not JSON ({error})")))?;
            if index == 0 {
                let earlier = settings_of(&json).ok_or_else(|| bad(1, "no search has written this"))?;
                self.check_unchanged(path, &earlier)?;
                continue;
            }
            let record = record_of(&json, index as u64, &self.space)
                .ok_or_else(|| bad(index + 1, &format!("it is not trial {index} of this search")))?;
            self.records.push(record);
        }
        if text.is_empty() {
            return Err(bad(1, "no search has written this"));
        }
        self.began = vec![Instant::now(); self.records.len()];
        Ok(self)
    }

    /// Compares the settings of a file with those of this search.
    fn check_unchanged(&self, path: &Path, earlier: &[(String, String)]) -> Result<(), TuneError> {
        let now = settings(self);
        let absent = "absent";
        let find = |settings: &[(String, String)], name: &str| {
            let found = settings.iter().find(|(known, _)| known == name);
            found.map_or_else(|| absent.to_owned(), |(_, value)| value.clone())
        };
        for (name, _) in now.iter().chain(earlier) {
            let (before, now) = (find(earlier, name), find(&now, name));
            if before != now {
                let (path, name) = (path.to_path_buf(), name.clone());
                return Err(TuneError::Changed { path, name, before, now });
            }
        }
        Ok(())
    }
}

/// What proposals depend on, as texts: hyper-parameters in backticks, then the settings of the search.
fn settings(study: &Study) -> Vec<(String, String)> {
    let ranges = study.space.ranges().iter().map(|(name, range)| (format!("`{name}`"), range.to_string()));
    let direction = match study.direction {
        Direction::HigherIsBetter => "higher is better",
        Direction::LowerIsBetter => "lower is better",
    };
    let pruning = study.pruning.map_or("none".to_owned(), |pruning| {
        format!("by the median, startup {}, warm-up {}", pruning.startup, pruning.warm_up)
    });
    let others = [
        ("the direction", direction.to_owned()),
        ("the seed", study.seed.to_string()),
        ("the sampler", format!("{:?}", study.sampler)),
        ("the startup", study.startup.to_string()),
        ("the pruning", pruning),
    ];
    ranges.chain(others.map(|(name, value)| (name.to_owned(), value))).collect()
}

fn header(study: &Study) -> Json {
    json!({ "format": FORMAT, "settings": settings(study) })
}

/// The settings of a [`header`].
fn settings_of(json: &Json) -> Option<Vec<(String, String)>> {
    if json["format"] != FORMAT {
        return None;
    }
    let pair = |pair: &Json| Some((pair[0].as_str()?.to_owned(), pair[1].as_str()?.to_owned()));
    json["settings"].as_array()?.iter().map(pair).collect()
}

/// A trial: `{"trial": 1, "values": {"lr": "3e-4"}, "reports": [[1, "0.5"]], "seconds": "1.5", "finished": "0.25"}`.
///
/// Numbers are texts: Rust writes as many digits as it needs to read the same number again, and NaN, too.
fn line_of(record: &TrialRecord) -> Json {
    let TrialRecord { trial, reports, seconds, outcome } = record;
    let values: Map<String, Json> =
        trial.values.iter().map(|(name, value)| (name.clone(), value.to_string().into())).collect();
    let reports: Vec<Json> = reports.iter().map(|(epoch, score)| json!([epoch, score.to_string()])).collect();
    let mut line = json!({
        "trial": trial.number, "values": values, "reports": reports, "seconds": seconds.to_string(),
    });
    let (state, text) = match outcome {
        None => return line,
        Some(Outcome::Finished(score) | Outcome::Pruned(score)) => (record.state(), score.to_string()),
        Some(Outcome::Failed(reason)) => (record.state(), reason.clone()),
    };
    line[state] = text.into();
    line
}

/// The trial of a [`line_of`], which has this number.
fn record_of(json: &Json, number: u64, space: &Space) -> Option<TrialRecord> {
    let real = |json: &Json| json.as_str()?.parse::<f64>().ok();
    let value = |(name, range): &(String, super::Range)| -> Option<(String, Value)> {
        Some((name.clone(), range.parse(json["values"][name].as_str()?)?))
    };
    let report = |pair: &Json| Some((pair[0].as_u64()?, real(&pair[1])?));
    let outcome = match (json.get("finished"), json.get("pruned"), json.get("failed")) {
        (Some(score), None, None) => Some(Outcome::Finished(real(score)?)),
        (None, Some(score), None) => Some(Outcome::Pruned(real(score)?)),
        (None, None, Some(reason)) => Some(Outcome::Failed(reason.as_str()?.to_owned())),
        (None, None, None) => None,
        _ => return None,
    };
    if json["trial"].as_u64() != Some(number) {
        return None;
    }
    Some(TrialRecord {
        trial: Trial { number, values: space.ranges().iter().map(value).collect::<Option<_>>()? },
        reports: json["reports"].as_array()?.iter().map(report).collect::<Option<_>>()?,
        seconds: real(&json["seconds"])?,
        outcome,
    })
}
