//! Places of maxima against their plain form, with ties and NaN.

mod common;

use common::{random_integers, run_everywhere};
use macrograd_runtime::arena::{view, view_mut};
use macrograd_runtime::ops::max_pool_with_indices::{
    Axis, NOWHERE, Windows, max_pool_indices, max_pool_indices_ref,
};

const ONE: Axis = Axis { size: 1, out: 1, windows: Windows::Parts };

fn sliding(size: usize, [kernel, stride, padding, dilation]: [usize; 4]) -> Axis {
    let out = (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
    Axis { size, out, windows: Windows::Sliding { kernel, stride, padding, dilation } }
}

fn parts(size: usize, out: usize) -> Axis {
    Axis { size, out, windows: Windows::Parts }
}

/// Random integers, with NaN and infinities in every eleventh place.
fn input_of(len: usize) -> Vec<f32> {
    let mut input = random_integers(len, 1);
    for i in (0..len).step_by(11) {
        input[i] = [f32::NAN, f32::NEG_INFINITY, f32::INFINITY][i / 11 % 3];
    }
    input
}

fn check(planes: usize, axes: [Axis; 3], input: &[f32]) {
    let len = planes * axes.iter().map(|axis| axis.out).product::<usize>();
    let mut expected = vec![7; len];
    if len > 0 {
        max_pool_indices_ref(&mut expected, input, planes, &axes);
    }
    let outputs = run_everywhere(len, |output| {
        max_pool_indices(view_mut::<u32>(output), input, planes, &axes);
    });
    for (level, output) in outputs {
        assert_eq!(view::<u32>(&output), expected, "{planes} planes, {axes:?}, {level:?}");
    }
}

#[test]
fn max_pool_indices_match_their_plain_form() {
    let kinds = [[2, 2, 0, 1], [3, 2, 1, 1], [3, 1, 1, 2], [1, 3, 0, 1], [2, 3, 1, 3]];
    for planes in [0, 1, 3] {
        for kind in kinds {
            let axes = [
                [ONE, ONE, sliding(17, kind)],
                [ONE, sliding(7, kind), sliding(9, [2, 2, 0, 1])],
                [sliding(5, kind), sliding(6, [3, 2, 1, 1]), sliding(7, kind)],
                [ONE, parts(7, 3), parts(5, 8)],
                [parts(4, 2), sliding(6, kind), parts(5, 5)],
            ];
            for axes in axes {
                let len = planes * axes.iter().map(|axis| axis.size).product::<usize>();
                check(planes, axes, &input_of(len));
                check(planes, axes, &vec![f32::NEG_INFINITY; len]);
            }
        }
    }
    // A last window that hangs over the end, as of `ceil_mode`.
    let hanging = Axis { out: 3, ..sliding(5, [2, 2, 0, 1]) };
    check(2, [ONE, hanging, hanging], &input_of(50));
    // More work than one part.
    let small = sliding(16, [3, 2, 1, 1]);
    check(301, [ONE, small, small], &input_of(301 * 16 * 16));
}

#[test]
fn a_window_in_the_padding_has_no_place() {
    let axis = sliding(2, [2, 1, 1, 3]);
    assert_eq!(axis.out, 1);
    let mut output = [0];
    max_pool_indices(&mut output, &[1.0, 2.0], 1, &[ONE, ONE, axis]);
    assert_eq!(output, [NOWHERE]);
}
