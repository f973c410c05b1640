//! `argmax` and `argmin` against their plain form, with ties and NaN; whole numbers as `f32`.

mod common;

use common::{random_integers, random_values, run_everywhere};
use macrograd_runtime::arena::{as_u32, as_u32_mut};
use macrograd_runtime::ops::argmax::{argmax, argmax_ref};
use macrograd_runtime::ops::to_f32::to_f32;

fn check(name: &str, input: &[f32], outer: usize, axis_len: usize, inner: usize) {
    for smallest in [false, true] {
        let mut expected = vec![u32::MAX; outer * inner];
        argmax_ref(&mut expected, input, outer, axis_len, inner, smallest);
        let outputs = run_everywhere(expected.len(), |output| {
            argmax(as_u32_mut(output), input, outer, axis_len, inner, smallest);
        });
        for (level, output) in outputs {
            assert_eq!(as_u32(&output), expected, "{name}, smallest {smallest}, {level:?}");
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

#[test]
fn whole_numbers_become_the_nearest_f32() {
    for len in [0, 1, 15, 16, 17, 40_000] {
        let input: Vec<u32> = (0..len as u32).collect();
        for (level, output) in run_everywhere(len, |output| to_f32(output, &input)) {
            assert!(output.iter().zip(&input).all(|(&out, &value)| out == value as f32), "{len}, {level:?}");
        }
    }
    let mut output = [0.0; 3];
    to_f32(&mut output, &[-1i64, (1 << 24) + 1, i64::MAX]);
    assert_eq!(output, [-1.0, 16_777_216.0, 9_223_372_036_854_775_807.0]);
}
