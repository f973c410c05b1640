//! Every message of the model compiler as a person sees it: `tests/ui/<topic>/<mistake>.rs` with its `.stderr`.
//!
//! `TRYBUILD=overwrite cargo test --test ui` accepts new messages; read the difference aloud.

/// Topics are the folders of `tests/ui`.
#[test]
fn messages() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}
