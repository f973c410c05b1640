//! The documentation lists everything, and names a test for it that exists.
#![allow(missing_docs)]

use macrograd_compiler::lints::Lint;
use std::collections::BTreeSet;
use std::path::Path;

const PAGE: &str = include_str!("../../../src/equivalents.md");

/// The rows of a table: name, and name of the test.
fn rows(section: &str) -> Vec<(String, String)> {
    let start = format!("\n# {section}\n");
    let text = PAGE.split_once(&start).unwrap_or_else(|| panic!("the page has no section {section}")).1;
    let text = text.split_once("\n# ").map_or(text, |(text, _)| text);
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    rows.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells.len(), 4, "four cells: {line}");
        (cells[0].trim_matches('`').to_string(), cells[3].trim_matches('`').to_string())
    })
    .collect()
}

/// The section lists exactly these names, each once.
#[track_caller]
fn assert_lists(section: &str, names: BTreeSet<String>) {
    let listed: Vec<String> = rows(section).into_iter().map(|(name, _)| name).collect();
    let distinct: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(distinct.len(), listed.len(), "{section}: names stand once");
    let missing: Vec<_> = names.difference(&distinct).collect();
    let unknown: Vec<_> = distinct.difference(&names).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "{section}: missing {missing:?}, unknown {unknown:?}");
}

/// Names that a module makes public by `pub use`.
fn exported(module: &str) -> Vec<String> {
    let mut names = Vec::new();
    for item in module.split("\npub use ").skip(1) {
        let item = item.split_once(';').expect("an item ends").0;
        let list = match item.split_once('{') {
            Some((_, list)) => list.trim_end_matches('}').to_string(),
            None => item.rsplit("::").next().expect("a path has a last segment").to_string(),
        };
        names.extend(list.split(',').map(|name| name.trim().to_string()).filter(|name| !name.is_empty()));
    }
    names
}

fn is_loss(name: &str) -> bool {
    name.ends_with("_loss") || name == "cross_entropy" || name == "kl_div"
}

#[test]
fn every_operation_is_on_the_page_of_operations() {
    let page = include_str!("../../../src/ops.rs");
    let missing: Vec<&str> = macrograd_compiler::ops::method_names()
        .filter(|name| !page.contains(&format!("`{name}`")) && !page.contains(&format!("`{name}(")))
        .collect();
    assert!(missing.is_empty(), "src/ops.rs does not mention {missing:?}");
}

#[test]
fn every_initialiser_is_documented() {
    let page = include_str!("../../../src/init.rs");
    let missing: Vec<&str> = macrograd_compiler::init::initialiser_names()
        .filter(|name| !page.contains(&format!("`{name}`")) && !page.contains(&format!("`{name}(")))
        .collect();
    assert!(missing.is_empty(), "src/init.rs does not mention {missing:?}");
}

#[test]
fn every_lint_is_documented() {
    let page = include_str!("../../../src/language.rs");
    let missing: Vec<&str> =
        Lint::names().filter(|name| !page.contains(&format!("//! | `{name}` |"))).collect();
    assert!(missing.is_empty(), "src/language.rs does not mention {missing:?}");
    for name in Lint::names() {
        assert_eq!(Lint::from_name(name).map(Lint::name), Some(name));
    }
}

#[test]
fn every_operation_and_loss_has_its_names_elsewhere() {
    let names = macrograd_compiler::ops::method_names;
    assert_lists("Operations", names().filter(|name| !is_loss(name)).map(String::from).collect());
    assert_lists("Losses", names().filter(|name| is_loss(name)).map(String::from).collect());
}

#[test]
fn every_layer_has_its_names_elsewhere() {
    let layers = exported(include_str!("../../../src/nn/mod.rs"));
    assert_lists("Layers", layers.into_iter().map(|name| format!("nn::{name}")).collect());
}

#[test]
fn every_optimizer_and_schedule_has_its_names_elsewhere() {
    // What belongs to another item is listed with it.
    const PARTS: &[&str] =
        &["OptimizerState", "Moment", "MuonScale", "PlateauState", "Schedule", "OneCycle", "Plateau"];
    let exported = exported(include_str!("../../../src/optim/mod.rs"));
    let optimizers = exported.iter().filter(|name| !PARTS.contains(&name.as_str()));
    assert_lists("Optimizers", optimizers.map(|name| format!("optim::{name}")).collect());
    let mut schedules: BTreeSet<String> = ["OneCycle", "Plateau"].map(String::from).into();
    let source = include_str!("../../../src/optim/schedule/mod.rs");
    for line in source.lines().filter_map(|line| line.strip_prefix("    pub fn ")) {
        let (name, rest) = line.split_once('(').expect("a function has arguments");
        // Constructors, and the one method that chains.
        if !rest.contains("self") || name == "then" {
            schedules.insert(format!("Schedule::{name}"));
        }
    }
    assert_lists("Schedules", schedules);
}

#[test]
fn every_metric_has_its_names_elsewhere() {
    // What metrics take and give.
    const PARTS: &[&str] = &[
        "AnyShape",
        "Average",
        "Bounds",
        "Detection",
        "MetricError",
        "Object",
        "Smoothing",
        "Targets",
        "Values",
    ];
    let exported = exported(include_str!("../../../src/metrics/mod.rs"));
    let metrics = exported.iter().filter(|name| !PARTS.contains(&name.as_str()));
    assert_lists("Metrics", metrics.map(|name| format!("metrics::{name}")).collect());
}

#[test]
fn every_test_on_the_page_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for section in ["Operations", "Gradients", "Losses", "Layers", "Optimizers", "Schedules", "Metrics"] {
        for (name, test) in rows(section) {
            let (file, item) = test.split_once("::").unwrap_or_else(|| panic!("{name}: `{test}` is no test"));
            let folder = if file.starts_with("ops/") { "macros/compiler/tests" } else { "tests" };
            let path = [format!("{file}.rs"), format!("{file}/mod.rs")]
                .map(|file| root.join(folder).join(file))
                .into_iter()
                .find(|path| path.is_file())
                .unwrap_or_else(|| panic!("{name}: there is no file `{file}` in {folder}"));
            let text = std::fs::read_to_string(&path).expect("the file can be read");
            // A function, or a case of the macro that makes tests of layers.
            let declares = [format!("fn {item}("), format!("{item}: nn::"), format!("{item}(")];
            assert!(
                declares.iter().any(|declaration| text.contains(declaration.as_str())),
                "{name}: {} declares no `{item}`",
                path.display()
            );
        }
    }
}
