//! The search over hyper-parameters: what it proposes, what it finds, and what it keeps.

#[path = "tune/files.rs"]
mod files;
mod folder;
#[path = "tune/proposals.rs"]
mod proposals;
#[path = "tune/pruning.rs"]
mod pruning;
#[path = "tune/refusals.rs"]
mod refusals;
#[path = "tune/search.rs"]
mod search;
