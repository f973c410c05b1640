//! What stands before the elements: magic, version, and a Python dictionary.

use std::io::Read;
use std::path::Path;

use macrograd_runtime::Error;

use super::NpyElement;
use super::element::names;
use crate::data::idx::bad_file;

const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// Elements start at a multiple of this many bytes, as NumPy writes them.
const ALIGN: usize = 64;
/// More than any array of numbers needs: NumPy itself asks before it reads headers above 10,000 bytes.
const MOST_BYTES: usize = 1 << 20;

/// What a header says, in part: the type is checked for [`Header::check_type`].
pub(super) struct Header {
    descr: String,
    pub(super) big_endian: bool,
    pub(super) fortran_order: bool,
    pub(super) shape: Vec<usize>,
}

impl Header {
    pub(super) fn read(reader: &mut (impl Read + ?Sized), path: &Path) -> Result<Header, Error> {
        let start = read_up_to(reader, MAGIC.len() + 2, path)?;
        let seen = start.len().min(MAGIC.len());
        if start[..seen] != MAGIC[..seen] {
            let problem = if start.starts_with(b"PK") {
                "this is a zip archive, perhaps an .npz file; read it by `data::npz` (feature `npz`), or save its arrays with \
                 `np.save`, one to a file"
            } else {
                "not a .npy file: it does not start with \\x93NUMPY; save the array with `np.save`"
            };
            return Err(bad_file(path, problem.to_string()));
        }
        let [.., major, minor] = start[..] else { return Err(truncated(path)) };
        if start.len() < MAGIC.len() + 2 {
            return Err(truncated(path));
        }
        let length_bytes = match (major, minor) {
            (1, 0) => 2,
            (2 | 3, 0) => 4,
            _ => {
                let problem = format!(
                    "its format is {major}.{minor}, but only 1.0, 2.0 and 3.0 are known; save it with `np.save`"
                );
                return Err(bad_file(path, problem));
            }
        };
        let length = read_up_to(reader, length_bytes, path)?;
        if length.len() < length_bytes {
            return Err(truncated(path));
        }
        let length = length.iter().rev().fold(0_usize, |length, &byte| length << 8 | usize::from(byte));
        if length > MOST_BYTES {
            let problem = format!(
                "its header claims to have {length} bytes, but at most {MOST_BYTES} are read; the file is damaged, save it \
                 again"
            );
            return Err(bad_file(path, problem));
        }
        let text = read_up_to(reader, length, path)?;
        if text.len() < length {
            return Err(truncated(path));
        }
        parse(&String::from_utf8_lossy(&text)).map_err(|problem| bad_file(path, problem))
    }

    /// That elements are of this type.
    pub(super) fn check_type<T: NpyElement>(&self, path: &Path) -> Result<(), Error> {
        if self.descr == T::DESCR {
            return Ok(());
        }
        let descr = &self.descr;
        let (wanted, numpy) = (T::NAME, names(T::DESCR).map_or(T::NAME, |(_, numpy)| numpy));
        let problem = match names(descr) {
            Some((found, _)) => {
                let feature = if found == "f16" { " with the feature `half`" } else { "" };
                format!(
                    "its elements are {found}, but {wanted} is asked for; ask for `{found}`{feature}, or convert the array \
                     with `.astype(np.{numpy})` in Python"
                )
            }
            None => {
                let kind = match descr.chars().next() {
                    Some('O') => "Python objects",
                    Some('U' | 'S' | 'a') => "texts",
                    Some('c') => "complex numbers",
                    Some('M' | 'm') => "dates or durations",
                    Some('V') => "untyped bytes",
                    _ => "of an unknown type",
                };
                format!(
                    "its elements are {kind} (`{descr}`), but {wanted} is asked for; only booleans, whole numbers of 8 to \
                     64 bits and reals of 16 to 64 bits are read: convert the array with `.astype(np.{numpy})` in Python"
                )
            }
        };
        Err(bad_file(path, problem))
    }
}

