//! Curves over steps.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style, Stylize};
use ratatui::symbols::Marker;
use ratatui::text::Span;
use ratatui::widgets::{Axis, Block, Chart, Dataset, GraphType, Paragraph};

use super::title;
use crate::train::short;

/// A curve, and how it is called.
pub(super) struct Line<'a> {
    /// Empty for curves that the title explains.
    pub(super) name: &'a str,
    pub(super) color: Color,
    /// The value that stands in the legend.
    pub(super) last: Option<f64>,
    pub(super) points: Vec<(f64, f64)>,
}

/// How values are placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    Linear,
    /// By their logarithms to base 10; what is not positive is left out.
    Log,
}

impl Scale {
    fn place(self, y: f64) -> Option<f64> {
        match self {
            Scale::Linear => Some(y),
            Scale::Log => (y > 0.0).then(|| y.log10()),
        }
    }

    fn value(self, place: f64) -> f64 {
        match self {
            Scale::Linear => place,
            Scale::Log => 10f64.powf(place),
        }
    }
}

/// A chart whose legend stands in its border, where it hides no curve.
pub(super) fn chart(
    frame: &mut Frame<'_>,
    area: Rect,
    name: &str,
    lines: &[Line<'_>],
    scale: Scale,
    step: u64,
) {
    let block = framed(name, lines, scale, area.width);
    let placed: Vec<Vec<(f64, f64)>> = lines
        .iter()
        .map(|line| line.points.iter().filter_map(|&(x, y)| Some((x, scale.place(y)?))).collect())
        .collect();
    let Some(bounds) = bounds(placed.iter().flatten().map(|point| point.1)) else {
        frame.render_widget(Paragraph::new("no values yet").dim().centered().block(block), area);
        return;
    };
    let datasets = placed.iter().zip(lines).map(|(points, line)| {
        Dataset::default()
            .marker(Marker::Braille)
            .graph_type(GraphType::Line)
            .style(Style::new().fg(line.color))
            .data(points)
    });
    let labels =
        |values: [f64; 3], text: fn(f64) -> String| values.map(|value| Span::from(text(value)).dim());
    let last = step.max(1) as f64;
    let x_axis = Axis::default()
        .bounds([0.0, last])
        .labels(labels([0.0, (last / 2.0).round(), last], |step| step.to_string()));
    let [low, high] = bounds;
    let y_axis = Axis::default()
        .bounds(bounds)
        .labels(labels([low, (low + high) / 2.0, high].map(|place| scale.value(place)), short));
    let chart =
        Chart::new(datasets.collect()).block(block).x_axis(x_axis).y_axis(y_axis).legend_position(None);
    frame.render_widget(chart, area);
}

/// A border with the title and the legend; without values where they have no room.
fn framed<'a>(name: &'a str, lines: &[Line<'a>], scale: Scale, width: u16) -> Block<'a> {
    let heading = |has_values: bool| {
        let mut heading = title(name);
        if scale == Scale::Log {
            heading.push_span("(log) ");
        }
        for Line { name, color, last, .. } in lines {
            let Some(last) = last else { continue };
            let value =
                if has_values || name.is_empty() { format!("{} ", short(*last)) } else { String::new() };
            let name = if name.is_empty() { String::new() } else { format!("● {name} ") };
            heading.push_span(Span::from(name + &value).fg(*color));
        }
        heading
    };
    let full = heading(true);
    let fits = full.width() + 2 <= usize::from(width);
    Block::bordered().border_style(Style::new().dim()).title(if fits { full } else { heading(false) })
}

/// The smallest and the largest of the values, with some room around a single one.
fn bounds(values: impl Iterator<Item = f64>) -> Option<[f64; 2]> {
    let finite = values.filter(|value| value.is_finite());
    let (low, high) = finite
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return None;
    }
    let room = if high > low { 0.0 } else { (0.1 * high.abs()).max(f64::MIN_POSITIVE.sqrt()) };
    Some([low - room, high + room])
}
