//! Elements as another type, against Rust's own conversions.

mod common;

use common::{random_values, run_everywhere};
use macrograd_runtime::arena::{view, view_mut};
use macrograd_runtime::element::{bf16, f16};
use macrograd_runtime::ops::cast::cast;

const LENS: [usize; 6] = [0, 1, 15, 16, 17, 40_000];

#[test]
fn whole_numbers_become_the_nearest_f32() {
    for len in LENS {
        let input: Vec<u32> = (0..len as u32).collect();
        for (level, output) in run_everywhere(len, |output| cast(output, &input)) {
            assert!(output.iter().zip(&input).all(|(&out, &value)| out == value as f32), "{len}, {level:?}");
        }
    }
    let mut output = [0.0f32; 3];
    cast(&mut output, &[-1i64, (1 << 24) + 1, i64::MAX]);
    assert_eq!(output, [-1.0, 16_777_216.0, 9_223_372_036_854_775_807.0]);
}

#[test]
fn reals_become_whole_numbers_without_their_fraction() {
    let mut output = [0i8; 6];
    cast(&mut output, &[-1.9f32, 1.9, 300.0, -300.0, f32::NAN, f32::NEG_INFINITY]);
    assert_eq!(output, [-1, 1, 127, -128, 0, -128]);
    let mut output = [0u64; 2];
    cast(&mut output, &[-1.0f32, 1e20]);
    assert_eq!(output, [0, u64::MAX]);
}

#[test]
fn whole_numbers_wrap() {
    let mut output = [0u8; 3];
    cast(&mut output, &[-1i32, 256, 511]);
    assert_eq!(output, [255, 0, 255]);
}

#[test]
fn halves_lie_together_in_the_arena_and_round_to_even() {
    for len in LENS {
        let input = random_values(len, 3);
        for (level, mut output) in run_everywhere(len, |output| cast(view_mut::<bf16>(output), &input)) {
            let expected: Vec<bf16> = input.iter().map(|&value| bf16::from_f32(value)).collect();
            assert_eq!(view::<bf16>(&output), expected, "{len}, {level:?}");
            cast(&mut output, &expected);
            assert!(output.iter().zip(&expected).all(|(&out, value)| out == value.to_f32()));
        }
    }
    let mut output = [f16::ZERO; 4];
    // Halfway between neighbours: the even one; beyond the largest: infinite.
    cast(&mut output, &[2049.0f32, 2051.0, 65_504.0, 65_520.0]);
    assert_eq!(output.map(f16::to_f32), [2048.0, 2052.0, 65_504.0, f32::INFINITY]);
    let mut output = [bf16::ZERO; 2];
    cast(&mut output, &[257.0f64, 259.0]);
    assert_eq!(output.map(bf16::to_f32), [256.0, 260.0]);
}

#[test]
fn doubles_are_rounded_once() {
    // A little more than halfway between neighbours, by less than an `f32` can tell from halfway.
    let above = |tie: f64| tie * (1.0 + 2f64.powi(-40));
    let below = |tie: f64| tie * (1.0 - 2f64.powi(-40));
    let mut output = [bf16::ZERO; 6];
    cast(&mut output, &[above(257.0), below(259.0), 257.0, -above(257.0), f64::MAX, -1e-300]);
    let expected = [258.0, 258.0, 256.0, -258.0, f32::INFINITY, -0.0];
    assert_eq!(output.map(|value| value.to_f32().to_bits()), expected.map(f32::to_bits));
    let mut output = [f16::ZERO; 5];
    cast(
        &mut output,
        &[above(2049.0), below(2051.0), above(65_519.0), below(65_520.0), above(2f64.powi(-25))],
    );
    assert_eq!(output.map(f16::to_f32), [2050.0, 2050.0, 65_504.0, 65_504.0, 2f32.powi(-24)]);
    let mut output = [f16::ZERO; 2];
    cast(&mut output, &[f64::NAN, f64::NEG_INFINITY]);
    assert!(output[0].is_nan() && output[1] == f16::NEG_INFINITY);
}

#[test]
fn doubles_take_two_words() {
    let mut words = macrograd_runtime::buffer::AlignedBuffer::zeros(32);
    cast(view_mut::<f64>(words.as_mut_slice()), &[0.1f32; 16]);
    assert_eq!(view::<f64>(words.as_slice()), [f64::from(0.1f32); 16]);
}
