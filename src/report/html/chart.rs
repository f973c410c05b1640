//! Curves over the epochs, as drawings in the page.

use std::fmt::Write as _;

use super::{escaped, number};
use crate::train::History;

/// The values of one name.
pub(super) struct Series {
    name: String,
    /// Epochs and values, without those that are not finite.
    points: Vec<(f64, f64)>,
}

impl Series {
    pub(super) fn of(history: &History, name: &str) -> Series {
        let points =
            history.epochs.iter().filter_map(|record| Some((record.epoch as f64, record.value(name)?)));
        Series { name: name.to_owned(), points: points.filter(|(_, value)| value.is_finite()).collect() }
    }
}

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 24.0;
/// Most points that get a mark of their own.
const MAX_MARKS: usize = 60;

/// A chart of one value, perhaps with its twin on validation data.
pub(super) fn chart(title: &str, series: &[Series; 2]) -> String {
    let all = || series.iter().flat_map(|one| &one.points);
    let title = escaped(title);
    let head = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">\n\
         <text class=\"title\" x=\"{LEFT}\" y=\"14\">{title}</text>\n"
    );
    let Some(x) = Axis::of(all().map(|point| point.0), LEFT, WIDTH - RIGHT) else {
        return format!("{head}<text x=\"{LEFT}\" y=\"40\">no finite value</text></svg>\n");
    };
    let y = Axis::of(all().map(|point| point.1), HEIGHT - BOTTOM, TOP)
        .expect("there are as many values as epochs");
    let mut svg = head;
    for tick in y.ticks() {
        let at = y.place(tick);
        writeln!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            at + 4.0,
            shown(tick)
        )
        .expect("a String takes any text");
    }
    for tick in x.ticks().into_iter().filter(|tick| tick.fract() == 0.0) {
        let (at, below) = (x.place(tick), HEIGHT - 8.0);
        writeln!(svg, "<text x=\"{at:.1}\" y=\"{below}\" text-anchor=\"middle\">{tick}</text>")
            .expect("a String takes any text");
    }
    let shown_series = || series.iter().zip(["a", "b"]).filter(|(one, _)| !one.points.is_empty());
    let is_alone = shown_series().count() == 1;
    for (place, (one, class)) in shown_series().enumerate() {
        svg.push_str(&curve(one, class, &x, &y));
        if is_alone {
            continue;
        }
        let at = LEFT + 90.0 * place as f64;
        writeln!(svg, "<text class=\"{class}\" x=\"{at}\" y=\"28\">{}</text>", escaped(&one.name))
            .expect("a String takes any text");
    }
    svg.push_str("</svg>\n");
    svg
}

/// A line through all points, and marks that say their values.
fn curve(series: &Series, class: &str, x: &Axis, y: &Axis) -> String {
    let place = |&(epoch, value): &(f64, f64)| (x.place(epoch), y.place(value));
    let path: Vec<String> = series.points.iter().map(place).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let mut svg =
        format!("<polyline class=\"{class}\" stroke-width=\"1.5\" points=\"{}\"/>\n", path.join(" "));
    if series.points.len() <= MAX_MARKS {
        for point in &series.points {
            let (cx, cy) = place(point);
            let text = format!("{}: epoch {}: {}", escaped(&series.name), point.0, number(point.1));
            writeln!(svg, "<circle class=\"{class}\" cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"2.5\"><title>{text}</title></circle>")
                .expect("a String takes any text");
        }
    }
    svg
}

/// A range of values, and where its ends are drawn.
struct Axis {
    low: f64,
    high: f64,
    start: f64,
    end: f64,
}

impl Axis {
    /// Around all values, if there are any.
    fn of(values: impl Iterator<Item = f64>, start: f64, end: f64) -> Option<Axis> {
        let (low, high) = values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            return None;
        }
        // Equal values need some room, too.
        let room = if low == high { low.abs().max(1.0) * 0.5 } else { 0.0 };
        Some(Axis { low: low - room, high: high + room, start, end })
    }

    fn place(&self, value: f64) -> f64 {
        self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)
    }

    /// Some five round numbers in the range.
    fn ticks(&self) -> Vec<f64> {
        let rough = (self.high - self.low) / 5.0;
        let power = 10.0_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|one| one * power).find(|&step| step >= rough);
        let step = step.unwrap_or(10.0 * power);
        let first = (self.low / step).ceil() as i64;
        let last = (self.high / step).floor() as i64;
        (first..=last.min(first + 12)).map(|index| index as f64 * step).collect()
    }
}

/// A round number, without the digits that only rounding has.
fn shown(tick: f64) -> String {
    let text = format!("{tick:.4}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    match tick {
        0.0 => "0".to_owned(),
        _ if tick.abs() < 1e-3 || tick.abs() >= 1e5 => format!("{tick:.1e}").replace(".0e", "e"),
        _ => short.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(low: f64, high: f64) -> Vec<String> {
        let axis = Axis::of([low, high].into_iter(), 0.0, 1.0).unwrap();
        axis.ticks().into_iter().map(shown).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(ticks(0.0, 1.0), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(ticks(0.13, 2.4), ["0.5", "1", "1.5", "2"]);
        assert_eq!(ticks(1.0, 20.0), ["5", "10", "15", "20"]);
        assert_eq!(ticks(0.5, 0.5), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(ticks(0.0, 2e-4), ["0", "5e-5", "1e-4", "1.5e-4", "2e-4"]);
        assert!(Axis::of(std::iter::empty(), 0.0, 1.0).is_none());
    }
}
