//! The tool `macrograd`: projects that it starts build and train, and it shows what the compiler makes of their models.
#![cfg(feature = "cli")]
#![allow(missing_docs)]

mod folder;

use folder::Folder;
use std::path::Path;
use std::process::{Command, Output};

/// The tool, in a folder.
fn tool(folder: &Path, arguments: &[&str]) -> Output {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs");
    let mut command = Command::new(env!("CARGO_BIN_EXE_macrograd"));
    command
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_NET_OFFLINE", "true");
    command.output().expect("the tool starts")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the tool prints UTF-8")
}

#[track_caller]
fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let output = tool(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout).to_owned()
}

#[track_caller]
fn fails(folder: &Path, arguments: &[&str], fragments: &[&str]) {
    let output = tool(folder, arguments);
    let message = text(&output.stderr);
    assert!(!output.status.success(), "{arguments:?}");
    for fragment in fragments {
        assert!(message.contains(fragment), "{arguments:?}: `{fragment}` is not in: {message}");
    }
}

#[test]
fn a_new_project_trains_and_shows_its_stages() {
    let folder = Folder::new("new");
    let project = folder.0.join("flowers");
    let printed = succeeds(&folder.0, &["new", "flowers", "--path", env!("CARGO_MANIFEST_DIR")]);
    assert!(printed.starts_with("flowers is ready:\n  cd flowers\n"), "{printed}");
    // The same versions of dependencies as here: nothing is downloaded.
    std::fs::copy("Cargo.lock", project.join("Cargo.lock")).expect("the workspace has one");

    let models = succeeds(&project, &["expand"]);
    assert!(models.lines().any(|line| line == "Net"), "{models}");
    let stages = succeeds(&project, &["expand", "Net"]);
    assert!(stages.contains("loss.loss_grad.plan\n") && stages.contains("expansion.rs\n"), "{stages}");
    assert!(succeeds(&project, &["expand", "Net", "forward.eval.plan"]).contains("matmul"), "a plan");
    fails(&project, &["expand", "Ned"], &["there is no model `Ned`; there are", "Net"]);
    fails(&project, &["expand", "Net", "plan"], &["`Net` has no stage `plan`", "loss.loss_grad.plan"]);

    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--quiet", "--offline"]).current_dir(&project).env("CARGO_TARGET_DIR", target);
    let output = cargo.output().expect("cargo starts");
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "", "no warning");
    assert!(text(&output.stdout).contains("\nbest "), "{}", text(&output.stdout));
    assert!(project.join("run/report.html").is_file());
}

#[test]
fn what_is_wrong_is_said() {
    let folder = Folder::new("wrong");
    fails(&folder.0, &["new", "2nets"], &["`2nets` cannot be the name of a package"]);
    fails(&folder.0, &["new", "net", "--path", "nowhere"], &["there is no copy of macrograd at nowhere"]);
    fails(&folder.0, &["new", "net", "--path", "."], &["is no copy of macrograd's repository"]);
    fails(&folder.0, &["new", "net", "--template", "video"], &["table", "images"]);
    assert!(folder.names().is_empty());
    std::fs::create_dir(folder.0.join("full")).expect("the folder is ours");
    folder.write("full/file", b"");
    fails(&folder.0, &["new", "full"], &["full exists and is not empty"]);
    fails(&folder.0, &["expand"], &["could not find `Cargo.toml`"]);
    succeeds(&folder.0, &["new", "pictures", "--template", "images"]);
    let manifest = std::fs::read_to_string(folder.0.join("pictures/Cargo.toml")).expect("it was written");
    assert!(manifest.contains("macrograd = \"0.1.0\""), "{manifest}");
}
