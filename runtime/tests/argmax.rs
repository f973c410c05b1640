//! `argmax` and `argmin` against their plain form, with ties and NaN.

mod common;

use common::{random_integers, random_values, run_everywhere};
use macrograd_runtime::arena::{view, view_mut};
use macrograd_runtime::ops::argmax::{argmax, argmax_ref};

fn check(name: &str, input: &[f32], outer: usize, axis_len: usize, inner: usize) {
    for smallest in [false, true] {
        let mut expected = vec![u32::MAX; outer * inner];
        argmax_ref(&mut expected, input, outer, axis_len, inner, smallest);
        let outputs = run_everywhere(expected.len(), |output| {
            argmax(view_mut::<u32>(output), input, outer, axis_len, inner, smallest);
        });
        for (level, output) in outputs {
            assert_eq!(view::<u32>(&output), expected, "{name}, smallest {smallest}, {level:?}");
        }
    }
}

#[test]
fn argmax_matches_its_plain_form() {
    for axis_len in [1, 2, 3, 15, 16, 17, 31, 33, 100, 1009] {
        for (outer, inner) in [(1, 1), (3, 1), (0, 1), (3, 0), (2, 2), (3, 17), (1, 64), (257, 1), (31, 65)] {
            let len = outer * axis_len * inner;
            let name = format!("{outer} x {axis_len} x {inner}");
            check(&name, &random_values(len, 1), outer, axis_len, inner);
            check(&format!("{name} with ties"), &random_integers(len, 2), outer, axis_len, inner);
            let mut with_nan = random_integers(len, 3);
            for index in (0..len).step_by(7) {
                with_nan[index] = f32::NAN;
            }
            check(&format!("{name} with NaN"), &with_nan, outer, axis_len, inner);
        }
    }
}

#[test]
fn infinities_and_zeros_are_numbers() {
    check("infinite", &[f32::NEG_INFINITY; 40], 1, 40, 1);
    check("infinite", &[f32::INFINITY, f32::NEG_INFINITY, f32::INFINITY], 1, 3, 1);
    check("zeros of both signs", &[0.0, -0.0, 0.0, -0.0], 2, 2, 1);
}
