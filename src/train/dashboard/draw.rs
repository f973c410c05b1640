//! What is on the screen, for every size of it.

mod chart;
mod panels;
mod table;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Stylize};
use ratatui::text::Line;

use super::curve::smoothed;
use super::keys::{Look, View};
use super::run::Run;
use chart::{Line as Curved, Scale, chart};

/// The smallest screen on which there is something to see.
const MIN_WIDTH: u16 = 40;
const MIN_HEIGHT: u16 = 10;
/// From these sizes of what is below the gauge on, there are two charts beside each other, and norms below them.
const TWO_COLUMNS: u16 = 70;
const THREE_ROWS: u16 = 28;
/// From this height on there is something below the charts.
const TWO_ROWS: u16 = 14;

/// Colours that terminals show on light and dark, told apart without red and green.
const COLORS: [Color; 5] = [Color::Cyan, Color::Yellow, Color::Magenta, Color::Blue, Color::Green];

/// Draws a run.
pub(super) fn draw(frame: &mut Frame<'_>, run: &Run, look: Look) {
    let area = frame.area();
    if area.width < MIN_WIDTH || area.height < MIN_HEIGHT {
        let Rect { width, height, .. } = area;
        let whole = format!("{width}x{height} is too small: {MIN_WIDTH}x{MIN_HEIGHT} at least");
        let line = if whole.len() <= usize::from(width) { whole } else { "too small".to_owned() };
        // A terminal may even have no line at all.
        frame.render_widget(Line::from(line), Rect { height: height.min(1), ..area });
        return;
    }
    let header = panels::header(run, area.width, if area.height < 16 { 3 } else { 4 });
    let rows = [
        Constraint::Length(header.len() as u16),
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
    ];
    let [top, gauge, body, footer] = Layout::vertical(rows).areas(area);
    panels::text(frame, top, header);
    panels::gauge(frame, gauge, run);
    match look.view {
        View::Overview => overview(frame, body, run, look.is_log),
        View::Losses => losses(frame, body, run, look.is_log),
        View::Metrics => metrics(frame, body, run),
        View::Norms => norms(frame, body, run),
        View::Epochs => table::table(frame, body, run),
        View::Messages => panels::messages(frame, body, run),
    }
    panels::footer(frame, footer, run, look);
    if look.has_help {
        panels::help(frame, area);
    }
}

/// As much of everything as there is room for.
fn overview(frame: &mut Frame<'_>, area: Rect, run: &Run, is_log: bool) {
    if area.height < TWO_ROWS {
        return charts(frame, area, run, is_log);
    }
    let num_rows = if area.height < THREE_ROWS { 2 } else { 3 };
    // Charts gain more from height than lists do.
    let lists = (area.height / (num_rows + 1)).max(6);
    let rows = [Constraint::Min(1), Constraint::Length(lists)];
    let [curves, lists] = Layout::vertical(rows).areas(area);
    if num_rows == 3 {
        let [first, second] = Layout::vertical([Constraint::Fill(3), Constraint::Fill(2)]).areas(curves);
        charts(frame, first, run, is_log);
        norms(frame, second, run);
    } else {
        charts(frame, curves, run, is_log);
    }
    if area.width < TWO_COLUMNS {
        return table::table(frame, lists, run);
    }
    let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(lists);
    table::table(frame, left, run);
    panels::messages(frame, right, run);
}

/// Losses, and metrics if there are any and there is room for them.
fn charts(frame: &mut Frame<'_>, area: Rect, run: &Run, is_log: bool) {
    if area.width < TWO_COLUMNS || run.metrics().next().is_none() {
        return losses(frame, area, run, is_log);
    }
    let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(area);
    losses(frame, left, run, is_log);
    metrics(frame, right, run);
}

fn losses(frame: &mut Frame<'_>, area: Rect, run: &Run, is_log: bool) {
    let points = run.loss.points();
    let smooth = smoothed(&points);
    let mut lines = vec![
        Curved { name: "", color: Color::DarkGray, last: None, points },
        Curved {
            name: "training",
            color: COLORS[0],
            last: smooth.last().map(|point| point.1),
            points: smooth,
        },
    ];
    if let Some(curve) = run.curve("val_loss") {
        let points = curve.points();
        lines.push(Curved { name: "validation", color: COLORS[1], last: curve.last(), points });
    }
    let scale = if is_log { Scale::Log } else { Scale::Linear };
    chart(frame, area, "loss", &lines, scale, run.progress.step);
}

fn metrics(frame: &mut Frame<'_>, area: Rect, run: &Run) {
    let lines: Vec<Curved<'_>> = run
        .metrics()
        .zip(COLORS)
        .map(|((name, curve), color)| Curved { name, color, last: curve.last(), points: curve.points() })
        .collect();
    chart(frame, area, "metrics", &lines, Scale::Linear, run.progress.step);
}

fn norms(frame: &mut Frame<'_>, area: Rect, run: &Run) {
    let horizontal = area.width >= TWO_COLUMNS;
    let halves = [Constraint::Fill(1), Constraint::Fill(1)];
    let [first, second] =
        if horizontal { Layout::horizontal(halves) } else { Layout::vertical(halves) }.areas(area);
    let norms = [("gradient norm", &run.grad_norm, first), ("parameter norm", &run.param_norm, second)];
    for ((title, curve, area), color) in norms.into_iter().zip(COLORS) {
        let lines = [Curved { name: "", color, last: curve.last(), points: curve.points() }];
        chart(frame, area, title, &lines, Scale::Linear, run.progress.step);
    }
}

/// A title in the border of a panel.
fn title(text: &str) -> Line<'_> {
    Line::from(format!(" {text} ")).bold()
}
