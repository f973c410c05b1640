//! Elementary functions that vectorise, one family per file, and helpers with defined NaN behaviour.
//!
//! Every function is a straight line of additions, multiplications, bit operations and selections, so LLVM turns a
//! loop over it into full-width vector code inside [`dispatch`](crate::isa::dispatch). NaN in gives NaN out, but for
//! `pow(1, NaN)`, `pow(NaN, 0)` and `hypot(inf, NaN)`.
//!
//! Errors are bounds, in ULP of the exact result, over all inputs and instruction sets. The polynomials are minimax
//! fits whose coefficients are rounded to `f32` from the lowest order up, the others being refitted each time.
//!
//! Results may differ in the last bits between instruction sets, since some fuse multiplication and addition.

mod error_function;
mod exponential;
mod helpers;
mod hyperbolic;
mod limits;
mod logarithm;
mod power;
mod rounding;
mod trigonometric;

use super::Float;

pub use error_function::{erf, erfc};
pub use exponential::{exp, exp_m1, exp2, sigmoid, softplus};
pub use helpers::{abs, maximum, minimum, relu, select, softsign, sqrt};
pub use hyperbolic::{acosh, asinh, atanh, cosh, sinh, tanh};
pub use logarithm::{ln, ln_1p, log2};
pub use power::{hypot, pow, powi};
pub use rounding::{ceil, floor, fmod, round, trunc};
pub use trigonometric::{acos, asin, atan, atan2, cos, sin, tan};
