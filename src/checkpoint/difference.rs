//! How the tensors of a file differ from those of a model.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;

use macrograd_runtime::state::TensorInfo;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::{is_ignored, is_loadable};
use crate::Error;

/// Most tensors that a message lists of each kind; a file of another model would fill the screen.
const MAX_LISTED: usize = 12;

/// A tensor that a file must hold.
pub(super) struct Wanted {
    name: String,
    shape: Vec<usize>,
}

impl Wanted {
    /// A tensor of a layout, its name below a prefix.
    pub(super) fn of(info: &TensorInfo, prefix: &str) -> Wanted {
        Wanted { name: format!("{prefix}{}", info.name), shape: info.shape.to_vec() }
    }

    /// A list of numbers under a name, as many as the file has.
    pub(super) fn list(name: String, file: &SafeTensors<'_>) -> Wanted {
        let len = file.tensor(&name).map_or(0, |tensor| tensor.shape().iter().product());
        Wanted { name, shape: vec![len] }
    }

    fn fits(&self, tensor: &TensorView<'_>) -> bool {
        tensor.shape() == self.shape && is_loadable(tensor.dtype())
    }
}

/// All that keeps a file from being loaded.
pub(super) struct Difference<'a> {
    /// In the model alone.
    missing: Vec<&'a Wanted>,
    /// In the file alone, sorted by name.
    unexpected: Vec<(String, Vec<usize>)>,
    /// In both, but of another shape or of an element type that cannot be loaded.
    unfit: Vec<(&'a Wanted, Vec<usize>, Dtype)>,
}

impl<'a> Difference<'a> {
    pub(super) fn new(wanted: &'a [Wanted], file: &SafeTensors<'_>) -> Difference<'a> {
        let (mut missing, mut unfit) = (Vec::new(), Vec::new());
        for one in wanted {
            match file.tensor(&one.name) {
                Err(_) => missing.push(one),
                Ok(tensor) if one.fits(&tensor) => {}
                Ok(tensor) => unfit.push((one, tensor.shape().to_vec(), tensor.dtype())),
            }
        }
        let known: HashSet<&str> = wanted.iter().map(|one| one.name.as_str()).collect();
        let shape = |tensor: TensorView<'_>| tensor.shape().to_vec();
        let mut unexpected: Vec<_> = file
            .iter()
            .filter(|(name, _)| !known.contains(name) && !is_ignored(name))
            .map(|(name, tensor)| (name.to_string(), shape(tensor)))
            .collect();
        unexpected.sort();
        Difference { missing, unexpected, unfit }
    }

    /// An error that says how the file differs from what `model` needs, if it does. `saved_from` is the name of the
    /// model that the file itself states.
    pub(super) fn check(&self, path: &Path, model: &str, saved_from: Option<&str>) -> Result<(), Error> {
        if self.missing.is_empty() && self.unexpected.is_empty() && self.unfit.is_empty() {
            return Ok(());
        }
        Err(Error::BadFile { path: path.to_path_buf(), problem: self.describe(model, saved_from) })
    }

    /// Everything in one message: a line for each tensor, and what to do.
    fn describe(&self, model: &str, saved_from: Option<&str>) -> String {
        let mut text = format!("the tensors in the file are not those of `{model}`");
        if let Some(other) = saved_from.filter(|&other| other != model) {
            push(&mut text, format_args!("; it was saved from `{other}`"));
        }
        let mut similar = None;
        list(&mut text, &self.missing, |text, one| {
            push(text, format_args!("missing: `{}` {:?}", one.name, one.shape));
            if let Some((name, shape)) = nearest(&one.name, &self.unexpected) {
                push(text, format_args!("; the file has the similar `{name}` {shape:?}"));
                similar.get_or_insert((&one.name, name));
            }
        });
        list(&mut text, &self.unexpected, |text, (name, shape)| {
            push(text, format_args!("unexpected: `{name}` {shape:?}"));
        });
        list(&mut text, &self.unfit, |text, (one, shape, dtype)| {
            push(text, format_args!("unfit: `{}` is {shape:?} {dtype:?} in the file, ", one.name));
            push(text, format_args!("but {:?} in the model", one.shape));
            if !is_loadable(*dtype) {
                text.push_str(" (F32, F64, F16 and BF16 can be loaded)");
            }
        });
        text.push_str("\n  help: ");
        match similar {
            Some((name, found)) => push(
                &mut text,
                format_args!(
                    "rename `{found}` to `{name}` in the file, or put `#[rename(\"…\")]` on the field so that its \
                     names agree with the file"
                ),
            ),
            None => text.push_str("load a file that was saved from this version of the model"),
        }
        text
    }
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("a String takes any text");
}

/// A line for each item, as far as they are listed.
fn list<T>(text: &mut String, items: &[T], mut line: impl FnMut(&mut String, &T)) {
    for item in items.iter().take(MAX_LISTED) {
        text.push_str("\n  ");
        line(text, item);
    }
    if items.len() > MAX_LISTED {
        push(text, format_args!("\n  … and {} more of these", items.len() - MAX_LISTED));
    }
}

/// The name in the file that is most likely meant by `name`: the same below a prefix (`module.conv1.weight`), or a few
/// letters away.
fn nearest<'b>(name: &str, candidates: &'b [(String, Vec<usize>)]) -> Option<(&'b str, &'b [usize])> {
    let prefixed = candidates.iter().find(|(candidate, _)| is_path_suffix(name, candidate));
    let close = || {
        let far = 2.max(name.chars().count() / 4);
        let distances = candidates.iter().map(|candidate| (edit_distance(name, &candidate.0), candidate));
        distances
            .filter(|&(distance, _)| distance <= far)
            .min_by_key(|&(distance, _)| distance)
            .map(|found| found.1)
    };
    prefixed.or_else(close).map(|(candidate, shape)| (candidate.as_str(), shape.as_slice()))
}

/// Whether one path ends with the other, at a dot.
fn is_path_suffix(a: &str, b: &str) -> bool {
    let ends = |long: &str, short: &str| long.strip_suffix(short).is_some_and(|prefix| prefix.ends_with('.'));
    ends(a, b) || ends(b, a)
}

/// Fewest insertions, deletions and replacements of letters that turn `a` into `b` (Levenshtein's distance).
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, &other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_letters() {
        for (a, b, distance) in [("", "", 0), ("", "abc", 3), ("conv1", "conv2", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!((edit_distance(a, b), edit_distance(b, a)), (distance, distance), "{a} {b}");
        }
    }

    #[test]
    fn prefixes_and_typos_are_near_and_other_names_are_not() {
        let names = ["module.fc.bias", "fcc.weight", "head.scale"].map(|name| (name.to_string(), vec![2]));
        assert_eq!(nearest("fc.bias", &names), Some(("module.fc.bias", [2].as_slice())));
        assert_eq!(nearest("fc.weight", &names), Some(("fcc.weight", [2].as_slice())));
        assert_eq!(nearest("embedding", &names), None);
        assert_eq!(nearest("ale", &names), None);
    }
}
