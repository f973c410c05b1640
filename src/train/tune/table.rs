//! What a search has found: as a table for people, and as one for spreadsheets.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use super::study::by_score;
use super::{Outcome, Study, TrialRecord, TuneError, Value};
use crate::replace::replace;
use crate::train::history::cell;
use crate::train::short;

/// No line of a table is longer, unless a single column is.
const WIDTH: usize = 100;

/// No cell is longer: texts are cut here.
const CELL_WIDTH: usize = 24;

/// Between columns.
const GAP: &str = "  ";

/// A name and a cell for each trial, all of them as wide as the widest.
struct Column {
    cells: Vec<String>,
    is_text: bool,
    width: usize,
}

impl Study {
    /// A table of the trials: finished ones by their score, the best marked by `*`, then pruned ones by theirs, then the
    /// rest. `epochs` is the last one that was reported. What does not fit into 100 columns stands in further tables
    /// below, and why trials failed in lines below those.
    pub fn table(&self) -> String {
        let rows = self.in_table_order();
        let num_ranked = self.ranked().len();
        let column = |name: &str, is_text, cell: &dyn Fn(usize, &TrialRecord) -> String| {
            let cells = rows.iter().enumerate().map(|(row, record)| cell(row, record));
            Column::new(std::iter::once(name.to_owned()).chain(cells), is_text)
        };
        let rank = |row: usize, _: &TrialRecord| match row {
            0 if num_ranked > 0 => "* 1".to_owned(),
            row if row < num_ranked => (row + 1).to_string(),
            _ => String::new(),
        };
        let keys = [
            column("rank", false, &rank),
            column("trial", false, &|_, record| record.trial.number.to_string()),
        ];
        let mut columns: Vec<Column> = (self.space.ranges().iter().enumerate())
            .map(|(position, (name, _))| {
                let value = |record: &TrialRecord| record.trial.values[position].1.clone();
                let is_text =
                    rows.iter().any(|record| matches!(value(record), Value::Text(_) | Value::Flag(_)));
                column(name, is_text, &|_, record| value(record).to_string())
            })
            .collect();
        columns.extend([
            column("score", false, &|_, record| record.score().map_or(String::new(), short)),
            column("epochs", false, &|_, record| last_epoch(record)),
            column("seconds", false, &|_, record| format!("{:.1}", record.seconds)),
            column("state", true, &|_, record| record.state().to_owned()),
        ]);
        tables(&keys, &columns) + &failures(&self.records)
    }

    /// Finished trials by score, pruned ones by score, failed ones, open ones.
    fn in_table_order(&self) -> Vec<&TrialRecord> {
        let in_state = |state: &str| self.records.iter().filter(|record| record.state() == state).collect();
        let mut rows = self.ranked();
        rows.extend(by_score(in_state("pruned"), self.direction));
        rows.extend::<Vec<_>>(in_state("failed"));
        rows.extend::<Vec<_>>(in_state("open"));
        rows
    }

    /// Writes a table for spreadsheets: a line of names, then a line for each trial in the order of their numbers, with its
    /// state, score, last epoch, seconds and the reason of a failure, then its values. Replaces a file at once or not at
    /// all.
    ///
    /// # Errors
    /// [`TuneError::File`] when the file cannot be written.
    pub fn write_csv(&self, path: impl AsRef<Path>) -> Result<(), TuneError> {
        let mut text = "trial,state,score,epochs,seconds,reason".to_owned();
        let mut line = |start: String, cells: &mut dyn Iterator<Item = String>| {
            text.push_str(&start);
            cells.for_each(|text_of_cell| {
                write!(text, ",{}", cell(&text_of_cell)).expect("a String takes any text")
            });
            text.push('\n');
        };
        line(String::new(), &mut self.space.ranges().iter().map(|(name, _)| name.clone()));
        for record in &self.records {
            let score = record.score().map_or(String::new(), |score| score.to_string());
            let reason = match &record.outcome {
                Some(Outcome::Failed(reason)) => cell(reason),
                Some(Outcome::Finished(_) | Outcome::Pruned(_)) | None => String::new(),
            };
            let (number, state, epochs, seconds) =
                (record.trial.number, record.state(), last_epoch(record), record.seconds);
            let start = format!("{number},{state},{score},{epochs},{seconds:.3},{reason}");
            line(start, &mut record.trial.values.iter().map(|(_, value)| value.to_string()));
        }
        replace(path.as_ref(), |out| out.write_all(text.as_bytes()))?;
        Ok(())
    }
}

fn last_epoch(record: &TrialRecord) -> String {
    record.reports.last().map_or(String::new(), |(epoch, _)| epoch.to_string())
}

impl Column {
    fn new(cells: impl Iterator<Item = String>, is_text: bool) -> Column {
        let cells: Vec<String> = cells.map(|text| shortened(&text, CELL_WIDTH)).collect();
        let width = cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
        Column { cells, is_text, width }
    }
}

/// One table, or several below each other where the columns are too many; each begins with the keys.
fn tables(keys: &[Column], columns: &[Column]) -> String {
    let width = |columns: &[Column]| columns.iter().map(|column| GAP.len() + column.width).sum::<usize>();
    let available = (WIDTH + GAP.len()).saturating_sub(width(keys));
    let (mut text, mut rest) = (String::new(), columns);
    while !rest.is_empty() {
        let fitting =
            (1..=rest.len()).take_while(|&len| width(&rest[..len]) <= available).last().unwrap_or(1);
        let (here, later) = rest.split_at(fitting);
        if !text.is_empty() {
            text.push('\n');
        }
        for row in 0..here[0].cells.len() {
            let cells: Vec<String> = keys.iter().chain(here).map(|column| padded(column, row)).collect();
            text.push_str(cells.join(GAP).trim_end());
            text.push('\n');
        }
        rest = later;
    }
    text
}

fn padded(column: &Column, row: usize) -> String {
    let (cell, width) = (&column.cells[row], column.width);
    if column.is_text { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
}

/// A line for each reason, with the trials that failed for it.
fn failures(records: &[TrialRecord]) -> String {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for record in records {
        let Some(Outcome::Failed(reason)) = &record.outcome else { continue };
        let number = record.trial.number.to_string();
        match reasons.iter_mut().find(|(known, _)| known == reason) {
            Some((_, numbers)) => numbers.push(number),
            None => reasons.push((reason, vec![number])),
        }
    }
    reasons
        .iter()
        .map(|(reason, numbers)| {
            shortened(&format!("failed ({}): {reason}", numbers.join(", ")), WIDTH) + "\n"
        })
        .collect()
}

/// On one line of at most so many characters.
fn shortened(text: &str, width: usize) -> String {
    let text: String = text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    if text.chars().count() <= width {
        return text;
    }
    text.chars().take(width - 1).chain(['…']).collect()
}
