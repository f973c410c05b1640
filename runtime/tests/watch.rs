//! What is shown of tensors, and what the trap says.
#![allow(missing_docs)]

use macrograd_runtime::watch::{Operand, Statistics, Step, check};

#[test]
fn few_elements_are_shown() {
    assert_eq!(Statistics::of(&[], &[0.123_456f32]).to_string(), "0.1235");
    assert_eq!(Statistics::of(&[2, 2], &[1u8, 0, 250, 7]).to_string(), "[2, 2]: 1, 0, 250, 7");
    assert_eq!(Statistics::of(&[2], &[f32::NAN, -1.5e-7]).to_string(), "[2]: NaN, -1.500e-7");
    assert_eq!(Statistics::of::<f32>(&[0, 3], &[]).to_string(), "[0, 3]: ");
}

#[test]
fn many_elements_are_summed_up() {
    let mut values: Vec<f32> = (0..12).map(|value| value as f32).collect();
    assert_eq!(Statistics::of(&[3, 4], &values).to_string(), "[3, 4]: mean 5.5, std 3.452, min 0, max 11");
    values[5] = f32::NAN;
    values[7] = f32::INFINITY;
    assert_eq!(
        Statistics::of(&[3, 4], &values).to_string(),
        "[3, 4]: mean 5.4, std 3.747, min 0, max 11; 1 of 12 are NaN, 1 are infinite, the first at [1, 1]"
    );
    assert_eq!(
        Statistics::of(&[9], &[f32::NEG_INFINITY; 9]).to_string(),
        "[9]: no finite number; 9 of 9 are infinite, the first at [0]"
    );
}

const LN: Step = Step { place: "src/net.rs:4:9", name: "ln", backward: false, makes_infinities: false };

fn operand<'a>(name: &'static str, shape: &'a [usize], values: &'a [f32]) -> Operand<'a> {
    Operand { name, shape, values }
}

#[test]
fn says_where_it_came_from() {
    let result =
        check(&LN, &[operand("ln", &[2], &[f32::NEG_INFINITY, 0.0])], &[operand("probs", &[2], &[0.0, 1.0])]);
    assert_eq!(
        result.unwrap_err().to_string(),
        "the first value that is not finite: `ln` in the forward pass, at src/net.rs:4:9\n  \
         from `probs` = [2]: 0, 1\n  came `ln` = [2]: -inf, 0"
    );
}

#[test]
fn infinities_may_be_wanted() {
    let infinite = || [operand("mask", &[1], &[f32::NEG_INFINITY])];
    assert!(check(&LN, &infinite(), &[]).is_err());
    assert!(check(&LN, &infinite(), &infinite()).is_ok());
    let mask = Step { makes_infinities: true, ..LN };
    assert!(check(&mask, &infinite(), &[]).is_ok());
    assert!(check(&mask, &[operand("x", &[1], &[f32::NAN])], &infinite()).is_err());
}
