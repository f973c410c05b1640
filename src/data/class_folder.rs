//! Folders with a folder for each class.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::idx::bad_file;
use crate::Error;

/// What is found in such a folder.
#[derive(Clone, Debug)]
pub(super) struct ClassFolder {
    /// Names of the classes, sorted.
    pub(super) classes: Vec<String>,
    /// Files with the numbers of their classes: class by class, sorted by path.
    pub(super) files: Vec<(PathBuf, u32)>,
}

impl ClassFolder {
    /// Looks for files with one of these endings, at any depth below the folders of the classes. What starts with a point
    /// is passed over. `what` is what the files hold, in the plural.
    pub(super) fn open(folder: &Path, endings: &[&str], what: &str) -> Result<ClassFolder, Error> {
        let listed = list(folder)?;
        let folders: Vec<&PathBuf> = listed.iter().filter(|path| path.is_dir()).collect();
        if folders.is_empty() {
            let found = listed.iter().filter(|path| has_ending(path, endings)).count();
            let found = if found > 0 { format!("{found} {what}, but ") } else { String::new() };
            let problem = format!(
                "it holds {found}no folders; each class is a folder of {what}, such as `cat` and `dog`: give the folder above \
                 them"
            );
            return Err(bad_file(folder, problem));
        }
        let (mut classes, mut files) = (Vec::new(), Vec::new());
        for class in folders {
            let number = classes.len() as u32;
            let mut found = Vec::new();
            find(class, endings, MOST_DEPTH, &mut found)?;
            if found.is_empty() {
                let endings: Vec<String> = endings.iter().map(|ending| format!(".{ending}")).collect();
                let problem = format!(
                    "this class has no {what} ({}); add some, or remove the folder",
                    endings.join(", ")
                );
                return Err(bad_file(class, problem));
            }
            found.sort();
            files.extend(found.into_iter().map(|file| (file, number)));
            classes.push(class.file_name().unwrap_or_default().to_string_lossy().into_owned());
        }
        Ok(ClassFolder { classes, files })
    }
}

/// Deeper folders are links that lead back to themselves.
const MOST_DEPTH: usize = 32;

fn find(folder: &Path, endings: &[&str], depth: usize, found: &mut Vec<PathBuf>) -> Result<(), Error> {
    for path in list(folder)? {
        if has_ending(&path, endings) && !path.is_dir() {
            found.push(path);
        } else if depth > 0 && path.is_dir() {
            find(&path, endings, depth - 1, found)?;
        }
    }
    Ok(())
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension().is_some_and(|found| endings.iter().any(|ending| found.eq_ignore_ascii_case(ending)))
}

/// What is in a folder, sorted by name.
fn list(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed =
        |source: io::Error| Error::Io { action: "open the folder", path: folder.to_path_buf(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !is_hidden {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
