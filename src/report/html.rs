//! A page that shows a run: one file, which any browser opens, now and in ten years.

mod chart;
mod matrix;
mod picture;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use crate::Error;
use crate::metrics::ConfusionMatrix;
use crate::replace::replace;
use crate::train::History;
pub use picture::{Mistake, Picture};

/// A report of a run as one HTML file: curves, a confusion matrix, pictures of the worst mistakes, tables and texts. It
/// loads nothing from elsewhere, and its drawings are part of it.
///
/// ```no_run
/// use macrograd::report::HtmlReport;
/// use macrograd::train::History;
///
/// fn report(history: &History, settings: &str) -> Result<(), macrograd::Error> {
///     HtmlReport::new("LeNet on Fashion-MNIST").history(history).text("Settings", settings).write("run/report.html")
/// }
/// ```
#[derive(Clone, Debug)]
pub struct HtmlReport {
    title: String,
    body: String,
}

impl HtmlReport {
    /// An empty page.
    pub fn new(title: impl Into<String>) -> Self {
        HtmlReport { title: title.into(), body: String::new() }
    }

    /// The curves of a run, a chart for each value with that of its `val_` twin, and the last epochs as a table.
    #[must_use]
    pub fn history(mut self, history: &History) -> Self {
        let mut charts = String::new();
        let mut details = String::new();
        for name in history.names() {
            let twin = format!("val_{name}");
            let is_twin = name.strip_prefix("val_").is_some_and(|plain| history.names().contains(&plain));
            if is_twin {
                continue;
            }
            let series = [name, &twin].map(|name| chart::Series::of(history, name));
            let chart = chart::chart(name, &series);
            // Norms of single tensors are many.
            if name.contains('/') { details.push_str(&chart) } else { charts.push_str(&chart) }
        }
        self.section("Curves", &format!("<div class=\"charts\">{charts}</div>"));
        if !details.is_empty() {
            let block = format!(
                "<details><summary>by tensor</summary><div class=\"charts\">{details}</div></details>"
            );
            self.body.push_str(&block);
        }
        self.section("Epochs", &epochs(history));
        self
    }

    /// A confusion matrix, its cells as dark as their share of the class.
    #[must_use]
    pub fn confusion(mut self, confusion: &ConfusionMatrix) -> Self {
        self.section("Confusion matrix", &matrix::matrix(confusion));
        self
    }

    /// Samples that the model gets wrong, the worst first.
    #[must_use]
    pub fn mistakes(mut self, mistakes: &[Mistake]) -> Self {
        let figures: String = mistakes.iter().map(Mistake::to_html).collect();
        self.section("Worst mistakes", &format!("<div class=\"mistakes\">{figures}</div>"));
        self
    }

    /// A text as it is, in letters of one width: settings, a table of layers.
    #[must_use]
    pub fn text(mut self, heading: &str, text: &str) -> Self {
        self.section(heading, &format!("<pre>{}</pre>", escaped(text)));
        self
    }

    fn section(&mut self, heading: &str, content: &str) {
        write!(self.body, "<h2>{}</h2>\n{content}\n", escaped(heading)).expect("a String takes any text");
    }

    /// The whole page.
    pub fn to_html(&self) -> String {
        let title = escaped(&self.title);
        format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
             <style>{STYLE}</style></head>\n<body><h1>{title}</h1>\n{}</body></html>\n",
            self.body
        )
    }

    /// Writes the page. Replaces a file at once or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        replace(path.as_ref(), |out| out.write_all(self.to_html().as_bytes()))
    }
}

/// Most epochs in the table: the curves show all.
const MAX_ROWS: usize = 30;

fn epochs(history: &History) -> String {
    let names: Vec<&str> = history.names().into_iter().filter(|name| !name.contains('/')).collect();
    let head: String = ["epoch", "step"]
        .iter()
        .chain(&names)
        .map(|name| format!("<th>{}</th>", escaped(name)))
        .chain(["<th>seconds</th>".to_owned()])
        .collect();
    let first = history.epochs.len().saturating_sub(MAX_ROWS);
    let mut rows = String::new();
    for record in &history.epochs[first..] {
        write!(rows, "<tr><td>{}</td><td>{}</td>", record.epoch, record.step)
            .expect("a String takes any text");
        for name in &names {
            let value = record.value(name).map_or(String::new(), number);
            write!(rows, "<td>{value}</td>").expect("a String takes any text");
        }
        writeln!(rows, "<td>{:.2}</td></tr>", record.seconds).expect("a String takes any text");
    }
    let note = if first > 0 { format!("<p>The last {MAX_ROWS} epochs.</p>") } else { String::new() };
    format!("{note}<div class=\"wide\"><table><tr>{head}</tr>\n{rows}</table></div>")
}

/// A number with four digits.
fn number(value: f64) -> String {
    crate::train::short(value)
}

/// A text in which nothing is markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Light on dark where the reader's system asks for it. Colours are those of Okabe and Ito, which people with any kind of
/// sight tell apart.
const STYLE: &str = "
:root { --ink: #222; --soft: #888; --line: #ddd; --paper: #fff; --a: #0072b2; --b: #d55e00; --cell: 0, 114, 178; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ddd; --soft: #999; --line: #444; --paper: #181818; --a: #56b4e9; --b: #e69f00; --cell: 86, 180, 233; }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
pre { font-size: 13px; overflow-x: auto; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 1rem; }
.wide { overflow-x: auto; }
svg { width: 100%; height: auto; } svg text { fill: var(--ink); font: 11px system-ui, sans-serif; }
svg .grid { stroke: var(--line); } svg .a { stroke: var(--a); fill: none; } svg .b { stroke: var(--b); fill: none; }
svg circle.a { fill: var(--a); stroke: none; } svg circle.b { fill: var(--b); stroke: none; }
svg text.a { fill: var(--a); } svg text.b { fill: var(--b); } svg text.title { font-weight: 600; font-size: 13px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .15rem .6rem; text-align: right; } th { font-weight: 600; border-bottom: 1px solid var(--line); }
.matrix td { text-align: center; min-width: 2.2rem; } .matrix th { border: 0; }
.mistakes { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; width: 8rem; font-size: 12px; line-height: 1.3; }
figure img { width: 100%; image-rendering: pixelated; border: 1px solid var(--line); }
figcaption b { color: var(--b); }
";