/// All that stands before the elements of an array, in format 1.0.
pub(super) fn text<T: NpyElement>(shape: &[usize]) -> Vec<u8> {
    let sizes: String = shape.iter().map(|size| format!("{size},")).collect();
    let order = if size_of::<T>() == 1 { '|' } else { '<' };
    let mut dictionary =
        format!("{{'descr': '{order}{}', 'fortran_order': False, 'shape': ({sizes}), }}", T::DESCR);
    let before = MAGIC.len() + 4;
    // With the line feed that ends the header.
    let padded = (before + dictionary.len() + 1).next_multiple_of(ALIGN);
    dictionary.extend(std::iter::repeat_n(' ', padded - before - dictionary.len() - 1));
    dictionary.push('\n');
    let length = u16::try_from(dictionary.len()).expect("eight sizes are a few hundred characters");
    [&MAGIC[..], &[1, 0], &length.to_le_bytes(), dictionary.as_bytes()].concat()
}

fn read_up_to(reader: &mut (impl Read + ?Sized), most: usize, path: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    match reader.take(most as u64).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(source) => Err(Error::Io { action: "read", path: path.to_path_buf(), source }),
    }
}

fn truncated(path: &Path) -> Error {
    bad_file(path, "the file is truncated: it ends inside its header; save or copy it again".to_string())
}

/// The dictionary `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`, its keys in any order.
fn parse(text: &str) -> Result<Header, String> {
    let unreadable = || {
        let shown: String = text.trim_end().chars().take(120).collect();
        format!("its header cannot be read: {shown:?}; the file is damaged, save it again with `np.save`")
    };
    let (mut descr, mut fortran_order, mut shape) = (None, None, None);
    let mut rest =
        text.trim().strip_prefix('{').and_then(|text| text.strip_suffix('}')).ok_or_else(unreadable)?;
    while !rest.trim().is_empty() {
        let (key, after) = quoted(rest).ok_or_else(unreadable)?;
        let value = after.trim_start().strip_prefix(':').ok_or_else(unreadable)?.trim_start();
        if key == "descr" && value.starts_with('[') {
            return Err("its elements are structured, with several fields each; save each field as an array of its own, \
                        `np.save(file, array[\"field\"])`"
                .to_string());
        }
        let after = match key {
            "descr" => quoted(value).map(|(text, after)| {
                descr = Some(text);
                after
            }),
            "fortran_order" => [("False", false), ("True", true)].into_iter().find_map(|(name, flag)| {
                let after = value.strip_prefix(name)?;
                fortran_order = Some(flag);
                Some(after)
            }),
            "shape" => tuple(value).map(|(sizes, after)| {
                shape = Some(sizes);
                after
            }),
            _ => None,
        };
        rest = after.ok_or_else(unreadable)?.trim_start();
        rest = match rest.strip_prefix(',') {
            Some(after) => after,
            None if rest.is_empty() => rest,
            None => return Err(unreadable()),
        };
    }
    let (Some(descr), Some(fortran_order), Some(shape)) = (descr, fortran_order, shape) else {
        return Err(unreadable());
    };
    let big_endian = descr.starts_with('>');
    let descr = descr.strip_prefix(['<', '>', '|', '=']).unwrap_or(descr).to_string();
    Ok(Header { descr, big_endian, fortran_order, shape })
}

/// The text in quotes at the start, and what comes after it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|&quote| quote == '\'' || quote == '"')?;
    text[1..].split_once(quote)
}

/// The whole numbers in parentheses at the start, and what comes after them.
fn tuple(text: &str) -> Option<(Vec<usize>, &str)> {
    let (inside, after) = text.strip_prefix('(')?.split_once(')')?;
    let inside = inside.trim();
    let mut sizes = Vec::new();
    if !inside.is_empty() {
        for size in inside.strip_suffix(',').unwrap_or(inside).split(',') {
            let size = size.trim();
            // Python 2 wrote long integers with this letter.
            sizes.push(size.strip_suffix('L').unwrap_or(size).parse().ok()?);
        }
    }
    Some((sizes, after))
}
