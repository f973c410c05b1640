//! A new project.

use std::fs;
use std::path::{Path, PathBuf};

/// What is to be written.
pub struct Options {
    /// The folder of the project, which is made.
    pub folder: PathBuf,
    /// `table` or `images`.
    pub template: String,
    /// A copy of macrograd's repository.
    pub macrograd: Option<PathBuf>,
}

/// Its files.
const TABLE: &[(&str, &str)] = &[
    ("src/main.rs", include_str!("template/table.rs")),
    ("data/iris.csv", include_str!("../../../examples/data/iris.csv")),
];
const IMAGES: &[(&str, &str)] = &[("src/main.rs", include_str!("template/images.rs"))];
/// What cargo and runs make.
const IGNORED: &str = "/target\n/run\n";

/// Writes the project; a folder that holds anything stays as it is.
pub fn new(options: &Options) -> Result<(), String> {
    let folder = &options.folder;
    let shown = folder.display();
    let name = package_name(folder)?;
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(format!("{shown} exists and is not empty: choose another name, or remove it"));
    }
    let manifest = manifest(&name, options.macrograd.as_deref())?;
    let files = if options.template == "images" { IMAGES } else { TABLE };
    let own = [("Cargo.toml", manifest.as_str()), (".gitignore", IGNORED)];
    for (file, content) in own.iter().chain(files) {
        let path = folder.join(file);
        let parent = path.parent().expect("every file lies in the folder");
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&path, content))
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    println!(
        "{shown} is ready:\n  cd {shown}\n  cargo run --release                  # trains; the report is run/report.html\n  \
         cargo run --release -- train --help  # all settings"
    );
    Ok(())
}

/// The name of the folder, if cargo takes it for a package.
fn package_name(folder: &Path) -> Result<String, String> {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    if name.starts_with(|first: char| first.is_ascii_alphabetic()) && name.chars().all(is_letter) {
        return Ok(name.to_owned());
    }
    Err(format!(
        "`{name}` cannot be the name of a package: take letters, digits, `-` and `_`, a letter first"
    ))
}

/// How a project is compiled: quickly again after an edit, at full speed.
const PROFILES: &str = r#"# Models are compiled for debugging, and run as they are for use.
[profile.dev]
opt-level = 1

# After an edit, only what has changed in this crate is compiled again.
[profile.release]
incremental = true

# The others are compiled once, each in one piece: that takes less time in all, and less space.
[profile.release.package."*"]
codegen-units = 1
incremental = false
"#;

fn manifest(name: &str, macrograd: Option<&Path>) -> Result<String, String> {
    let dependency = match macrograd {
        None => format!("\"{}\"", env!("CARGO_PKG_VERSION")),
        Some(path) => {
            let absolute = path
                .canonicalize()
                .map_err(|error| format!("there is no copy of macrograd at {}: {error}", path.display()))?;
            if !absolute.join("macros/compiler").is_dir() {
                return Err(format!("{} is no copy of macrograd's repository", absolute.display()));
            }
            format!("{{ path = {:?} }}", absolute.display().to_string())
        }
    };
    Ok(format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [dependencies]\nmacrograd = {dependency}\n\n{PROFILES}\n[workspace]\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_packages() {
        for name in ["iris", "my-net", "net_2", "a/b/net"] {
            assert!(package_name(Path::new(name)).is_ok(), "{name}");
        }
        for name in ["2nets", "my net", "..", "/", "naïve"] {
            assert!(package_name(Path::new(name)).is_err(), "{name}");
        }
    }
}
