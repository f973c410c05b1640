//! Broken models: whatever is written, the compiler answers with tokens or errors, and soon.
//!
//! Tokens of models that work, and of those in `tests/ui`, are dropped, doubled, exchanged and replaced by extreme
//! ones; what is still Rust goes through the entry points of the attributes, linked as rustc would link it.
//! `MACROGRAD_MUTATIONS=100000` tries so many instead of the usual number.

mod control;
#[path = "../differential/generate/mod.rs"]
#[allow(dead_code)] // shared with the differential test
mod generate;
#[path = "../models/linker.rs"]
#[allow(dead_code)] // the list of layers is shared with the tests of whole models
mod layers;
mod linker;
mod mutate;
#[path = "../differential/random.rs"]
#[allow(dead_code)] // shared with the differential test
mod random;
#[path = "../differential/recipes.rs"]
mod recipes;
#[path = "../differential/recipes_of_tensors.rs"]
mod recipes_of_tensors;

use linker::{Outcome, compile_all};
use mutate::mutate;
use random::Random;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

/// Mutations that are tried when nobody asks for more.
const NUM_MUTATIONS: u64 = 6000;
/// A mutation that takes longer hangs: models of this size take some milliseconds.
const TIME_LIMIT: Duration = Duration::from_secs(60);
/// The stack of the thread on which rustc expands macros.
const STACK: usize = 8 << 20;

/// Models to start from.
fn seeds() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files: Vec<_> = ["tests/models", "tests/ui/attribute", "tests/ui/autodiff", "tests/ui/control"]
        .iter()
        .chain(&["tests/ui/link", "tests/ui/lint", "tests/ui/name", "tests/ui/shape", "tests/ui/unsupported"])
        .flat_map(|folder| std::fs::read_dir(root.join(folder)).expect("the folder is there"))
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.sort();
    let read = |path: &std::path::PathBuf| std::fs::read_to_string(path).expect("the file can be read");
    // Large models take long and say no more than small ones.
    let mut sources: Vec<String> = files.iter().map(read).filter(|text| text.len() < 4000).collect();
    sources.extend((0..60).map(|seed| generate::generate(seed, 8).source));
    sources.extend(control::sources());
    sources
}

/// Runs on a thread of its own, with rustc's stack; `Err` after a panic or when the time is up.
fn run(source: String) -> Result<Vec<Outcome>, String> {
    let (sender, receiver) = mpsc::channel();
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || {
        let _ = sender.send(compile_all(&source));
    });
    let thread = thread.expect("a thread starts");
    match receiver.recv_timeout(TIME_LIMIT) {
        Ok(outcomes) => {
            let _ = thread.join();
            Ok(outcomes)
        }
        Err(mpsc::RecvTimeoutError::Timeout) => Err(format!("it takes longer than {TIME_LIMIT:?}")),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            let payload = thread.join().err();
            let text = payload.as_ref().and_then(|payload| {
                let text = payload.downcast_ref::<String>().cloned();
                text.or_else(|| payload.downcast_ref::<&str>().map(|text| text.to_string()))
            });
            Err(text.unwrap_or_else(|| "it panics".to_string()))
        }
    }
}

/// An answer: not a panic, and not a mistake of the compiler that it found itself.
fn check(source: &str) -> Result<Vec<Outcome>, String> {
    let outcomes = run(source.to_string())?;
    match outcomes.iter().find_map(Outcome::internal_error) {
        Some(text) => Err(text),
        None => Ok(outcomes),
    }
}

fn check_mutations(first: u64, step: u64) {
    let count = std::env::var("MACROGRAD_MUTATIONS").ok().and_then(|text| text.parse().ok());
    let sources = seeds();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut failures = Vec::new();
    for seed in (first..count.unwrap_or(NUM_MUTATIONS)).step_by(step as usize) {
        let mut random = Random::new(seed);
        let source = &sources[random.below(sources.len())];
        let Some(mutated) = mutate(source, &mut random) else { continue };
        match check(&mutated) {
            Ok(outcomes) => {
                for outcome in outcomes {
                    *counts.entry(outcome.name()).or_default() += 1;
                }
            }
            Err(problem) => failures.push(format!("mutation {seed}: {problem}\n{mutated}")),
        }
    }
    println!("{counts:?}");
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n\n"));
    for name in ["compiled", "refused"] {
        assert!(counts.contains_key(name), "no model is {name}: {counts:?}");
    }
}

