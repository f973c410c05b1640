//! What a debugger shows of a model: breakpoints on the user's lines, in the forward and in the backward pass.
#![allow(missing_docs)]

#[path = "debugger/feed_forward.rs"]
mod feed_forward;
mod rebuild;

use feed_forward::FeedForward;
use macrograd::prelude::*;
use std::process::Command;

#[model]
pub struct Net {
    fc1: nn::Linear<16, 24>,
    inner: FeedForward<24>,
    fc2: nn::Linear<24, 4>,
}

#[model]
impl Net {
    /// Class scores.
    pub fn forward<N: Dim>(&self, x: Tensor<N, 16>) -> Tensor<N, 4> {
        let x = self.fc1(x); // line: linear
        let x = x.relu(); // line: relu
        let x = self.inner(x);
        self.fc2(x)
    }

    /// Mean cross-entropy.
    pub fn loss<N: Dim>(&self, x: Tensor<N, 16>, label: Tensor<u8, N>) -> Tensor {
        let scores = self.forward(x);
        scores.cross_entropy(label) // line: loss
    }
}

/// What runs under the debugger.
#[test]
fn one_training_step() {
    let net = Net::new(Device::cpu(), 1);
    let x = Tensor::from_vec((3, Const::<16>), (0..48).map(|i| (i % 7) as f32 - 3.0).collect());
    let label = Tensor::from_vec((3,), vec![0u8, 1, 2]);
    let (loss, _) = net.loss_grad(&x, &label);
    assert!(loss.is_finite());
}

/// File and line of each marked line: `// line: name`.
fn marked_lines() -> Vec<(String, String)> {
    let sources = [
        ("tests/debugger.rs", include_str!("debugger.rs")),
        ("tests/debugger/feed_forward.rs", include_str!("debugger/feed_forward.rs")),
    ];
    let mut marked = Vec::new();
    for (file, text) in sources {
        for (index, line) in text.lines().enumerate() {
            if let Some((code, name)) = line.split_once("; // line: ").or(line.split_once(") // line: "))
                && !code.trim_start().starts_with("//")
                && !code.contains('"')
            {
                marked.push((name.to_string(), format!("{file}:{}", index + 1)));
            }
        }
    }
    marked
}

/// Runs the step under gdb with breakpoints on the marked lines; each hit prints its name and a backtrace.
fn run_under_gdb(marked: &[(String, String)]) -> String {
    let mut script =
        String::from("set pagination off\nset confirm off\nset width 0\nset breakpoint pending off\n");
    for (name, place) in marked {
        script.push_str(&format!(
            "break {place}\ncommands\nsilent\necho HIT {name}\\n\nbacktrace 16\ncontinue\nend\n"
        ));
    }
    script.push_str("run\n");
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("debugger.gdb");
    std::fs::write(&path, script).expect("the folder for temporary files can be written to");
    // Tests may be built without what a debugger needs.
    let program = rebuild::rebuilt("debugger", &[], &["-C", "debuginfo=2", "-C", "strip=none"]);
    let output = Command::new("gdb")
        .args(["--batch", "--nx", "-x"])
        .arg(&path)
        .arg("--args")
        .arg(program)
        .args(["one_training_step", "--exact", "--test-threads=1"])
        .env("RAYON_NUM_THREADS", "1")
        .output()
        .expect("gdb runs; install it with `apt-get install gdb`");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("exited normally"), "gdb ran the program to its end:\n{text}\n{errors}");
    assert!(!errors.contains("No line"), "every line has code:\n{errors}");
    text
}

#[test]
fn breakpoints_on_the_users_lines_are_hit_in_both_passes() {
    let marked = marked_lines();
    assert_eq!(marked.len(), 5, "the lines above are found: {marked:?}");
    let text = run_under_gdb(&marked);
    let hits: Vec<&str> = text.split("HIT ").skip(1).collect();
    let position = |name: &str| -> Vec<usize> {
        (0..hits.len()).filter(|&index| hits[index].starts_with(&format!("{name}\n"))).collect()
    };
    let loss = *position("loss").first().unwrap_or_else(|| panic!("the line of the loss is hit:\n{text}"));
    for (name, place) in marked.iter().filter(|(name, _)| name != "loss") {
        let at = position(name);
        assert!(at.iter().any(|&hit| hit < loss), "{place} ({name}) is hit in the forward pass:\n{text}");
        // Line tables alone have no blocks: of the places of one line in one function, gdb stops at the first only.
        let is_hit_later = at.iter().any(|&hit| hit > loss);
        assert!(
            is_hit_later || !cfg!(debug_assertions),
            "{place} ({name}) is hit in the backward pass:\n{text}"
        );
        for &hit in &at {
            assert!(hits[hit].contains(place), "{place} ({name}) shows in the backtrace:\n{}", hits[hit]);
            let caller = "tests/debugger.rs";
            assert!(hits[hit].contains(caller), "{caller} shows in the backtrace:\n{}", hits[hit]);
        }
    }
}
