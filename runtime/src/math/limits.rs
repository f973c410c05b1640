//! Where functions that are written once for both types reach their limits in f32.

/// From 9.02 on `tanh` rounds to 1.
pub(super) const TANH_IS_ONE: f32 = 9.5;

/// Beyond this `sinh` and `cosh` are infinite.
pub(super) const SINH_OVERFLOWS: f32 = 89.5;

/// `2^12 + 1`, which splits a number into two of 12 bits each.
pub(super) const SPLIT: f32 = 4097.0;
