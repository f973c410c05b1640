//! Where functions that are written once for both types reach their limits in f64.

/// From 19.07 on `tanh` rounds to 1.
pub(super) const TANH_IS_ONE: f64 = 20.0;

/// Beyond this `sinh` and `cosh` are infinite.
pub(super) const SINH_OVERFLOWS: f64 = 711.0;

/// `2^27 + 1`, which splits a number into two of 26 bits each.
pub(super) const SPLIT: f64 = 134_217_729.0;
