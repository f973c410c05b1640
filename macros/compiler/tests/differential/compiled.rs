//! Generated models, compiled by rustc and run: values and gradients in f32, and in f64, against the reference in f64.
//!
//! All models of a computing type go into one program, which prints what it computes. Their number is set so that every method of the
//! compiler is in two of them, with a few more for what methods do to each other.

use crate::compare::{Form, Given, Skipped, compare, forms};
use crate::generate::{SIZES, generate};
use crate::linker::{Linked, link, try_expand_linked};
use macrograd_compiler::graph::{ElementType, Float, Role, Size};
use macrograd_compiler::lower::Lowered;
use macrograd_compiler::program::StateKind;
use macrograd_compiler::reference::Array;
use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

/// What is expected of models that compute in a type.
struct Precision {
    float: Float,
    /// Folder of the program.
    folder: &'static str,
    /// See [`compare`].
    tolerance: (f64, f64),
}

/// Models at least.
const NUM_MODELS: usize = 40;
/// Models that call a method, for each method.
const MODELS_PER_METHOD: usize = 1;
/// Seeds that are looked at.
const NUM_SEEDS: u64 = 400;
/// Methods whose gradient jumps where the rounding of an `f32` decides: `-trunc(x / y)` for a small `y`.
const JUMPING: &[&str] = &["fmod", "remainder"];

const MANIFEST: &str = r#"
[package]
name = "NAME"
version = "0.1.0"
edition = "2024"

[dependencies]
macrograd = { path = "MACROGRAD", default-features = false, features = ["f64"] }

[profile.dev]
incremental = true

# The models are compiled once; line tables would take a third of the time.
[profile.dev.package.NAME]
debug = false

[workspace]
"#;

const SUPPORT: &str = r#"
#![allow(unused)]
#[path = "RANDOM_RS"]
mod random;
use macrograd::{Model, ModelGrads};
use macrograd::__private::state::Kind;

/// Gives every tensor of the state its numbers.
fn fill<M: Model<Float = FLOAT>>(model: &mut M, seed: u64) {
    for tensor in M::layout().tensors {
        let values = floats(seed, tensor.name, tensor.numel());
        model.state_mut().values_mut()[tensor.offset..][..values.len()].copy_from_slice(&values);
    }
}

fn floats(seed: u64, name: &str, count: usize) -> Vec<FLOAT> {
    random::data(seed, name, count).into_iter().map(|value| value as FLOAT).collect()
}

fn put(key: String, values: impl IntoIterator<Item = f64>) {
    let texts: Vec<String> = values.into_iter().map(|value| format!("{:x}", value.to_bits())).collect();
    println!("{key} {}", texts.join(" "));
}

fn put_gradients<M: Model<Float = FLOAT>>(key: String, grads: &M::Grads) {
    for tensor in M::layout().tensors.iter().filter(|tensor| tensor.kind == Kind::Trainable) {
        let values = &grads.gradients().values()[tensor.offset..][..tensor.numel()];
        put(format!("{key}.grad.{}", tensor.name), values.iter().map(|&x| x as f64));
    }
}

MODULES
fn main() {
CALLS
}
"#;

/// A model that is compiled, with what is expected of it.
struct Chosen {
    seed: u64,
    source: String,
    linked: Linked,
    functions: [(Lowered, Vec<Form>); 2],
}

/// A model if it can be compiled and compared.
fn choose(seed: u64, source: String) -> Option<Chosen> {
    // Some have a parameter that no gradient reaches, which is an error.
    let (name, joined) = link(&source);
    try_expand_linked(&name, &joined, None).ok()?;
    let linked = Linked::new(&source);
    // Without parameters there is no training.
    linked.state.iter().find(|tensor| tensor.kind == StateKind::Trainable)?;
    let both = || -> Result<_, Skipped> { Ok([forms(&linked, "forward")?, forms(&linked, "loss")?]) };
    let functions = both().ok()?;
    Some(Chosen { seed, source, linked, functions })
}

/// Models until every method is in enough of them.
fn choose_models(float: Float, num_models: usize) -> Vec<Chosen> {
    let mut missing: HashMap<&str, usize> =
        macrograd_compiler::ops::method_names().map(|name| (name, MODELS_PER_METHOD)).collect();
    let mut chosen = Vec::new();
    for seed in 0..NUM_SEEDS {
        let generated = generate(seed, usize::MAX);
        if generated.is_random || generated.methods.iter().any(|method| JUMPING.contains(method)) {
            continue;
        }
        let is_new = generated.methods.iter().any(|method| missing[method] > 0);
        if !is_new && chosen.len() >= num_models {
            continue;
        }
        let source = match float {
            Float::F32 => generated.source,
            Float::F64 => {
                let root = "#[model(dtype = f64)] pub struct Net ";
                generated.source.replace("#[model] pub struct Net ", root).replace(" as f32", " as _")
            }
        };
        let Some(model) = choose(seed, source) else { continue };
        for method in generated.methods {
            missing.entry(method).and_modify(|count| *count = count.saturating_sub(1));
        }
        chosen.push(model);
    }
    chosen
}

