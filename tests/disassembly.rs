//! The machine code of generated loops: every one runs at the full width of the machine's vectors, with no calls.
//!
//! This file is built once more in release, its loops are found in the listing of `objdump`, and for AVX-512 and AVX2
//! - whatever the innermost loops do to single elements (the rest of a row) they also do to whole registers;
//! - a loop that computes nothing per element stores whole registers: what it stores does not depend on the element;
//! - calls lead to panics of range checks, or reduce a block, or take operands or clear memory, and none of these in an
//!   innermost loop over elements.
#![allow(missing_docs)]

#[path = "disassembly/elementwise.rs"]
mod elementwise;
#[path = "disassembly/functions.rs"]
mod functions;
#[path = "disassembly/listing.rs"]
mod listing;
mod models;
mod rebuild;

use elementwise::Elementwise;
use listing::{Function, Instruction, Listing};
use macrograd::prelude::*;
use models::{lenet::LeNet, mlp::Mlp, resnet::ResNet};
use std::collections::BTreeSet;
use std::path::PathBuf;

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

/// Builds this test in release. What it depends on was built for the examples.
fn build_release() -> PathBuf {
    rebuild::rebuilt("disassembly", &["--release"], &[])
}

/// Arithmetic of floating-point vectors, without the suffix that says on how many elements: `vadd` of `vaddps`.
const ARITHMETIC: &[&str] =
    &["vadd", "vsub", "vmul", "vdiv", "vsqrt", "vmax", "vmin", "vfmadd", "vfmsub", "vfnmadd", "vfnmsub"];

/// `vfmadd` of `vfmadd231ps`: the operation, if the instruction does it on elements given by `suffix`.
fn operation(instruction: &Instruction, suffix: &str) -> Option<&'static str> {
    let stem = instruction.mnemonic.strip_suffix(suffix)?.trim_end_matches(|c: char| c.is_ascii_digit());
    ARITHMETIC.iter().copied().find(|known| *known == stem)
}

/// The addresses of a function's calls, and what they lead to.
fn calls(function: &Function, listing: &Listing) -> Vec<(u64, String)> {
    let mut calls = Vec::new();
    // A call by register, for a function that is called several times: what was loaded into it counts.
    let mut by_register = String::new();
    for instruction in &function.instructions {
        let target = listing.target(instruction);
        if instruction.mnemonic == "mov" && instruction.operands.contains("(%rip)") {
            by_register = target.clone().unwrap_or_default();
        }
        if instruction.mnemonic == "call" {
            calls.push((instruction.address, target.unwrap_or_else(|| by_register.clone())));
        }
    }
    calls
}

/// What is wrong with a loop, line by line.
fn problems(function: &Function, listing: &Listing, register: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let calls = calls(function, listing);
    let is_reduction = |target: &str| target.contains("lanes::Reduction>::");
    // The loop over blocks around a reduction has no elements of its own.
    let reduces = |start: u64, end: u64| {
        calls.iter().any(|(address, target)| (start..=end).contains(address) && is_reduction(target))
    };
    let elements: Vec<&Instruction> = function.innermost(|start, end| !reduces(start, end)).collect();
    let operations = |suffix: &str, register: &str| -> BTreeSet<&'static str> {
        let uses = elements.iter().filter(|instruction| instruction.operands.contains(register));
        uses.filter_map(|instruction| operation(instruction, suffix)).collect()
    };
    let (vector, scalar) = (operations("ps", register), operations("ss", "xmm"));
    // On vectors, a maximum or minimum may be a comparison and a masked move.
    let compares = elements.iter().any(|instruction| {
        instruction.mnemonic.starts_with("vcmp")
            && instruction.mnemonic.ends_with("ps")
            && instruction.operands.contains(register)
    });
    let is_covered = |operation: &str| compares && matches!(operation, "vmax" | "vmin");
    for missing in scalar.difference(&vector).filter(|operation| !is_covered(operation)) {
        problems.push(format!("`{missing}` on single elements only"));
    }
    let stores = |instruction: &&&Instruction| {
        // The last operand is the target.
        instruction.mnemonic.starts_with("vmov")
            && instruction.operands.starts_with(register)
            && instruction.operands.contains('(')
    };
    let only_reduces = elements.is_empty() && calls.iter().any(|(_, target)| is_reduction(target));
    let works = !vector.is_empty() || compares || elements.iter().any(|instruction| stores(&instruction));
    if !works && !only_reduces {
        problems.push(format!("no arithmetic on {register} and no store of one in an innermost loop"));
    }
    for (address, target) in &calls {
        let is_panic = target.contains("panic") || target.contains("slice_index_fail");
        let prepares = (target.starts_with("memset") || target.contains("fused::Part"))
            && !elements.iter().any(|inner| inner.address == *address);
        if !is_panic && !prepares && !is_reduction(target) {
            problems.push(format!("a call to `{target}` at {address:x}"));
        }
    }
    problems
}

fn check_loops(listing: &Listing, isa: &str, register: &str) {
    let fused = format!("macrograd_runtime::fused::run_{isa}::<disassembly::");
    let fold = format!("macrograd_runtime::isa::run_{isa}::<macrograd_runtime::lanes::Fold<");
    let is_loop = |function: &&Function| {
        function.name.starts_with(&fused) && function.name.contains("::loop_")
            || function.name.starts_with(&fold)
    };
    let loops: Vec<&Function> = listing.functions.iter().filter(is_loop).collect();
    let mut report = String::new();
    for function in &loops {
        for problem in problems(function, listing, register) {
            report.push_str(&format!("{}: {problem}\n", function.name));
        }
    }
    let folds = loops.iter().filter(|function| function.name.starts_with(&fold)).count();
    println!("{isa}: {} loops", loops.len());
    assert!(folds >= 2, "the sum and the maximum of generated loops are found, not {folds}");
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
