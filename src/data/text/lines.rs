//! Lines of a label and a text.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::data::idx::bad_file;

/// Texts with labels: lines of a label, a tab and a text. The classes are the labels, sorted.
///
/// ```
/// use macrograd::data::text::{LabelledLines, Letters, padded};
/// use macrograd::data::Loader;
///
/// let lines = LabelledLines::parse("good\tI like it\nbad\tI do not\ngood\twell done\n")?;
/// let letters = Letters::of(&lines.texts().concat());
/// // Samples of letters, their count and the class.
/// let samples = lines.samples(|text| Ok(padded::<12, u32>(&letters.encode(text)?, 0)))?;
/// let samples: Vec<([u32; 12], u32, u32)> = samples.into_iter().map(|((text, len), label)| (text, len, label)).collect();
/// assert_eq!((samples[1].1, samples[1].2), (8, 0));
/// assert_eq!(Loader::new(samples, 2).num_batches(), 2);
/// # Ok::<(), macrograd::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LabelledLines {
    path: PathBuf,
    texts: Vec<String>,
    labels: Vec<u32>,
    /// In which line each text is, counted from 1.
    lines: Vec<usize>,
    classes: Vec<String>,
}

impl LabelledLines {
    /// Reads a file in UTF-8. Blank lines are passed over; tabs after the first belong to the text.
    ///
    /// # Errors
    /// As for [`text::read`](super::read), and [`Error::BadFile`], with the line, for a line without a tab, a label or a
    /// text.
    pub fn open(path: impl AsRef<Path>) -> Result<LabelledLines, Error> {
        let path = path.as_ref();
        parse(&super::read(path)?, path)
    }

    /// Reads a text in the same form.
    ///
    /// # Errors
    /// [`Error::BadFile`], as for [`open`](LabelledLines::open).
    pub fn parse(text: &str) -> Result<LabelledLines, Error> {
        parse(text, Path::new("lines"))
    }

    /// Number of lines with a text.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are none, which never happens: it is an error.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The texts, without white space around them.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The class of each text.
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// Names of the classes, in the order of their numbers.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// What `encode` makes of each text, with its class.
    ///
    /// # Errors
    /// The first error of `encode`, with the file and the line.
    pub fn samples<F>(&self, encode: impl Fn(&str) -> Result<F, Error>) -> Result<Vec<(F, u32)>, Error> {
        let sample = |place: usize| match encode(&self.texts[place]) {
            Ok(encoded) => Ok((encoded, self.labels[place])),
            Err(error) => Err(bad_file(&self.path, format!("line {}: {error}", self.lines[place]))),
        };
        (0..self.len()).map(sample).collect()
    }
}

fn parse(text: &str, path: &Path) -> Result<LabelledLines, Error> {
    let (mut texts, mut names, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    for (line, content) in text.lines().enumerate().filter(|(_, content)| !content.trim().is_empty()) {
        let wrong = |problem: &str| Err(bad_file(path, format!("line {}: {problem}", line + 1)));
        let Some((name, text)) = content.split_once('\t') else {
            return wrong("there is no tab; write a label, a tab and a text");
        };
        let (name, text) = (name.trim(), text.trim());
        if name.is_empty() || text.is_empty() {
            let (missing, side) = if name.is_empty() { ("label", "before") } else { ("text", "after") };
            return wrong(&format!("there is no {missing} {side} the tab; write one, or remove the line"));
        }
        texts.push(text.to_owned());
        names.push(name);
        lines.push(line + 1);
    }
    if texts.is_empty() {
        return Err(bad_file(path, "it has no lines; write a label, a tab and a text in each".to_owned()));
    }
    let classes: Vec<&str> = names.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let label = |name: &&str| classes.binary_search(name).expect("classes are made of these names") as u32;
    let labels = names.iter().map(label).collect();
    let classes = classes.into_iter().map(str::to_owned).collect();
    Ok(LabelledLines { path: path.to_owned(), texts, labels, lines, classes })
}
