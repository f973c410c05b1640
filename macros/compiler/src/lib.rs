//! The compiler of macrograd: from the tokens of an annotated struct and its functions to the tokens of forward and
//! backward functions. An ordinary library, so that tests, benches and tools can link it.
#![forbid(unsafe_code)]

pub mod autodiff;
mod budget;
pub mod choices;
pub mod compile;
pub mod constant;
pub mod diagnostics;
pub mod emit;
pub mod entry;
pub mod fragments;
pub mod graph;
pub mod init;
pub mod link;
pub mod lints;
pub mod lower;
mod names;
pub mod ops;
pub mod optimise;
pub mod parse;
pub mod plan;
pub mod program;
pub mod program_text;
pub mod recompute;
pub mod reference;
pub mod requirements;
pub mod stand_in;
pub mod training;
