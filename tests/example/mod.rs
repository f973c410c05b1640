//! The programs of the folder `examples`, as their users start them.
#![allow(dead_code)] // each test takes what it needs

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::folder::Folder;

/// A program of this name, in a folder of its own.
pub fn example(name: &str, folder: &Folder) -> Command {
    let test = std::env::current_exe().expect("the test's own path is known");
    let profile = test.parent().and_then(Path::parent).expect("tests lie in `deps` of the profile's folder");
    let program = profile.join("examples").join(name).with_extension(std::env::consts::EXE_EXTENSION);
    assert!(program.is_file(), "{} is not built: run `cargo build --examples`", program.display());
    let mut command = Command::new(program);
    command.current_dir(&folder.0).stdin(Stdio::null());
    command
}

pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the program prints UTF-8")
}

/// Exit code 1 and one message with these fragments.
#[track_caller]
pub fn says(output: &Output, fragments: &[&str]) {
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.starts_with("error: ") && message.lines().count() == 1, "{message}");
    for fragment in fragments {
        assert!(message.contains(fragment), "`{fragment}` is not in: {message}");
    }
}
