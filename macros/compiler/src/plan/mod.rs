//! Planning.
/// Alignment.
pub const ALIGN: usize = 16;
