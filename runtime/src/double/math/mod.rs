//! Elementary functions of f64, with the names and the limits of those of [`crate::math`].
//!
//! Exponentials, logarithms, what builds on them and the error function vectorise as those do: straight lines without branches. The others
//! call the crate `libm`, one number at a time; its results are the same on every target.
//!
//! Errors are bounds, in ULP of the exact result, over all inputs and instruction sets.

mod error_function;
mod exponential;
#[path = "../../math/helpers.rs"]
mod helpers;
#[path = "../../math/hyperbolic.rs"]
mod hyperbolic;
mod libm;
mod limits;
mod logarithm;
mod power;
#[path = "../../math/rounding.rs"]
mod rounding;

use super::Float;

pub use error_function::erf;
pub use exponential::{exp, exp_m1, exp2, sigmoid, softplus};
pub use helpers::{abs, maximum, minimum, relu, select, softsign, sqrt};
pub use hyperbolic::{acosh, asinh, atanh, cosh, sinh, tanh};
pub use libm::{acos, asin, atan, atan2, cos, erfc, pow, sin, tan};
pub use logarithm::{ln, ln_1p, log2};
pub use power::{hypot, powi};
pub use rounding::{ceil, floor, fmod, round, trunc};
