//! Running sums, running products and linear recurrences against their plain forms; rotation, evenly spaced numbers
//! and one-hot rows.
#![allow(missing_docs)]

mod common;

use common::{check, random_values, reference, run_everywhere};
use macrograd_runtime::Error;
use macrograd_runtime::arena::{view, view_mut};
use macrograd_runtime::ops::arange::{arange, linspace};
use macrograd_runtime::ops::one_hot::{one_hot, one_hot_ref};
use macrograd_runtime::ops::roll::{roll, roll_ref};
use macrograd_runtime::ops::scan::{
    Axis, cumprod, cumprod_ref, cumsum, cumsum_ref, linear_scan, linear_scan_ref,
};

/// Sizes 0 and 1, primes, beside a block of columns, and enough for several parts.
const SHAPES: [[usize; 3]; 14] = [
    [1, 1, 1],
    [0, 3, 2],
    [2, 0, 3],
    [2, 3, 0],
    [1, 7, 1],
    [5, 13, 1],
    [2, 5, 15],
    [3, 4, 16],
    [2, 3, 17],
    [1, 31, 33],
    [300, 200, 1],
    [1, 2, 40_000],
    [64, 11, 70],
    [1, 50_000, 1],
];

fn axes() -> impl Iterator<Item = (Axis, usize, String)> {
    SHAPES.into_iter().flat_map(|[outer, len, inner]| {
        [false, true].map(|reverse| {
            let name = format!("{outer} x {len} x {inner}, reverse {reverse}");
            (Axis { outer, len, inner, reverse }, outer * len * inner, name)
        })
    })
}

#[test]
fn cumsum_matches_its_plain_form() {
    for (axis, numel, name) in axes() {
        let input = random_values(numel, 1);
        let expected = reference(numel, |output| cumsum_ref(output, &input, axis));
        check(&name, &expected, 0.0, |output| cumsum(output, &input, axis));
    }
}

#[test]
fn cumprod_matches_its_plain_form() {
    for (axis, numel, name) in axes() {
        let input: Vec<f32> = random_values(numel, 2).iter().map(|x| 1.0 + 0.1 * x).collect();
        for exclusive in [false, true] {
            let expected = reference(numel, |output| cumprod_ref(output, &input, axis, exclusive));
            let name = format!("{name}, exclusive {exclusive}");
            check(&name, &expected, 0.0, |output| cumprod(output, &input, axis, exclusive));
        }
    }
}

#[test]
fn linear_scan_matches_its_plain_form() {
    for (axis, numel, name) in axes() {
        let (factor, input) = (random_values(numel, 3), random_values(numel, 4));
        let factor: Vec<f32> = factor.iter().map(|x| 0.5 * x).collect();
        for lagging in [false, true] {
            let expected = reference(numel, |output| {
                linear_scan_ref(output, &factor, &input, axis, lagging);
            });
            let name = format!("{name}, lagging {lagging}");
            // A fused multiplication and addition rounds once.
            check(&name, &expected, 1e-6, |output| linear_scan(output, &factor, &input, axis, lagging));
        }
    }
}

#[test]
fn a_running_sum_keeps_what_is_small() {
    let axis = Axis { outer: 1, len: 100_000, inner: 1, reverse: false };
    let input = vec![0.1; axis.len];
    let mut output = vec![f32::NAN; axis.len];
    cumsum(&mut output, &input, axis);
    assert_eq!(output[axis.len - 1], (f64::from(0.1f32) * axis.len as f64) as f32);
}

#[test]
fn the_first_factor_of_a_recurrence_does_not_count() {
    let axis = Axis { outer: 1, len: 2, inner: 1, reverse: false };
    let mut output = [f32::NAN; 2];
    linear_scan(&mut output, &[f32::INFINITY, 2.0], &[3.0, 1.0], axis, false);
    assert_eq!(output, [3.0, 7.0]);
}

#[test]
fn roll_matches_its_plain_form() {
    for [outer, len, inner] in SHAPES {
        let input = random_values(outer * len * inner, 5);
        for shift in [0, 1, -1, 2, -3, 7, 100, -100] {
            let expected =
                reference(input.len(), |output| roll_ref(output, &input, outer, len, inner, shift));
            let name = format!("{outer} x {len} x {inner} by {shift}");
            check(&name, &expected, 0.0, |output| roll(output, &input, outer, len, inner, shift));
        }
    }
    let mut output = [0u8; 3];
    roll(&mut output, &[1, 2, 3], 1, 3, 1, 1);
    assert_eq!(output, [3, 1, 2]);
}

#[test]
fn numbers_are_evenly_spaced() {
    for len in [0, 1, 2, 15, 16, 17, 40_000] {
        let expected: Vec<f32> = (0..len).map(|i| (0.5 - i as f64 * 0.1) as f32).collect();
        check("arange", &expected, 0.0, |output| arange(output, 0.5, -0.1));
        for (_, output) in run_everywhere(len, |output| arange(view_mut::<u32>(output), 7.0, 3.0)) {
            assert!(view::<u32>(&output).iter().enumerate().all(|(i, &value)| value == 7 + 3 * i as u32));
        }
        let mut output = vec![f32::NAN; len];
        linspace(&mut output, -1.0, 0.3);
        let ends = [output.first(), output.last()];
        match len {
            0 => assert_eq!(ends, [None, None]),
            1 => assert_eq!(output, [-1.0]),
            _ => assert_eq!(ends, [Some(&-1.0), Some(&0.3)]),
        }
        check("linspace", &output, 0.0, |output| linspace(output, -1.0, 0.3));
    }
    let mut output = [f32::NAN; 5];
    linspace(&mut output, 1.0, -1.0);
    assert_eq!(output, [1.0, 0.5, 0.0, -0.5, -1.0]);
}

#[test]
fn one_hot_matches_its_plain_form() {
    for (rows, classes) in [(0, 3), (1, 1), (7, 5), (40, 17), (3_000, 31)] {
        let labels: Vec<u8> = (0..rows).map(|row| ((row * 7) % classes) as u8).collect();
        let expected = reference(rows * classes, |output| one_hot_ref(output, &labels, classes));
        let name = format!("{rows} of {classes}");
        check(&name, &expected, 0.0, |output| {
            one_hot(output, &labels, classes).expect("labels are in range");
        });
    }
}

#[test]
fn a_label_out_of_range_is_named() {
    let mut output = [f32::NAN; 6];
    let error = one_hot(&mut output, &[1i64, -1, 5], 2).expect_err("two labels are out of range");
    assert!(matches!(error, Error::LabelOutOfRange { position: 1, label: -1, classes: 2 }), "{error}");
    assert_eq!(output, [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
}
