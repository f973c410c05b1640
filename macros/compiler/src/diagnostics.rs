//! Errors and warnings of a user's model: collected stage by stage, then emitted as `compile_error!`s and as uses of
//! deprecated items.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

/// Tokens that rustc underlines: stable Rust cannot join their spans, but shows all from the first to the last.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The first token.
    pub start: Span,
    /// The last token.
    pub end: Span,
}

impl Place {
    /// All tokens of a piece of syntax.
    pub fn of(syntax: &impl ToTokens) -> Place {
        let mut tokens = syntax.to_token_stream().into_iter().map(|token| token.span());
        let start = tokens.next().unwrap_or_else(Span::call_site);
        Place { start, end: tokens.last().unwrap_or(start) }
    }

    /// These lines and columns, as if the user had written them beside `root`: otherwise rustc adds a note for every
    /// macro through which the tokens came.
    fn resolved_at(self, root: Span) -> Place {
        Place { start: self.start.resolved_at(root), end: self.end.resolved_at(root) }
    }
}

impl From<Span> for Place {
    fn from(span: Span) -> Place {
        Place { start: span, end: span }
    }
}

/// One mistake.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// The tokens to edit.
    pub place: Place,
    /// What is wrong, with the actual values.
    pub message: String,
    /// Where the values come from.
    pub notes: Vec<String>,
    /// The edit that mends it.
    pub help: Option<String>,
    /// Whether the mistake is in values that were given elsewhere: the expression itself may be right.
    pub is_about_values: bool,
}

/// An error has been reported; there is nothing to add.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported;

impl Diagnostic {
    /// A mistake at these tokens.
    pub fn new(place: impl Into<Place>, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            place: place.into(),
            message: message.into(),
            notes: Vec::new(),
            help: None,
            is_about_values: false,
        }
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

    /// The whole text. rustc aligns the lines after the first below the message.
    pub fn text(&self) -> String {
        let mut text = self.message.clone();
        for note in &self.notes {
            text.push_str(&format!("\nnote: {note}"));
        }
        if let Some(help) = &self.help {
            text.push_str(&format!("\nhelp: {help}"));
        }
        text
    }

    /// Whether it is the same text at the same place.
    fn is_same(&self, other: &Diagnostic) -> bool {
        let start = |diagnostic: &Diagnostic| {
            let start = diagnostic.place.start;
            (start.start().line, start.start().column, start.file())
        };
        self.message == other.message && start(self) == start(other)
    }

    /// `compile_error! { "…" }`, from the first token of the place to its last.
    pub fn to_tokens(&self) -> TokenStream {
        let text = self.text();
        let text = quote_spanned!(self.place.end=> { #text });
        let start = quote_spanned!(self.place.start=> ::core::compile_error!);
        quote!(#start #text)
    }

    /// A warning, as far as stable Rust has any: at the place an item is used that is deprecated with this text. It is a
    /// macro, because of these rustc shows the path as it is written: `macrograd::log_of_softmax`.
    ///
    /// ```text
    /// const _: () = {
    ///     mod macrograd {
    ///         #[deprecated(note = "…")]
    ///         macro_rules! log_of_softmax { () => {}; }
    ///         #[allow(deprecated)]
    ///         pub(super) use log_of_softmax;
    ///     }
    ///     macrograd::log_of_softmax! {}
    /// };
    /// ```
    pub fn to_warning(&self, lint: &str) -> TokenStream {
        let text = format!(
            "{}\nnote: `#[model(allow({lint}))]` on the function or the model allows it",
            self.text()
        );
        let span = self.place.start;
        let item = Ident::new(lint, span);
        quote_spanned! {span=>
            const _: () = {
                mod macrograd {
                    #[deprecated(note = #text)]
                    macro_rules! #item { () => {}; }
                    #[allow(deprecated)]
                    pub(super) use #item;
                }
                macrograd::#item! {}
            };
        }
    }
}

/// The mistakes found so far.
#[derive(Clone, Default, Debug)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
    /// Names of lints and what they have found.
    warnings: Vec<(&'static str, Diagnostic)>,
    /// Where the user's tokens resolve, once they came through macros.
    root: Option<Span>,
}

impl Diagnostics {
    /// From now on tokens are shown as if they stood beside this one, see [`Place`].
    pub fn set_root(&mut self, root: Span) {
        self.root = Some(root);
    }

    /// Reports a mistake. The same text at the same place counts once: a function is lowered for training and for
    /// inference.
    pub fn report(&mut self, diagnostic: Diagnostic) -> Reported {
        if !self.found.iter().any(|other| other.is_same(&diagnostic)) {
            let diagnostic = self.resolved(diagnostic);
            self.found.push(diagnostic);
        }
        Reported
    }

    /// Warns of what a lint has found, once for each place.
    pub fn warn(&mut self, lint: &'static str, diagnostic: Diagnostic) {
        if !self.warnings.iter().any(|(_, other)| other.is_same(&diagnostic)) {
            let diagnostic = self.resolved(diagnostic);
            self.warnings.push((lint, diagnostic));
        }
    }

    fn resolved(&self, diagnostic: Diagnostic) -> Diagnostic {
        let place = self.root.map_or(diagnostic.place, |root| diagnostic.place.resolved_at(root));
        Diagnostic { place, ..diagnostic }
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

    /// Names of lints and what they have found, in order.
    pub fn warnings(&self) -> impl Iterator<Item = (&'static str, &Diagnostic)> {
        self.warnings.iter().map(|(lint, diagnostic)| (*lint, diagnostic))
    }

    /// All mistakes as `compile_error!`s; if there are none, the warnings.
    pub fn to_tokens(&self) -> TokenStream {
        if self.found.is_empty() {
            return self.warnings.iter().map(|(lint, diagnostic)| diagnostic.to_warning(lint)).collect();
        }
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
        // Of equally near ones the last: what is missing after `conv1` and `conv2` is nearest to `conv2`.
        .reduce(|best, other| if other.0 <= best.0 { other } else { best })
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

/// "1 axis", "2 axes".
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// "in line 12", with the file if it is another than that of a token beside which this is said.
pub fn in_line(span: Span, beside: Span) -> String {
    let line = span.start().line;
    if span.file() == beside.file() {
        format!("in line {line}")
    } else {
        format!("in line {line} of {}", span.file())
    }
}

/// Tokens as a person would write them.
pub fn source_text(syntax: &impl ToTokens) -> String {
    let mut text = syntax.to_token_stream().to_string();
    for (spaced, tight) in [
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (" ,", ","),
        (" . ", "."),
        (" :: ", "::"),
        ("{ ", "{"),
        (" }", "}"),
    ] {
        text = text.replace(spaced, tight);
    }
    text
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
        assert_eq!(nearest("conv3", ["conv1", "conv2", "fc1"]), Some("conv2"));
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
