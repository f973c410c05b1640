//! The machine code of generated loops: every one runs at the full width of the machine's vectors, with no calls.
//!
//! This file is built once more in release, its loops are found in the listing of `objdump`, and for AVX-512 and AVX2
//! - whatever the innermost loops do to single elements (the rest of a row) they also do to whole registers;
//! - a loop that computes nothing per element stores whole registers: what it stores does not depend on the element;
//! - calls lead to panics of range checks, or take operands or clear memory, and not in an innermost loop.
#![allow(missing_docs)]

#[path = "disassembly/elementwise.rs"]
mod elementwise;
#[path = "disassembly/functions.rs"]
mod functions;
#[path = "disassembly/listing.rs"]
mod listing;
mod models;

use elementwise::Elementwise;
use listing::{Function, Instruction, Listing};
use macrograd::prelude::*;
use models::{lenet::LeNet, mlp::Mlp, resnet::ResNet};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Everything whose loops are looked at is called here, so that it is compiled.
#[test]
fn every_function_runs() {
    functions::run_all();
    let label = Tensor::from_vec((2,), vec![1u8, 2]);
    let net = Elementwise::new(Device::cpu(), 1);
    let x = Tensor::from_vec((2, Const::<8>, Const::<20>, Const::<30>), vec![0.5; 9600]);
    let y = Tensor::from_vec((2, Const::<30>), vec![0.25; 60]);
    let mut grads = net.zero_grads();
    let mut workspace = net.workspace();
    net.loss_train(&mut workspace, &x, &y).1.backward(&net, 1.0, &mut grads);
    let expected = net.loss(&x, &y);
    assert!((net.loss_grad(&x, &y).0 - expected).abs() < 1e-4 * expected.abs());

    let net = LeNet::new(Device::cpu(), 1);
    let image = Tensor::from_vec((2, Const::<1>, Const::<28>, Const::<28>), vec![0.5; 1568]);
    assert!(net.forward(&image).as_slice()[0].is_finite() && net.loss(&image, &label).is_finite());
    assert!(net.loss_grad(&image, &label).0.is_finite());
    let net = Mlp::new(Device::cpu(), 1);
    let image = Tensor::from_vec((2, Const::<64>), vec![0.5; 128]);
    assert!(net.forward(&image).as_slice()[0].is_finite() && net.loss(&image, &label).is_finite());
    assert!(net.loss_grad(&image, &label).0.is_finite());
    let net = ResNet::new(Device::cpu(), 1);
    let image = Tensor::from_vec((2, Const::<3>, Const::<16>, Const::<16>), vec![0.5; 1536]);
    assert!(net.forward(&image).as_slice()[0].is_finite() && net.loss(&image, &label).is_finite());
    assert!(net.loss_grad(&image, &label).0.is_finite());
}

/// Builds this test in release, with names that show generic arguments.
fn build_release() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("disassembly");
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args([
            "test",
            "--offline",
            "--release",
            "--no-run",
            "--test",
            "disassembly",
            "--message-format=json",
        ])
        .arg("--target-dir")
        .arg(folder)
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("RUSTFLAGS", "-C symbol-mangling-version=v0")
        .output()
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the release build succeeds:\n{errors}");
    let messages = String::from_utf8_lossy(&output.stdout).into_owned();
    let path = messages.lines().filter_map(|line| line.split_once("\"executable\":\"")).next_back();
    let (_, path) = path.unwrap_or_else(|| panic!("cargo names the program:\n{messages}\n{errors}"));
    path.split('"').next().expect("the path ends with a quote").into()
}

/// Arithmetic of floating-point vectors, without the suffix that says on how many elements: `vadd` of `vaddps`.
const ARITHMETIC: &[&str] =
    &["vadd", "vsub", "vmul", "vdiv", "vsqrt", "vmax", "vmin", "vfmadd", "vfmsub", "vfnmadd", "vfnmsub"];

/// `vfmadd` of `vfmadd231ps`: the operation, if the instruction does it on elements given by `suffix`.
fn operation(instruction: &Instruction, suffix: &str) -> Option<&'static str> {
    let stem = instruction.mnemonic.strip_suffix(suffix)?.trim_end_matches(|c: char| c.is_ascii_digit());
    ARITHMETIC.iter().copied().find(|known| *known == stem)
}

/// What is wrong with a loop, line by line.
fn problems(function: &Function, listing: &Listing, register: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let of_innermost = |suffix: &str, register: &str| -> BTreeSet<&'static str> {
        let uses = function.innermost().filter(|instruction| instruction.operands.contains(register));
        uses.filter_map(|instruction| operation(instruction, suffix)).collect()
    };
    let (vector, scalar) = (of_innermost("ps", register), of_innermost("ss", "xmm"));
    // On vectors, a maximum or minimum may be a comparison and a masked move.
    let compares = function.innermost().any(|instruction| {
        instruction.mnemonic.starts_with("vcmp")
            && instruction.mnemonic.ends_with("ps")
            && instruction.operands.contains(register)
    });
    let is_covered = |operation: &str| compares && matches!(operation, "vmax" | "vmin");
    for missing in scalar.difference(&vector).filter(|operation| !is_covered(operation)) {
        problems.push(format!("`{missing}` on single elements only"));
    }
    let stores = |instruction: &&Instruction| {
        // The last operand is the target.
        instruction.mnemonic.starts_with("vmov")
            && instruction.operands.starts_with(register)
            && instruction.operands.contains('(')
    };
    if vector.is_empty() && function.innermost().filter(stores).count() == 0 {
        problems.push(format!("no arithmetic on {register} and no store of one in an innermost loop"));
    }
    // A call by register, for a function that is called several times: what was loaded into it counts.
    let mut by_register = String::new();
    for instruction in &function.instructions {
        let target = listing.target(instruction);
        if instruction.mnemonic == "mov" && instruction.operands.contains("(%rip)") {
            by_register = target.clone().unwrap_or_default();
        }
        if instruction.mnemonic != "call" {
            continue;
        }
        let target = target.unwrap_or_else(|| by_register.clone());
        let is_panic = target.contains("panic") || target.contains("slice_index_fail");
        let prepares = (target.starts_with("memset") || target.contains("fused::Part"))
            && !function.innermost().any(|inner| inner.address == instruction.address);
        if !is_panic && !prepares {
            problems.push(format!("a call to `{target}`: {} {}", instruction.mnemonic, instruction.operands));
        }
    }
    problems
}

fn check_loops(listing: &Listing, isa: &str, register: &str) {
    let wrapper = format!("macrograd_runtime::fused::run_{isa}::<disassembly::");
    let is_loop =
        |function: &&Function| function.name.starts_with(&wrapper) && function.name.contains("::loop_");
    let loops: Vec<&Function> = listing.functions.iter().filter(is_loop).collect();
    let mut report = String::new();
    for function in &loops {
        for problem in problems(function, listing, register) {
            report.push_str(&format!("{}: {problem}\n", function.name));
        }
    }
    println!("{isa}: {} loops", loops.len());
    assert!(loops.len() >= 60, "the loops of four models are found, not {}", loops.len());
    assert!(report.is_empty(), "loops of {isa} that fall short:\n{report}");
}

#[test]
#[cfg(target_arch = "x86_64")]
fn every_loop_runs_at_full_width() {
    let listing = Listing::new(&build_release());
    check_loops(&listing, "avx512", "%zmm");
    check_loops(&listing, "avx2", "%ymm");
}