#[test]
fn even_mutations_are_answered() {
    check_mutations(0, 2);
}

#[test]
fn odd_mutations_are_answered() {
    check_mutations(1, 2);
}

/// A model with this body, on an argument of this type.
fn with_body(ty: &str, body: &str) -> String {
    format!(
        "#[model] struct Net {{ weight: Param<3> }}\n\
         #[model] impl Net {{ fn forward<N: Dim>(&self, x: {ty}) -> Tensor<Inferred> {{ {body} }} }}"
    )
}

#[track_caller]
fn assert_refused(source: &str) -> String {
    let outcomes = check(source).unwrap_or_else(|problem| panic!("{problem}"));
    let refused = outcomes.iter().find_map(|outcome| match outcome {
        Outcome::Refused(text) => Some(text.clone()),
        Outcome::Compiled | Outcome::Unlinked | Outcome::NotRust => None,
    });
    refused.unwrap_or_else(|| panic!("nothing is refused: {outcomes:?}"))
}

/// What runs through the attributes, here and in the models of all tests, is verified after every pass.
#[test]
fn the_compiler_verifies_itself() {
    let asked = std::env::var("MACROGRAD_VERIFY").unwrap_or_default();
    assert_eq!(asked, "1", "`.cargo/config.toml` sets it for this workspace");
}

#[test]
fn huge_sizes_are_refused() {
    for ty in [
        "Tensor<N, 9223372036854775807, 3>",
        "Tensor<N, 4294967296, 4294967296, 3>",
        "Tensor<N, { 9223372036854775807 + 1 }, 3>",
        "Tensor<N, { 3000000000 * 4000000000 }, 3>",
        "Tensor<N, { 0 - 9223372036854775807 - 2 }, 3>",
        "Tensor<N, 18446744073709551615, 3>",
    ] {
        assert_refused(&with_body(ty, "x * self.weight"));
    }
    for body in [
        "x.reshape([N * 9223372036854775807, 3 * 9223372036854775807])",
        "x.expand([4294967296, 4294967296, 3])",
        "x.sum() * (9223372036854775807 + 9223372036854775807)",
        "x.reshape([N, 0 - 9223372036854775807 - 9223372036854775807])",
        "x.sum() * (0 - 9223372036854775807 - 1) / (0 - 1)",
    ] {
        assert_refused(&with_body("Tensor<N, 3>", body));
    }
    let parameter = "#[model] struct Net { weight: Param<4294967296, 4294967296, 4> }\n\
                     #[model] impl Net { fn forward(&self, x: Tensor<4>) -> Tensor<Inferred> { x * self.weight } }";
    assert_refused(parameter);
    let many = "#[model] struct Net { layers: [nn::Linear<3, 3>; 4000000000] }\n\
                #[model] impl Net { fn forward(&self, x: Tensor<3>) -> Tensor<3> { x } }";
    assert_refused(many);
}

#[test]
fn endless_loops_are_refused() {
    let text = assert_refused(&with_body(
        "Tensor<N, 3>",
        "let mut y = x; for i in 0..4000000000 { y = y * self.weight; } y",
    ));
    assert!(text.contains("4000000000"), "{text}");
    assert_refused(&with_body("Tensor<N, 3>", "for i in 0..4000000000 { for j in 0..4000000000 { } } x"));
}

#[test]
fn deep_nesting_is_answered() {
    for depth in [100, 190, 990, 1_100, 20_000] {
        let nested = format!("{}x{} * self.weight", "(".repeat(depth), ")".repeat(depth));
        let calls = format!("x * self.weight{}", ".relu()".repeat(depth));
        let sums = format!("x * self.weight{}", " + x".repeat(depth));
        let minus = format!("{}x * self.weight", "- ".repeat(depth));
        let blocks = format!("{} x * self.weight {}", "{".repeat(depth), "}".repeat(depth));
        for body in [nested, calls, sums, minus, blocks] {
            check(&with_body("Tensor<N, 3>", &body))
                .unwrap_or_else(|problem| panic!("depth {depth}: {problem}"));
        }
        let ty = format!("Tensor<N, {} 3 {}>", "{ (".repeat(depth), ") }".repeat(depth));
        check(&with_body(&ty, "x * self.weight"))
            .unwrap_or_else(|problem| panic!("depth {depth}: {problem}"));
    }
}
