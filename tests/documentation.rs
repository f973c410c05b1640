//! The documentation lists every operation and every initialiser.
#![allow(missing_docs)]

#[test]
fn every_operation_is_documented() {
    let page = include_str!("../src/ops.rs");
    let missing: Vec<&str> = macrograd_compiler::ops::method_names()
        .filter(|name| !page.contains(&format!("`{name}`")) && !page.contains(&format!("`{name}(")))
        .collect();
    assert!(missing.is_empty(), "src/ops.rs does not mention {missing:?}");
}

#[test]
fn every_initialiser_is_documented() {
    let page = include_str!("../src/init.rs");
    let missing: Vec<&str> = macrograd_compiler::init::initialiser_names()
        .filter(|name| !page.contains(&format!("`{name}`")) && !page.contains(&format!("`{name}(")))
        .collect();
    assert!(missing.is_empty(), "src/init.rs does not mention {missing:?}");
}
