//! The order of whole numbers, exactly: as `f32` they could be told apart up to 2^24 only.

use super::super::Float;
use crate::parallel::{for_each_piece, num_parts};
use std::cmp::Ordering;

/// A whole number of any type that tensors have.
pub trait Whole: Copy + Into<i128> + Sync {}
impl<T: Copy + Into<i128> + Sync> Whole for T {}

/// `output[i]` is -1 where `a[i] < b[i]`, 0 where they are equal, 1 where `a[i] > b[i]`.
///
/// # Shapes
/// - `output`, `a`, `b`: `[n]`; `output` is overwritten
///
/// # Panics
/// When the lengths differ.
///
/// # Numerics
/// Exact, between any two types.
pub fn order<A: Whole, B: Whole>(output: &mut [Float], a: &[A], b: &[B]) {
    assert!(output.len() == a.len() && a.len() == b.len(), "numbers to compare differ in length");
    each(output, &|index| a[index].into().cmp(&b[index].into()));
}

/// [`order`] of each number and one other.
///
/// # Panics
/// When the lengths differ.
pub fn order_to<A: Whole>(output: &mut [Float], a: &[A], number: i64) {
    assert_eq!(output.len(), a.len(), "numbers to compare differ in length from the output");
    each(output, &|index| a[index].into().cmp(&number.into()));
}

fn each(output: &mut [Float], order: &(impl Fn(usize) -> Ordering + Sync)) {
    let len = output.len();
    let parts = num_parts(len, len);
    for_each_piece(output, 1, len, parts, &|part, output| {
        let first = len * part / parts;
        for (index, out) in output.iter_mut().enumerate() {
            *out = Float::from(order(first + index) as i8);
        }
    });
}
