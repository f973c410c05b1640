//! The stages of the models of a project.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is to be shown.
pub struct Options {
    /// A model; all of them are listed otherwise.
    pub model: Option<String>,
    /// One of its files; they are listed otherwise.
    pub stage: Option<String>,
    /// Options of `cargo check`.
    pub cargo: Vec<String>,
}

/// Checks the project, and prints what the compiler has written meanwhile.
pub fn expand(options: &Options) -> Result<(), String> {
    let folder = target_folder()?.join("macrograd");
    // It stays: where nothing has changed, cargo compiles nothing, and nothing is written.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["check", "--quiet"])
        .args(&options.cargo)
        .env("MACROGRAD_EMIT", &folder)
        .status()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    // Models without mistakes are shown all the same.
    let models = names(&folder);
    if models.is_empty() {
        return Err(match status.success() {
            true => "this project has no models of its own; options of cargo, such as `-- --example train`, choose what is \
                     compiled"
                .to_owned(),
            false => "the project does not compile".to_owned(),
        });
    }
    let Some(model) = &options.model else { return print(&models) };
    if !models.contains(model) {
        return Err(format!("there is no model `{model}`; there are {}", models.join(", ")));
    }
    let stages = names(&folder.join(model));
    let Some(stage) = &options.stage else { return print(&stages) };
    if !stages.contains(stage) {
        return Err(format!("`{model}` has no stage `{stage}`; it has {}", stages.join(", ")));
    }
    let path = folder.join(model).join(stage);
    let text =
        fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    print(&[text])
}

/// The folder in which cargo builds this project.
fn target_folder() -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().trim_start_matches("error: ").to_owned());
    }
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo's metadata: {error}"))?;
    let folder = metadata["target_directory"].as_str().ok_or("cargo names no target folder")?;
    Ok(PathBuf::from(folder))
}

/// Names of what is in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// Lines on standard output, which may be a pipe that nobody reads any more.
fn print(lines: &[String]) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    for line in lines {
        match writeln!(out, "{}", line.trim_end()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            result => result.map_err(|error| error.to_string())?,
        }
    }
    Ok(())
}
