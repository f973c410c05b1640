//! How long expansion takes, as a user pays for it: without verifiers.
//!
//! Proc macros run at opt-level 0, this workspace compiles the compiler at 1. As in a user's build:
//! `cargo test -p macrograd-compiler --test speed --config profile.dev.package.macrograd-compiler.opt-level=0 -- --nocapture`.

#[path = "models/linker.rs"]
#[allow(dead_code)] // shared with the tests of whole models
mod linker;

use linker::{expand_unverified, link};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::HashSet;
use std::sync::OnceLock;
use std::time::Instant;

/// Time this thread has run: unlike the wall clock, it does not count what else the machine does.
fn thread_milliseconds() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let wall = START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1e3;
    // Its first number is nanoseconds on the processor; elsewhere than on Linux the wall clock has to do.
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = statistics.split(' ').next().and_then(|first| first.parse::<f64>().ok());
    nanoseconds.map_or(wall, |nanoseconds| nanoseconds / 1e6)
}

/// Median of five, in milliseconds, and bytes of the tokens.
fn measure(name: &str, source: &str) -> f64 {
    let (root, joined) = link(source);
    let mut bytes = 0;
    let mut times: Vec<f64> = (0..5)
        .map(|_| {
            let start = thread_milliseconds();
            let tokens = expand_unverified(&root, &joined);
            let elapsed = thread_milliseconds() - start;
            bytes = tokens.to_string().len();
            elapsed
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{name}: {:.0} ms, {bytes} bytes emitted", times[2]);
    times[2]
}

#[test]
fn expansion_is_quick() {
    // The limits are five times what was measured when they were set: a slow machine passes, a quadratic step does not.
    let lenet = measure("LeNet", include_str!("../../../tests/models/lenet.rs"));
    assert!(lenet < 500.0, "LeNet took {lenet} ms");
}

#[test]
fn expansion_of_twenty_layers_is_quick() {
    let resnet = measure("ResNet-20", include_str!("../../../tests/models/resnet20.rs"));
    assert!(resnet < 5000.0, "ResNet-20 took {resnet} ms");
}

/// A transformer of `layers` equal blocks.
fn transformer(layers: usize) -> String {
    format!(
        r#"
        #[model]
        struct Gpt {{
            tokens: nn::Embedding<65, 64>,
            #[with(activation = "gelu", norm_first = true)]
            blocks: [nn::TransformerEncoderLayer<64, 4, 256>; {layers}],
            head: nn::Linear<64, 65>,
        }}

        #[model]
        impl Gpt {{
            pub fn loss<N: Dim, T: Dim>(&self, text: Tensor<u32, N, T>, next: Tensor<u32, N, T>) -> Tensor {{
                let mut x = self.tokens(text);
                for block in &self.blocks {{
                    x = block(x);
                }}
                self.head(x).reshape([N * T, 65]).cross_entropy(next.reshape([N * T]))
            }}
        }}
        "#
    )
}

/// The tokens without the table of the tensors, which has a line for each.
fn without_layout(tokens: TokenStream, words: &mut Vec<String>) {
    let mut is_entry = false;
    for tree in tokens {
        match tree {
            TokenTree::Group(group) if is_entry && group.delimiter() == Delimiter::Parenthesis => {}
            TokenTree::Group(group) => without_layout(group.stream(), words),
            other => {
                let word = other.to_string();
                is_entry = word == "tensor";
                words.push(word);
                continue;
            }
        }
        is_entry = false;
    }
    // What separates the lines of the table.
    let table = ["tensor", ","];
    let end = words.iter().rposition(|word| !table.contains(&word.as_str())).map_or(0, |last| last + 1);
    if words[end..].iter().any(|word| word == "tensor") {
        words.truncate(end);
    }
}

#[test]
fn a_stack_is_compiled_once_however_high() {
    let expanded = |layers: usize| {
        let (root, joined) = link(&transformer(layers));
        let start = thread_milliseconds();
        let tokens = expand_unverified(&root, &joined);
        println!("{layers} layers: {:.0} ms", thread_milliseconds() - start);
        let mut words = Vec::new();
        without_layout(tokens, &mut words);
        words
    };
    let (two, ninety_six) = (expanded(2), expanded(96));
    assert_eq!(two.len(), ninety_six.len(), "the same text but for numbers");
    let has_number = |word: &str| word.contains(|c: char| c.is_ascii_digit());
    let mut numbers = HashSet::new();
    for (a, b) in two.iter().zip(&ninety_six).filter(|(a, b)| a != b) {
        assert!(has_number(a) && has_number(b), "{a} and {b} differ in more than a number");
        numbers.insert((a, b));
    }
    println!("{} words, numbers that differ: {numbers:?}", two.len());
    // The number of layers and places in the state.
    assert!(numbers.contains(&(&"2".to_string(), &"96".to_string())));
}
