//! The modelling language, feature by feature, each against an expectation worked out another way.
#![allow(missing_docs)]
#![forbid(unsafe_code)]

mod models;

#[path = "language/cache.rs"]
mod cache;
#[path = "language/checkpoints.rs"]
mod checkpoints;
#[path = "language/decisions.rs"]
mod decisions;
#[path = "language/derivatives.rs"]
mod derivatives;
#[path = "language/elements.rs"]
mod elements;
#[path = "language/fields.rs"]
mod fields;
#[path = "language/generics.rs"]
mod generics;
#[path = "language/initialisers.rs"]
mod initialisers;
#[path = "language/optional.rs"]
mod optional;
#[path = "language/runtime_dims.rs"]
mod runtime_dims;
#[path = "language/rust_ops.rs"]
mod rust_ops;
#[path = "language/scale.rs"]
mod scale;
#[path = "language/scans.rs"]
mod scans;
#[path = "language/stack_state.rs"]
mod stack_state;
#[path = "language/stacks.rs"]
mod stacks;
#[path = "language/structs.rs"]
mod structs;
#[path = "language/support.rs"]
mod support;
#[path = "language/threads.rs"]
mod threads;
#[path = "language/updates.rs"]
mod updates;
#[path = "language/values.rs"]
mod values;
#[path = "language/watch.rs"]
mod watch;
