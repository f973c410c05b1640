//! Medians against their plain form, with ties, infinities and NaN.
#![allow(missing_docs)]

mod common;

use common::{check, random_integers, random_values, reference};
use macrograd_runtime::ops::median::{median, median_ref};

fn compare(name: &str, input: &[f32], outer: usize, axis_len: usize, inner: usize) {
    let expected = reference(outer * inner, |output| median_ref(output, input, outer, axis_len, inner));
    check(name, &expected, 0.0, |output| median(output, input, outer, axis_len, inner));
}

#[test]
fn median_matches_its_plain_form() {
    for axis_len in [1, 2, 3, 4, 15, 16, 17, 33, 211] {
        for (outer, inner) in [(1, 1), (3, 1), (0, 1), (3, 0), (2, 2), (3, 17), (1, 64), (257, 1), (31, 35)] {
            let len = outer * axis_len * inner;
            let name = format!("{outer} x {axis_len} x {inner}");
            compare(&name, &random_values(len, 1), outer, axis_len, inner);
            compare(&format!("{name} with ties"), &random_integers(len, 2), outer, axis_len, inner);
            let mut special = random_integers(len, 3);
            for index in (0..len).step_by(7) {
                special[index] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0][index % 4];
            }
            compare(&format!("{name} with special values"), &special, outer, axis_len, inner);
        }
    }
}

#[test]
fn the_lower_of_two_middle_elements_counts() {
    let mut output = [f32::NAN];
    median(&mut output, &[4.0, -1.0, 3.0, 2.0], 1, 4, 1);
    assert_eq!(output, [2.0]);
}
