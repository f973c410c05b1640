//! Embeddings reduced in bags.

use crate::support::*;

/// Bags of three, the second of the same row, the third of the last row only.
fn case() -> Case {
    let index = [0.0, 4.0, 1.0, 2.0, 2.0, 2.0, 4.0, 4.0, 4.0];
    Case::new().labels(shape![3, 3], &index).input(shape![5, 2])
}

#[test]
pub(crate) fn gradient() {
    for mode in ["sum", "mean", "max"] {
        let checked = case().check(|b, x| op!(b, embedding_bag(x[0], x[1], mode)));
        assert_eq!(checked.output.shape, [3, 2]);
        case().check_twice(|b, x| {
            let squares = op!(b, mul(x[1], x[1]));
            op!(b, embedding_bag(x[0], squares, mode = mode))
        });
        // Row 3 is in no bag.
        case().check(|b, x| op!(b, embedding_bag(x[0], x[1], mode, padding_idx = 3)));
    }
    case()
        .input(shape![3, 3])
        .check_twice(|b, x| op!(b, embedding_bag(x[0], x[1], mode = "sum", per_sample_weights = x[2])));
}

#[test]
fn the_padding_is_left_out() {
    let case =
        Case::new().labels(shape![2, 2], &[0.0, 2.0, 2.0, 2.0]).values(shape![3, 1], &[-3.0, 5.0, 7.0]);
    for (mode, expected) in [("sum", -3.0), ("mean", -3.0), ("max", -3.0)] {
        let checked = case.run(|b, x| op!(b, embedding_bag(x[0], x[1], mode, padding_idx = -1)));
        assert_eq!(checked.output.data, [expected, 0.0], "{mode}");
        assert_eq!(grad(&checked, 1), [checked.grad_output.data[0], 0.0, 0.0], "{mode}");
    }
}

#[test]
fn problems() {
    let types = || [u8(shape![2, 3]), f32(shape![5, 2]), f32(shape![2, 3])];
    let text = problem(types(), |b, [i, w, p]| try_op!(b, embedding_bag(i, w, per_sample_weights = p)));
    assert_eq!(
        text,
        "`per_sample_weights` go with the mode \"sum\", found \"mean\"\n\
         help: write `mode = \"sum\"`, or leave `per_sample_weights` out\n\
         at 3"
    );
    let text = problem(types(), |b, [i, w, _]| try_op!(b, embedding_bag(i, w, "mea")));
    assert!(text.contains("did you mean `mode = \"mean\"`"), "{text}");
    let text =
        problem(types(), |b, [i, w, _]| try_op!(b, embedding_bag(i, w, "sum", per_sample_weights = w)));
    assert!(text.starts_with("an index [2, 3] takes `per_sample_weights` [2, 3], found [5, 2]"), "{text}");
    let text = problem([u8(shape![3]), f32(shape![5, 2])], |b, [i, w]| try_op!(b, embedding_bag(i, w)));
    assert!(text.starts_with("`embedding_bag` takes 2 axes [N, bag] as `index`, found 1 [3]"), "{text}");
}
