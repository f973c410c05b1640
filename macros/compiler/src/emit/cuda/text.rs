//! Pieces of the text of kernels.

use crate::ops::reduce::ReduceKind;

/// Indented lines.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) text: String,
}

impl Lines {
    pub(super) fn push(&mut self, depth: usize, line: String) {
        self.text.push_str(&"    ".repeat(depth));
        self.text.push_str(&line);
        self.text.push('\n');
    }
}

/// Sizes of merged axes are parameters. Their names have no underscore before the number, as all names of values have.
pub(super) fn size_name(axis: usize) -> String {
    format!("size{axis}")
}

/// Sizes used as numbers are parameters.
pub(super) fn number_name(index: usize) -> String {
    format!("number{index}")
}

/// The product of the sizes of merged axes.
pub(super) fn product(axes: &[usize]) -> String {
    let sizes: Vec<String> = axes.iter().map(|&axis| size_name(axis)).collect();
    if sizes.is_empty() { "1".to_string() } else { sizes.join(" * ") }
}

/// What combines elements, in the headers.
pub(super) fn reduction_name(kind: ReduceKind) -> &'static str {
    match kind {
        ReduceKind::Sum => "Sum",
        ReduceKind::Prod => "Product",
        ReduceKind::Max => "Max",
        ReduceKind::Min => "Min",
    }
}

/// The text with underscores for what no identifier holds.
pub(super) fn identifier(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}
