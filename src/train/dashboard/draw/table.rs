//! The values of the last epochs.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::Text;
use ratatui::widgets::{Block, Paragraph, Row, Table};

use super::title;
use crate::train::dashboard::run::Run;
use crate::train::{EpochRecord, short};

/// Least width of a column of values: that of a short number, with its sign.
const VALUE_WIDTH: usize = 8;

/// The best epoch, then the others from the last one on.
pub(super) fn table(frame: &mut Frame<'_>, area: Rect, run: &Run) {
    let block = Block::bordered().border_style(Style::new().dim()).title(title("epochs"));
    if run.rows.is_empty() {
        frame.render_widget(Paragraph::new("none yet").dim().centered().block(block), area);
        return;
    }
    let inner = block.inner(area);
    let epoch_width = format!("best {}", run.progress.epoch + 1).len();
    let columns = columns(run, usize::from(inner.width).saturating_sub(epoch_width));
    let mut widths = vec![epoch_width];
    widths.extend(columns.iter().map(|(_, width)| *width));
    let names = columns.iter().map(|&(name, _)| name);
    let head = std::iter::once("epoch").chain(names.clone()).map(|name| Text::from(name).right_aligned());
    let row = |label: String, record: &EpochRecord| {
        let values = names.clone().map(|name| match name {
            "seconds" => format!("{:.1}", record.seconds),
            name => record.value(name).map_or(String::new(), short),
        });
        Row::new(std::iter::once(label).chain(values).map(|text| Text::from(text).right_aligned()))
    };
    let best = run.best.iter().map(|best| row(format!("best {}", best.epoch), best).fg(Color::Green));
    let last = run.rows.iter().rev().map(|record| row(record.epoch.to_string(), record));
    // No more than there is room for: below the borders and the names.
    let rows = best.chain(last).take(usize::from(inner.height).saturating_sub(1));
    let widths = widths.into_iter().map(|width| Constraint::Length(width as u16));
    let table = Table::new(rows, widths).header(Row::new(head).dim()).block(block);
    frame.render_widget(table, area);
}

/// Names and widths of the values that fit into a width, a space before each; rates and times come last.
fn columns(run: &Run, width: usize) -> Vec<(&str, usize)> {
    let names = run.values.iter().map(|(name, _)| name.as_str());
    let is_lr = |name: &&str| *name == "lr";
    let all = names.clone().filter(|name| !is_lr(name)).chain(names.filter(is_lr));
    let sized =
        all.map(|name| (name, name.chars().count().max(VALUE_WIDTH))).chain([("seconds", VALUE_WIDTH)]);
    let mut left = width;
    sized
        .take_while(|(_, width)| {
            let fits = left > *width;
            left = left.saturating_sub(width + 1);
            fits
        })
        .collect()
}
