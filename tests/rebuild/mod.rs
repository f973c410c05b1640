//! A test that looks at its own machine code is compiled once more, with flags that show it.

use std::path::PathBuf;
use std::process::Command;

/// Compiles a test file again, with more arguments for cargo and for rustc; its program. Nothing else is compiled: the
/// flags are for this file alone.
pub fn rebuilt(test: &str, for_cargo: &[&str], for_rustc: &[&str]) -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["rustc", "--offline", "--message-format=json", "--test", test])
        .args(for_cargo)
        .arg("--")
        .args(for_rustc)
        .output()
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the build succeeds:\n{errors}");
    let messages = String::from_utf8_lossy(&output.stdout).into_owned();
    let path = messages.lines().filter_map(|line| line.split_once("\"executable\":\"")).next_back();
    let (_, path) = path.unwrap_or_else(|| panic!("cargo names the program:\n{messages}\n{errors}"));
    path.split('"').next().expect("the path ends with a quote").into()
}
