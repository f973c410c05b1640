//! How long expansion takes, at the opt-level at which proc macros run.

#[path = "models/linker.rs"]
#[allow(dead_code)] // shared with the tests of whole models
mod linker;

use linker::{expand_linked, link};
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
            let tokens = expand_linked(&root, &joined, None);
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
