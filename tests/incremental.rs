//! A model moves in its file between two incremental builds.
//!
//! rustc keeps what it knows of an item by where the item stands. Items of generated code that stood in several files
//! once made it read past the end of a file that had become shorter (`on_disk_cache`, index out of bounds).
#![allow(missing_docs)]

use std::path::Path;
use std::process::Command;

const MANIFEST: &str = r#"
[package]
name = "moved-model"
version = "0.1.0"
edition = "2024"

[dependencies]
macrograd = { path = "MACROGRAD", default-features = false }

[profile.dev]
incremental = true

[workspace]
"#;

const MODEL: &str = r"
use macrograd::prelude::*;

#[model]
pub struct Net {
    #[with(padding = 1)]
    conv: nn::Conv2d<1, 4, 3>,
    norm: nn::BatchNorm2d<4>,
    fc: nn::Linear<64, 10>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, image: Tensor<N, 1, 4, 4>) -> Tensor<N, 10> {
        self.fc(self.norm(self.conv(image)).relu().flatten(1))
    }

    pub fn loss<N: Dim>(&self, image: Tensor<N, 1, 4, 4>, label: Tensor<u8, N>) -> Tensor {
        self.forward(image).cross_entropy(label)
    }
}
";

const MAIN: &str = r"
mod net;
use macrograd::prelude::*;

fn main() {
    let net = net::Net::new(Device::cpu(), 0);
    let image = Tensor::from_vec((1, Const::<1>, Const::<4>, Const::<4>), vec![0.5; 16]);
    let (loss, _) = net.loss_grad(&image, &Tensor::from_vec((1,), vec![3u8]));
    assert!(loss.is_finite());
}
";

/// Builds and runs the crate with `lines` lines above its model.
fn run_with_lines_above(folder: &Path, lines: usize) {
    let text = "// A line above the model.\n".repeat(lines) + MODEL;
    std::fs::write(folder.join("src/net.rs"), text).expect("the folder is ours");
    let output = Command::new(env!("CARGO"))
        .current_dir(folder)
        .args(["run", "--offline", "--quiet"])
        .env("CARGO_INCREMENTAL", "1")
        // What it depends on is built once for all programs of the tests.
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs"))
        .output()
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{lines} lines above the model:\n{errors}");
}

#[test]
fn a_model_may_move_between_incremental_builds() {
    let repository = env!("CARGO_MANIFEST_DIR");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("incremental");
    std::fs::create_dir_all(folder.join("src")).expect("the target folder can be written");
    std::fs::write(folder.join("Cargo.toml"), MANIFEST.replace("MACROGRAD", repository)).expect("written");
    std::fs::write(folder.join("src/main.rs"), MAIN).expect("written");
    // The same versions as the workspace has, so that nothing is looked up.
    std::fs::copy(Path::new(repository).join("Cargo.lock"), folder.join("Cargo.lock")).expect("copied");
    for lines in [400, 0, 7, 400] {
        run_with_lines_above(&folder, lines);
    }
}
