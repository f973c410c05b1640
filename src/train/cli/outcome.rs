//! The table at the end of a run.

use crate::metrics::Direction;
use crate::train::progress::short;
use crate::train::{EpochRecord, History};

/// The best epoch and the last one, with all of their values; nothing where no epoch has the monitored one.
pub(super) fn table(history: &History, monitor: &str, direction: Direction) -> Option<String> {
    let (best, last) = (history.best(monitor, direction)?, history.epochs.last()?);
    let names: Vec<&str> =
        history.names().into_iter().filter(|name| !name.contains('/') && *name != "lr").collect();
    let mut rows = vec![header(&names), cells("best", best, &names)];
    if last.epoch != best.epoch {
        rows.push(cells("last", last, &names));
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..names.len() + 2).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:>width$}")).collect();
        cells.join("  ")
    };
    Some(rows.iter().map(line).collect::<Vec<_>>().join("\n"))
}

fn header(names: &[&str]) -> Vec<String> {
    ["", "epoch"].iter().chain(names).map(|name| (*name).to_owned()).collect()
}

fn cells(what: &str, record: &EpochRecord, names: &[&str]) -> Vec<String> {
    let values = names.iter().map(|name| record.value(name).map_or(String::new(), short));
    [what.to_owned(), record.epoch.to_string()].into_iter().chain(values).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_and_the_last_epoch_are_shown() {
        let record = |epoch, loss, val_loss: Option<f64>| {
            let mut values =
                vec![("loss".to_owned(), loss), ("lr".to_owned(), 0.1), ("norm/fc".to_owned(), 1.0)];
            values.extend(val_loss.map(|value| ("val_loss".to_owned(), value)));
            EpochRecord { epoch, step: epoch, seconds: 1.0, values }
        };
        let epochs = vec![record(1, 2.0, Some(2.5)), record(2, 1.0, Some(0.25)), record(10, 0.5, None)];
        let history = History { epochs, ended: None };
        let shown = |monitor| table(&history, monitor, Direction::LowerIsBetter);
        assert_eq!(
            shown("val_loss").unwrap(),
            "      epoch    loss  val_loss\nbest      2   1.000    0.2500\nlast     10  0.5000          "
        );
        assert_eq!(shown("loss").unwrap(), "      epoch    loss  val_loss\nbest     10  0.5000          ");
        assert_eq!(shown("accuracy"), None);
    }
}
