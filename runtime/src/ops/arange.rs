//! Evenly spaced numbers.

use super::super::Float;
use crate::parallel::{for_each_piece, num_parts};

/// A number that is computed in f64 and stored.
pub trait Spaced: Copy + Send {
    /// The number as it is stored.
    fn from_f64(value: f64) -> Self;
}

impl Spaced for Float {
    #[inline(always)]
    fn from_f64(value: f64) -> Float {
        value as Float
    }
}

impl Spaced for u32 {
    #[inline(always)]
    fn from_f64(value: f64) -> u32 {
        value as u32
    }
}

/// `output[i] = start + i * step`, computed in f64.
pub fn arange<T: Spaced>(output: &mut [T], start: f64, step: f64) {
    let len = output.len();
    let parts = num_parts(len, len);
    for_each_piece(output, 1, len, parts, &|part, output| {
        let first = len * part / parts;
        for (index, out) in output.iter_mut().enumerate() {
            *out = T::from_f64(start + (first + index) as f64 * step);
        }
    });
}

/// Numbers at equal distances from `start` to `end`, both among them; `start` alone if there is room for one.
///
/// # Numerics
/// Counted from the nearer end, in f64, so that both ends are exact and the numbers are symmetric.
pub fn linspace(output: &mut [Float], start: f64, end: f64) {
    let len = output.len();
    let step = if len > 1 { (end - start) / (len - 1) as f64 } else { 0.0 };
    let parts = num_parts(len, len);
    for_each_piece(output, 1, len, parts, &|part, output| {
        let first = len * part / parts;
        for (index, out) in output.iter_mut().enumerate() {
            let place = first + index;
            let from_start = start + place as f64 * step;
            let from_end = end - (len - 1 - place) as f64 * step;
            *out = if 2 * place < len { from_start } else { from_end } as Float;
        }
    });
}
