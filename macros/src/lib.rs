//! macrograd macros.
