//! How long expansion takes, at the opt-level at which proc macros run.

#[path = "models/linker.rs"]
#[allow(dead_code)] // shared with the tests of whole models
mod linker;

use linker::{expand_linked, link};
use std::time::Instant;

/// Median of five, in milliseconds of this thread's wall clock, and bytes of the tokens.
fn measure(name: &str, source: &str) -> f64 {
    let (root, joined) = link(source);
    let mut bytes = 0;
    let mut times: Vec<f64> = (0..5)
        .map(|_| {
            let start = Instant::now();
            let (tokens, _) = expand_linked(&root, &joined);
            let elapsed = start.elapsed().as_secs_f64() * 1e3;
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
    assert!(lenet < 1000.0, "LeNet took {lenet} ms");
}

#[test]
fn expansion_of_twenty_layers_is_quick() {
    let resnet = measure("ResNet-20", include_str!("../../../tests/models/resnet20.rs"));
    assert!(resnet < 10_000.0, "ResNet-20 took {resnet} ms");
}
