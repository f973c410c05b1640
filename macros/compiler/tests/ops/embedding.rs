//! Lookup of embeddings.

use crate::support::*;

/// Indices and a table of five rows.
fn case() -> Case {
    Case::new().labels(shape![2, 3], &[4.0, 0.0, 1.0, 0.0, 4.0, 4.0]).input(shape![5, 2])
}

#[test]
pub(crate) fn gradient() {
    let checked = case().check(|b, x| op!(b, embedding(x[0], x[1])));
    assert_eq!(checked.output.shape, [2, 3, 2]);
    case().check_twice(|b, x| {
        let squares = op!(b, mul(x[1], x[1]));
        op!(b, embedding(x[0], squares))
    });
    // A padding that no index names changes nothing.
    case().check_twice(|b, x| {
        let squares = op!(b, mul(x[1], x[1]));
        op!(b, embedding(x[0], squares, padding_idx = 2))
    });
}

#[test]
fn the_padding_is_looked_up_without_gradient() {
    let plain = case().run(|b, x| op!(b, embedding(x[0], x[1])));
    for padding in [4, -1] {
        let padded = case().run(|b, x| op!(b, embedding(x[0], x[1], padding)));
        assert_eq!(padded.output, plain.output);
        let mut expected = grad(&plain, 1).to_vec();
        expected[8..].fill(0.0);
        assert_eq!(grad(&padded, 1), expected);
    }
}

#[test]
fn problems() {
    let types = || [u8(shape![2]), f32(shape![5, 2])];
    for (padding, found) in [(5, "5"), (-6, "-1")] {
        let text = problem(types(), |b, [i, w]| try_op!(b, embedding(i, w, padding)));
        assert!(
            text.starts_with("`padding_idx` of `embedding` names one of the 5 rows of the weight, found"),
            "{found}: {text}"
        );
        assert!(text.ends_with("help: use 0 to 4, or -5 to -1\nat 2"), "{text}");
    }
    let text = problem([u8(shape![2]), f32(shape![5])], |b, [i, w]| try_op!(b, embedding(i, w)));
    assert!(text.starts_with("`embedding` takes 2 axes [rows, features] as `weight`, found 1 [5]"), "{text}");
}
