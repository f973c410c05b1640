//! Calls operations by name, builds graphs of them, and compares gradients with finite differences.

mod arguments;
mod call;
mod case;
mod compare;
mod elementwise;
mod losses;

pub(crate) use arguments::*;
pub(crate) use call::*;
pub(crate) use case::*;
pub(crate) use compare::*;
pub(crate) use elementwise::*;
pub(crate) use losses::*;
