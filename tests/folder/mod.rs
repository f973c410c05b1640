//! A folder for the files of one test.
// Each file of tests uses some of it.
#![allow(dead_code)]

use std::fs;
use std::path::PathBuf;

/// A folder that is removed with its contents.
pub struct Folder(pub PathBuf);

impl Folder {
    /// An empty one; names differ within a file of tests.
    pub fn new(test: &str) -> Folder {
        let file = env!("CARGO_CRATE_NAME");
        let path = std::env::temp_dir().join(format!("macrograd-{file}-{}-{test}", std::process::id()));
        fs::create_dir_all(&path).expect("the system has a writable temporary folder");
        Folder(path)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).expect("the folder was made above");
        path
    }

    /// Names of all files, in order.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("the folder is ours");
        let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("readable").file_name().into_string();
        let mut names: Vec<String> = entries.map(|entry| name(entry).expect("our names are ASCII")).collect();
        names.sort();
        names
    }

    /// The path of a file, as an argument.
    pub fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("a readable path").to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).expect("the folder is ours");
    }
}
