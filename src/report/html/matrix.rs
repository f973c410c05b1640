//! A confusion matrix as a table.

use std::fmt::Write as _;

use super::escaped;
use crate::metrics::ConfusionMatrix;

/// Rows are classes, columns predictions.
pub(super) fn matrix(confusion: &ConfusionMatrix) -> String {
    let names: Vec<String> = confusion.names().iter().map(|name| escaped(name)).collect();
    let head: String = names.iter().map(|name| format!("<th>{name}</th>")).collect();
    let mut table =
        format!("<div class=\"wide\"><table class=\"matrix\"><tr><th>label \\ predicted</th>{head}</tr>\n");
    for ((name, counts), shares) in names.iter().zip(confusion.rows()).zip(confusion.normalised()) {
        write!(table, "<tr><th>{name}</th>").expect("a String takes any text");
        for (count, share) in counts.iter().zip(shares) {
            // Half covered at most, so that the number can be read on any ground.
            let alpha = 0.6 * share;
            let percent = 100.0 * share;
            write!(
                table,
                "<td style=\"background: rgba(var(--cell), {alpha:.3})\" title=\"{percent:.1} %\">{count}</td>"
            )
            .expect("a String takes any text");
        }
        table.push_str("</tr>\n");
    }
    table.push_str("</table></div>");
    table
}
