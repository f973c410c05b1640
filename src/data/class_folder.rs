//! Folders with a folder for each class.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::idx::bad_file;
use super::{Dataset, json};
use crate::Error;

/// What is found in such a folder.
#[derive(Clone, Debug)]
pub struct ClassFolder {
    folder: PathBuf,
    /// Names of the classes, sorted by name unless they were given another order.
    classes: Vec<String>,
    /// Files with the numbers of their classes: class by class, sorted by path.
    files: Vec<(PathBuf, u32)>,
    labels: Labels,
}

/// Whether the classes of files are known.
#[derive(Clone, Debug)]
enum Labels {
    Known,
    /// They are not, and why.
    Unknown(String),
    /// Nobody wants to know.
    Ignored,
}

/// Data in the folders of their classes, as programs of [`train!`](macro@crate::train) see it: a run keeps the names of
/// the classes, and what is predicted needs none.
pub trait InClassFolders: Dataset {
    /// The files.
    fn class_folder(&self) -> &ClassFolder;
    /// The files, to be numbered otherwise.
    fn class_folder_mut(&mut self) -> &mut ClassFolder;
    /// The number of the file that a sample is of.
    fn file_of_sample(&self, index: usize) -> usize;
}

impl ClassFolder {
    /// Looks for files with one of these endings, at any depth below the folders of the classes. What starts with a point
    /// is passed over. `what` is what the files hold, in the plural. One file, or a folder that holds files and no folders,
    /// is read as well; then [`label`](ClassFolder::label) is an error.
    pub(super) fn open(folder: &Path, endings: &[&str], what: &str) -> Result<ClassFolder, Error> {
        if folder.is_file() && has_ending(folder, endings) {
            let problem = format!("it is one of the {what}, of no class; {}", to_learn(what));
            return Ok(ClassFolder::without_classes(folder, vec![folder.to_path_buf()], problem));
        }
        let listed = list(folder)?;
        let folders: Vec<&PathBuf> = listed.iter().filter(|path| path.is_dir()).collect();
        if folders.is_empty() {
            let found: Vec<PathBuf> = listed.into_iter().filter(|path| has_ending(path, endings)).collect();
            if found.is_empty() {
                let problem = format!("it holds neither {what} nor folders; {}", to_learn(what));
                return Err(bad_file(folder, problem));
            }
            let problem = format!("it holds {} {what}, but no folders; {}", found.len(), to_learn(what));
            return Ok(ClassFolder::without_classes(folder, found, problem));
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
        Ok(ClassFolder { folder: folder.to_path_buf(), classes, files, labels: Labels::Known })
    }

    fn without_classes(folder: &Path, files: Vec<PathBuf>, problem: String) -> ClassFolder {
        ClassFolder {
            folder: folder.to_path_buf(),
            classes: Vec::new(),
            files: files.into_iter().map(|file| (file, 0)).collect(),
            labels: Labels::Unknown(problem),
        }
    }

    /// Names of the classes, in the order of their numbers.
    pub(crate) fn classes(&self) -> &[String] {
        &self.classes
    }

    /// How many files there are.
    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// All files.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|(path, _)| &**path)
    }

    /// A file.
    #[track_caller]
    pub(super) fn path(&self, index: usize) -> &Path {
        &self.files[index].0
    }

    /// The number of its class, 0 where there are none.
    #[track_caller]
    pub(super) fn number(&self, index: usize) -> u32 {
        self.files[index].1
    }

    /// What a sample of the file says of its class.
    ///
    /// # Errors
    /// When files are in no folders of classes.
    pub(super) fn label(&self, index: usize) -> Result<u32, Error> {
        match &self.labels {
            Labels::Known => Ok(self.files[index].1),
            Labels::Unknown(problem) => Err(bad_file(&self.folder, problem.clone())),
            Labels::Ignored => Ok(0),
        }
    }

    /// Where a file is, from the folder on.
    pub(crate) fn name(&self, index: usize) -> String {
        let path = &self.files[index].0;
        let inner = path.strip_prefix(&self.folder).ok().filter(|inner| !inner.as_os_str().is_empty());
        inner.unwrap_or(path).to_string_lossy().into_owned()
    }

    /// Is an error where files are in no folders of classes.
    pub(crate) fn check_labels(&self) -> Result<(), Error> {
        self.label(0).map(|_| ())
    }

    /// All samples say 0.
    pub(crate) fn ignore_labels(&mut self) {
        self.labels = Labels::Ignored;
    }

    /// Writes the names of the classes.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn save_classes(&self, path: &Path) -> Result<(), Error> {
        json::write(path, &self.classes.iter().map(String::as_str).collect())
    }

    /// Gives the classes the numbers that they have in a list.
    ///
    /// # Errors
    /// When one is not in it, or there are none.
    pub(crate) fn number_as(&mut self, known: &[String]) -> Result<(), Error> {
        self.check_labels()?;
        let number = |class: &String| {
            let found = known.iter().position(|name| name == class);
            found.map(|number| number as u32).ok_or_else(|| {
                let known = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                let problem = format!(
                    "the model has learned no class `{class}`, but {known}; remove the folder, or train with it"
                );
                bad_file(&self.folder.join(class), problem)
            })
        };
        let numbers = self.classes.iter().map(number).collect::<Result<Vec<_>, _>>()?;
        for (_, label) in &mut self.files {
            *label = numbers[*label as usize];
        }
        self.classes = known.to_vec();
        Ok(())
    }
}

/// Reads names of classes that were written.
///
/// # Errors
/// When the file cannot be read, or holds something else.
pub(crate) fn load_classes(path: &Path) -> Result<Vec<String>, Error> {
    json::texts(&json::read(path)?)
        .ok_or_else(|| bad_file(path, "it holds no names of classes; train the model again".to_owned()))
}

fn to_learn(what: &str) -> String {
    format!("each class is a folder of {what}, such as `cat` and `dog`: give the folder above them")
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
