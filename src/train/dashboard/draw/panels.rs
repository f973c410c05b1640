//! Everything that is no chart.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, LineGauge, Paragraph};

use super::title;
use crate::train::dashboard::keys::{Look, View};
use crate::train::dashboard::run::Run;
use crate::train::progress::clock;
use crate::train::short;

/// What is known in numbers, on as few lines as there is need for, but not on more than `max_lines`.
pub(super) fn header(run: &Run, width: u16, max_lines: usize) -> Vec<Line<'static>> {
    let progress = &run.progress;
    let field = |name: &str, value: String| vec![Span::from(format!("{name} ")).dim(), Span::from(value)];
    let epoch = (progress.epoch + 1).min(progress.epochs);
    let left = progress.time_left().map_or("?".to_owned(), clock);
    let fields = [
        vec![Span::from(run.model).bold().fg(Color::Cyan)],
        field("epoch", format!("{epoch}/{}", progress.epochs)),
        field("step", format!("{}/{}", progress.step, progress.steps)),
        field("elapsed", clock(run.elapsed())),
        field("left", left),
        field("loss", short(progress.mean_loss)),
        field("lr", short(progress.lr)),
        field("samples/s", format!("{:.0}", progress.samples_per_second())),
        field("waiting for data", format!("{:.0} %", 100.0 * progress.waiting_share())),
    ];
    let mut lines = vec![Line::default()];
    for field in fields {
        let last = lines.last_mut().expect("there is a first line");
        let len: usize = field.iter().map(Span::width).sum();
        if last.width() > 0 && last.width() + 3 + len > usize::from(width) {
            lines.push(Line::from(field));
        } else {
            if last.width() > 0 {
                last.push_span("   ");
            }
            last.extend(field);
        }
    }
    lines.truncate(max_lines);
    lines
}

pub(super) fn text(frame: &mut Frame<'_>, area: Rect, lines: Vec<Line<'_>>) {
    frame.render_widget(Paragraph::new(lines), area);
}

/// How far the epoch is.
pub(super) fn gauge(frame: &mut Frame<'_>, area: Rect, run: &Run) {
    let progress = &run.progress;
    let part =
        if progress.num_samples == 0 { 0.0 } else { progress.samples as f64 / progress.num_samples as f64 };
    let part = part.clamp(0.0, 1.0);
    let gauge = LineGauge::default()
        .ratio(part)
        .label(format!("{:>3.0} % of the epoch", 100.0 * part))
        .filled_symbol("█")
        .unfilled_symbol("░")
        .filled_style(Style::new().fg(Color::Cyan))
        .unfilled_style(Style::new().dim());
    frame.render_widget(gauge, area);
}

/// The last of what would be printed otherwise.
pub(super) fn messages(frame: &mut Frame<'_>, area: Rect, run: &Run) {
    let block = Block::bordered().border_style(Style::new().dim()).title(title("messages"));
    let inner = block.inner(area);
    let (width, height) = (usize::from(inner.width).max(1), usize::from(inner.height));
    let mut rows: Vec<String> = Vec::new();
    // No more lines are looked at than have room.
    for line in run.log.iter().rev() {
        if rows.len() >= height {
            break;
        }
        let chars: Vec<char> = line.chars().collect();
        rows.extend(chars.chunks(width).rev().map(|chunk| chunk.iter().collect::<String>()));
    }
    rows.truncate(height);
    let lines: Vec<Line<'_>> = rows.into_iter().rev().map(Line::from).collect();
    frame.render_widget(block, area);
    frame.render_widget(Paragraph::new(lines), inner);
}

/// The keys, or that the run is about to end.
pub(super) fn footer(frame: &mut Frame<'_>, area: Rect, run: &Run, look: Look) {
    if run.is_ending {
        let text = "ending after this step; Ctrl-C again ends the program";
        frame.render_widget(Line::from(text).fg(Color::Yellow), area);
        return;
    }
    let number = View::ALL.iter().position(|&view| view == look.view).map_or(0, |idx| idx + 1);
    let view = format!("{number}/{} {}", View::ALL.len(), look.view.name());
    let columns = [Constraint::Fill(1), Constraint::Length(view.len() as u16)];
    let [left, right] = Layout::horizontal(columns).areas(area);
    frame.render_widget(Line::from("q end   Tab view   ? help").dim(), left);
    frame.render_widget(Line::from(view).dim(), right);
}

const HELP: [&str; 7] = [
    "q, Esc, Ctrl-C  end the run, saved",
    "Ctrl-C again    end at once",
    "Tab, 1 to 6     other views",
    "l               log scale of losses",
    "r               draw everything anew",
    "?               this help",
    "any key         close it",
];

/// What the keys do, above everything else.
pub(super) fn help(frame: &mut Frame<'_>, area: Rect) {
    let width = 2 + HELP.iter().map(|line| line.len()).max().unwrap_or(0) as u16;
    let [area] = Layout::horizontal([Constraint::Max(width)]).flex(ratatui::layout::Flex::Center).areas(area);
    let [area] = Layout::vertical([Constraint::Max(2 + HELP.len() as u16)])
        .flex(ratatui::layout::Flex::Center)
        .areas(area);
    frame.render_widget(Clear, area);
    let lines: Vec<Line<'_>> = HELP.map(Line::from).to_vec();
    frame.render_widget(Paragraph::new(lines).block(Block::bordered().title(title("keys"))), area);
}
