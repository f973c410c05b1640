//! What models expand to: the same in every build, and nothing unsafe.
//!
//! This file is checked twice with `MACROGRAD_EMIT`, which writes every stage of the compiler, to two folders. Cargo
//! knows that its models depend on the variable.
#![allow(missing_docs)]

mod models;

use macrograd::prelude::*;
use models::{lenet::LeNet, mlp::Mlp, resnet::ResNet, resnet20::ResNet20};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn a_network_of_twenty_layers_runs() {
    let net = ResNet20::new(Device::cpu(), 1);
    let image = Tensor::from_vec((1, Const::<3>, Const::<32>, Const::<32>), vec![0.5; 3072]);
    let label = Tensor::from_vec((1,), vec![3u8]);
    assert_eq!(net.forward(&image).as_slice().len(), 10);
    let (loss, _) = net.loss_grad(&image, &label);
    assert!(loss.is_finite());
    // Names as in PyTorch, stacks by index, and the parameters of the paper's 20 layers and two projections.
    assert!(net.named_parameters().any(|(name, ..)| name == "stage1.2.conv2.weight"));
    assert_eq!(ResNet20::PARAMETERS, 272_474);
}

/// Checks this file once more; the stages of each model, by path.
fn emit(folder: &Path) -> BTreeMap<PathBuf, String> {
    let _ = std::fs::remove_dir_all(folder);
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["check", "--offline", "--test", "expansion"])
        .env("MACROGRAD_EMIT", folder)
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "the build succeeds:\n{}", String::from_utf8_lossy(&output.stderr));
    let mut files = BTreeMap::new();
    for model in [LeNet::NAME, Mlp::NAME, ResNet::NAME, ResNet20::NAME] {
        let model = folder.join(model);
        for file in std::fs::read_dir(&model).expect("one folder for each model") {
            let path = file.expect("the folder can be read").path();
            let text = std::fs::read_to_string(&path).expect("stages are text");
            let name = path.strip_prefix(folder).expect("it lies in the folder").to_path_buf();
            files.insert(name, text);
        }
    }
    files
}

#[test]
fn two_builds_expand_to_the_same() {
    // Folders that cargo has not seen, so that it expands the models again.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("expansion-{}", std::process::id()));
    let (first, second) = (emit(&folder.join("first")), emit(&folder.join("second")));
    let names = |files: &BTreeMap<PathBuf, String>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&first), names(&second), "the same files");
    for (path, text) in &first {
        assert!(*text == second[path], "{} differs between two builds", path.display());
    }
    for model in [LeNet::NAME, Mlp::NAME, ResNet::NAME, ResNet20::NAME] {
        let expansion = &first[&Path::new(model).join("expansion.rs")];
        println!("{model}: {} bytes, {} lines", expansion.len(), expansion.lines().count());
        // Text that is not Rust would be one line.
        assert!(expansion.lines().count() > 100, "the expansion of {model} parses");
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        assert!(
            expansion.split(|c| !is_word(c)).all(|word| word != "unsafe"),
            "{model} expands to safe code"
        );
        assert!(!expansion.contains(env!("CARGO_MANIFEST_DIR")), "{model} contains no path of this machine");
    }
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
}