/// A shape as a value of the program, where run-time dimensions are the variables `n` and `t`.
fn shape_text(shape: &[Size]) -> String {
    let dim = |size: &Size| match size.as_literal() {
        Some(literal) => format!("Const::<{literal}>,"),
        None => format!("{},", size.to_tokens().to_string().replace("dim_", "")),
    };
    format!("({})", shape.iter().map(dim).collect::<String>())
}

/// The module of a model: itself, and a function that prints what it computes.
fn module(model: &Chosen) -> String {
    let Chosen { seed, source, functions: [(forward, _), _], .. } = model;
    let mut lines = Vec::new();
    for arg in &forward.args {
        let (name, shape) = (&arg.name, shape_text(&arg.ty.shape));
        let cast = match arg.ty.element {
            ElementType::Real => String::new(),
            other => format!(".into_iter().map(|value| value as {}).collect()", other.name()),
        };
        let numel = arg.ty.numel().to_tokens().to_string().replace("dim_", "");
        lines.push(format!(
            "let {name} = Tensor::from_vec({shape}, crate::floats({seed}, {name:?}, {numel}){cast});"
        ));
    }
    let names: Vec<String> = forward.args.iter().map(|arg| format!("&{}", arg.name)).collect();
    let names = names.join(", ");
    let outputs: Vec<String> = (0..forward.results.len()).map(|index| format!("y{index}")).collect();
    let outputs = format!("({},)", outputs.join(", "));
    let put_all = |form: &str, lines: &mut Vec<String>| {
        for index in 0..forward.results.len() {
            lines.push(format!(
                "crate::put(format!(\"{seed}.{{n}}.{form}.y{index}\"), y{index}.as_slice().iter().map(|&x| x as f64));"
            ));
        }
    };
    lines.push(format!("let {outputs} = net.forward({names});"));
    put_all("forward.eval", &mut lines);
    lines.push("let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());".to_string());
    lines.push(format!("let ({outputs}, saved) = net.forward_train(&mut workspace, {names});"));
    put_all("forward.halves", &mut lines);
    let floats = forward.results.iter().enumerate().filter(|(_, ty)| ty.element == ElementType::Real);
    let mut seeds = String::new();
    for (number, (index, ty)) in floats.enumerate() {
        let is_scalar = ty.rank() == 0;
        let values = format!("crate::floats({seed}, \"seed{number}\", y{index}.numel())");
        lines.push(if is_scalar {
            format!("let seed{number} = {values}[0];")
        } else {
            format!("let seed{number} = Tensor::from_vec(y{index}.shape(), {values});")
        });
        seeds.push_str(&format!("{}seed{number}, ", if is_scalar { "" } else { "&" }));
    }
    let inputs: Vec<usize> = (0..forward.args.len())
        .filter(|&index| forward.args[index].ty.element == ElementType::Real)
        .collect();
    let gradients: Vec<String> = inputs.iter().map(|index| format!("dx{index}")).collect();
    let pattern =
        if let [one] = &gradients[..] { one.clone() } else { format!("({})", gradients.join(", ")) };
    lines.push(format!("let {pattern} = saved.backward(&net, {seeds} &mut grads);"));
    for name in &gradients {
        lines.push(format!(
            "crate::put(format!(\"{seed}.{{n}}.forward.halves.{name}\"), {name}.as_slice().iter().map(|&x| x as f64));"
        ));
    }
    lines.push(format!("crate::put_gradients::<Net>(format!(\"{seed}.{{n}}.forward.halves\"), &grads);"));
    lines.push(format!(
        "crate::put(format!(\"{seed}.{{n}}.loss.eval.y0\"), [net.loss({names}) as f64]);\n\
         let (loss, grads) = net.loss_grad({names});\n\
         crate::put(format!(\"{seed}.{{n}}.loss.loss_grad.y0\"), [loss as f64]);\n\
         crate::put_gradients::<Net>(format!(\"{seed}.{{n}}.loss.loss_grad\"), &grads);"
    ));
    format!(
        "use macrograd::prelude::*;\n{source}\npub fn run() {{\n\
         let mut net = Net::new(Device::cpu(), 0);\ncrate::fill(&mut net, {seed});\n\
         for (n, t) in {SIZES:?} {{\nlet (n, t): (usize, usize) = (n, t);\n{}\n}}\n}}\n",
        lines.join("\n")
    )
}

