//! Errors of a user's model: collected stage by stage, then emitted as `compile_error!`s.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

/// One mistake.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// The token to edit.
    pub span: Span,
    /// What is wrong, with the actual values.
    pub message: String,
    /// Where the values come from.
    pub notes: Vec<String>,
    /// The edit that mends it.
    pub help: Option<String>,
}

/// An error has been reported; there is nothing to add.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported;

impl Diagnostic {
    /// A mistake at this token.
    pub fn new(span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { span, message: message.into(), notes: Vec::new(), help: None }
    }

    /// Adds where a value comes from.
    pub fn note(mut self, note: impl Into<String>) -> Diagnostic {
        self.notes.push(note.into());
        self
    }

    /// Adds the edit that mends it.
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// The whole text. Lines after the first are aligned below the message, as rustc prints them.
    pub fn text(&self) -> String {
        let mut text = self.message.clone();
        for note in &self.notes {
            text.push_str(&format!("\nnote: {note}"));
        }
        if let Some(help) = &self.help {
            text.push_str(&format!("\nhelp: {help}"));
        }
        text.replace('\n', "\n       ")
    }

    /// `compile_error!("…")` at the span.
    pub fn to_tokens(&self) -> TokenStream {
        let text = self.text();
        quote_spanned!(self.span=> ::core::compile_error! { #text })
    }
}

/// The mistakes found so far.
#[derive(Default, Debug)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Reports a mistake. The same text at the same place counts once: a function is lowered for training and for
    /// inference.
    pub fn report(&mut self, diagnostic: Diagnostic) -> Reported {
        let place = |span: Span| (span.start().line, span.start().column);
        let known = self
            .found
            .iter()
            .any(|other| other.message == diagnostic.message && place(other.span) == place(diagnostic.span));
        if !known {
            self.found.push(diagnostic);
        }
        Reported
    }

    /// Reports what syn could not parse.
    pub fn report_syntax(&mut self, error: syn::Error) -> Reported {
        for part in error {
            self.report(Diagnostic::new(part.span(), part.to_string()));
        }
        Reported
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The mistakes, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.found.iter()
    }

    /// All mistakes as `compile_error!`s.
    pub fn to_tokens(&self) -> TokenStream {
        self.found.iter().map(Diagnostic::to_tokens).collect()
    }
}

/// The known name nearest to `name`, if it is near enough to be meant.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (edit_distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance, with the swap of neighbours as one edit.
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let swap = if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    rows[i - 2][j - 2] + 1
                } else {
                    usize::MAX
                };
                replace.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(swap)
            };
        }
    }
    rows[a.len()][b.len()]
}

/// "`a`, `b` and `c`".
pub fn list_names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => "none".to_string(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_are_near() {
        assert_eq!(nearest("conv3", ["conv1", "conv2", "fc1"]), Some("conv1"));
        assert_eq!(nearest("rleu", ["relu", "gelu"]), Some("relu"));
        assert_eq!(nearest("attention", ["relu", "gelu"]), None);
    }

    #[test]
    fn lists_read_like_english() {
        assert_eq!(list_names([]), "none");
        assert_eq!(list_names(["a"]), "`a`");
        assert_eq!(list_names(["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
