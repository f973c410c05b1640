//! The order of whole numbers, against that of `i128`.

use macrograd_runtime::ops::compare::{order, order_to};

#[test]
fn numbers_of_any_types_are_told_apart() {
    let (a, b) = ([0, u64::MAX, u64::MAX - 1, i64::MAX as u64], [-1, i64::MAX, i64::MAX, i64::MAX]);
    let mut output = [f32::NAN; 4];
    order(&mut output, &a, &b);
    assert_eq!(output, [1.0, 1.0, 1.0, 0.0]);
    order(&mut output, &a, &[0u64, u64::MAX - 1, u64::MAX, 1 << 63]);
    assert_eq!(output, [0.0, 1.0, -1.0, -1.0]);
    order_to(&mut output, &a, i64::MAX);
    assert_eq!(output, [-1.0, 1.0, 1.0, 0.0]);
}

#[test]
fn every_length_is_filled() {
    for len in [0, 1, 15, 16, 17, 100_000] {
        let (a, b): (Vec<i16>, Vec<u8>) = (0..len).map(|i| ((i % 700) as i16 - 350, (i % 251) as u8)).unzip();
        let mut output = vec![f32::NAN; len];
        order(&mut output, &a, &b);
        let expected = |(&a, &b): (&i16, &u8)| f32::from(i128::from(a).cmp(&i128::from(b)) as i8);
        assert!(output.iter().zip(a.iter().zip(&b)).all(|(&out, pair)| out == expected(pair)), "{len}");
    }
}
