//! Text with separated fields, after RFC 4180: fields in quotes hold separators, line breaks and doubled quotes.
//!
//! Written here, not taken from a crate, for what it says about broken files: where a quote was opened that nobody closed,
//! and in which line, as an editor counts them, a row has too many fields.

use std::borrow::Cow;

/// What is wrong in which line.
pub(super) struct Broken {
    pub(super) line: usize,
    pub(super) problem: String,
}

/// The rows of a text, one after the other.
pub(super) struct Rows<'t> {
    text: &'t str,
    at: usize,
    /// Of `at`, counted from 1.
    line: usize,
    separator: u8,
}

impl<'t> Rows<'t> {
    /// `separator` is ASCII, and neither a quote nor a line break.
    pub(super) fn new(text: &'t str, separator: u8) -> Self {
        Rows { text, at: 0, line: 1, separator }
    }

    /// Puts the fields of the next row into `fields` and returns the line in which it starts; None after the last row.
    /// Blank lines are passed over.
    pub(super) fn next(&mut self, fields: &mut Vec<Cow<'t, str>>) -> Result<Option<usize>, Broken> {
        fields.clear();
        self.skip_blank_lines();
        if self.at == self.text.len() {
            return Ok(None);
        }
        let start = self.line;
        loop {
            let field = if self.peek() == Some(b'"') { self.quoted()? } else { Cow::Borrowed(self.plain()) };
            fields.push(field);
            if self.peek() == Some(self.separator) {
                self.at += 1;
            } else {
                self.end_line();
                return Ok(Some(start));
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blank_lines(&mut self) {
        while self.at < self.text.len() {
            let rest = &self.text[self.at..];
            let line = &rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())];
            // Tabs are white space, but empty fields where they separate.
            if !line.trim().is_empty() || line.as_bytes().contains(&self.separator) {
                return;
            }
            self.at += line.len();
            self.end_line();
        }
    }

    /// Passes a line break, if there is one: `\n`, `\r\n` or `\r`.
    fn end_line(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        let bytes = match rest {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => return,
        };
        self.at += bytes;
        self.line += 1;
    }

    /// A field up to a separator or the end of the line.
    fn plain(&mut self) -> &'t str {
        let rest = &self.text[self.at..];
        let is_end = |&byte: &u8| byte == self.separator || byte == b'\n' || byte == b'\r';
        let length = rest.as_bytes().iter().position(is_end).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// A field in quotes, without them.
    fn quoted(&mut self) -> Result<Cow<'t, str>, Broken> {
        let opened = self.line;
        self.at += 1;
        let mut field = Cow::Borrowed("");
        loop {
            let rest = &self.text[self.at..];
            let Some(length) = rest.find(['"', '\n', '\r']) else {
                let problem = "a quote that is opened here is never closed; close it, or double it where it belongs to \
                               the text"
                    .to_owned();
                return Err(Broken { line: opened, problem });
            };
            append(&mut field, &rest[..length]);
            self.at += length;
            if self.peek() != Some(b'"') {
                let start = self.at;
                self.end_line();
                append(&mut field, &self.text[start..self.at]);
            } else if self.text.as_bytes().get(self.at + 1) == Some(&b'"') {
                append(&mut field, "\"");
                self.at += 2;
            } else {
                self.at += 1;
                break;
            }
        }
        let after = self.plain();
        if after.trim().is_empty() {
            return Ok(field);
        }
        let problem = format!(
            "`{}` follows a closing quote; double quotes that belong to the text, or put the whole field in quotes",
            super::shortened(after)
        );
        Err(Broken { line: self.line, problem })
    }
}

/// Borrows for as long as there is one piece only.
fn append<'t>(field: &mut Cow<'t, str>, piece: &'t str) {
    if field.is_empty() {
        *field = Cow::Borrowed(piece);
    } else if !piece.is_empty() {
        field.to_mut().push_str(piece);
    }
}

/// What most likely separates the fields of a text: of the usual characters, the most frequent one in the first line that
/// is not blank, outside of quotes.
pub(super) fn separator_of(text: &str) -> u8 {
    const USUAL: [u8; 4] = [b',', b';', b'\t', b'|'];
    let mut counts = [0; USUAL.len()];
    let mut in_quotes = false;
    for byte in text.trim_start().bytes() {
        match byte {
            b'"' => in_quotes = !in_quotes,
            b'\n' | b'\r' if !in_quotes => break,
            _ => {
                if let Some(place) = USUAL.iter().position(|&usual| usual == byte && !in_quotes) {
                    counts[place] += 1;
                }
            }
        }
    }
    // The first of equal ones, which is the comma for a single column.
    let most = counts.iter().copied().max().unwrap_or(0);
    USUAL[counts.iter().position(|&count| count == most).unwrap_or(0)]
}