/// Builds and runs the program; what it prints, by key.
fn run_program(chosen: &[Chosen], precision: &Precision) -> HashMap<String, Vec<f64>> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(precision.folder);
    std::fs::create_dir_all(folder.join("src")).expect("the target folder can be written");
    let write = |name: &str, text: &str| {
        // What has not changed need not be compiled again.
        let path = folder.join(name);
        if std::fs::read_to_string(&path).ok().as_deref() != Some(text) {
            std::fs::write(path, text).expect("the target folder can be written");
        }
    };
    let repository = tests.join("../..").canonicalize().expect("the compiler lies in the repository");
    write(
        "Cargo.toml",
        &MANIFEST.replace("MACROGRAD", &repository.to_string_lossy()).replace("NAME", precision.folder),
    );
    // The same versions as the workspace has, so that nothing is looked up.
    std::fs::copy(repository.join("Cargo.lock"), folder.join("Cargo.lock")).expect("copied");
    let (mut modules, mut calls) = (String::new(), String::new());
    for model in chosen {
        let name = format!("model_{}", model.seed);
        write(&format!("src/{name}.rs"), &module(model));
        modules.push_str(&format!("mod {name};\n"));
        calls.push_str(&format!("{name}::run();\n"));
    }
    let random = tests.join("tests/differential/random.rs");
    let main =
        SUPPORT.replace("RANDOM_RS", &random.to_string_lossy()).replace("FLOAT", precision.float.name());
    write("src/main.rs", &main.replace("MODULES", &modules).replace("CALLS", &calls));
    let output = Command::new(env!("CARGO"))
        .current_dir(&folder)
        .args(["run", "--offline", "--quiet"])
        // As all programs of the tests are built, so that what they depend on is built once.
        .env("CARGO_INCREMENTAL", "1")
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs"))
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "the program of {} fails:\n{}",
        folder.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).expect("the program prints text");
    text.lines()
        .map(|line| {
            let mut words = line.split_whitespace();
            let key = words.next().unwrap_or_default().to_string();
            let bits = words.map(|word| u64::from_str_radix(word, 16).expect("the bits of a number"));
            (key, bits.map(f64::from_bits).collect())
        })
        .collect()
}

/// What the program has printed for the results of a form; `None` for those it does not print.
fn printed(
    model: &Chosen,
    form: &Form,
    key: &str,
    program: &HashMap<String, Vec<f64>>,
) -> Vec<Option<Vec<f64>>> {
    let by_key = |name: String| {
        let values = program.get(&format!("{key}.{name}"));
        values.unwrap_or_else(|| panic!("{key}.{name} is not printed")).iter().copied()
    };
    let roles = form.graph.roles.iter().map(|role| match role {
        Role::Output(index) => Some(by_key(format!("y{index}")).collect()),
        Role::GradInput(index) => (key.contains("forward")).then(|| by_key(format!("dx{index}")).collect()),
        Role::GradParameter(reference) => {
            if key.contains("loss.halves") {
                return None;
            }
            let tensors = reference.tensors().into_iter();
            Some(
                tensors
                    .flat_map(|index| by_key(format!("grad.{}", model.linked.state[index].name)))
                    .collect(),
            )
        }
        Role::Buffer(_) => None,
    });
    roles.collect()
}

/// Compares what models of a computing type give with the reference.
fn check(precision: &Precision, num_models: usize) {
    let chosen = choose_models(precision.float, num_models);
    let program = run_program(&chosen, precision);
    let (mut num_compared, mut failures) = (0, Vec::new());
    for model in &chosen {
        for (function, (lowered, forms)) in ["forward", "loss"].into_iter().zip(&model.functions) {
            for form in forms.iter().filter(|form| (function, form.name) != ("loss", "halves")) {
                for sizes in SIZES {
                    let given = Given::new(model.seed, &model.linked, lowered, sizes);
                    let key = format!("{}.{}.{function}.{}", model.seed, sizes.0, form.name);
                    let expected = given.reference(&form.graph);
                    let results = printed(model, form, &key, &program);
                    let found: Vec<Array> = expected
                        .iter()
                        .zip(results)
                        .map(|(array, data)| Array {
                            shape: array.shape.clone(),
                            data: data.unwrap_or_else(|| array.data.clone()),
                        })
                        .collect();
                    num_compared += 1;
                    let noisy = |noise| given.planned(&model.linked, &form.plan, Some(noise));
                    if let Err(problem) = compare(&expected, &found, precision.tolerance, noisy) {
                        failures.push(format!("{key}: {problem}\n{}", model.source));
                    }
                }
            }
        }
    }
    println!("{} models, {num_compared} comparisons", chosen.len());
    for failure in &failures {
        println!("{}", failure.lines().next().unwrap_or_default());
    }
    assert!(failures.is_empty(), "{} failures, the first: {}", failures.len(), failures[0]);
    assert!(chosen.len() >= num_models, "only {} models can be compiled", chosen.len());
}

#[test]
fn compiled_models_compute_what_their_graphs_say() {
    check(&Precision { float: Float::F32, folder: "differential", tolerance: (1e-5, 6e-8) }, NUM_MODELS);
}

#[test]
fn compiled_models_in_f64_compute_what_their_graphs_say() {
    let precision =
        Precision { float: Float::F64, folder: "differential_in_f64", tolerance: (1e-12, 1.2e-16) };
    // One model for each method is enough: how models are taken apart does not depend on the computing type.
    precision.float.scope(|| check(&precision, 0));
}
