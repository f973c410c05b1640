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
fn long_rows_are_shortened_and_gradients_divided_by_frequencies() {
    // Row 0 has the norm 5; row 1 is in the bags three times.
    let case = Case::new()
        .labels(shape![2, 2], &[0.0, 1.0, 1.0, 1.0])
        .values(shape![2, 2], &[3.0, 4.0, 0.5, -0.5])
        .values(shape![2, 2], &[1.0, 2.0, -1.0, 0.5]);
    let factor = 2.5 / (5.0 + 1e-7);
    let plain = case.run(|b, x| op!(b, embedding_bag(x[0], x[1], "sum")));
    let checked =
        case.run(|b, x| op!(b, embedding_bag(x[0], x[1], "sum", max_norm = 2.5, scale_grad_by_freq = true)));
    assert_eq!(checked.output.data, [3.0 * factor + 0.5, 4.0 * factor - 0.5, 1.0, -1.0]);
    let (found, plain) = (grad(&checked, 1), grad(&plain, 1));
    assert_eq!(found[..2], plain[..2]);
    assert_eq!(found[2..], [plain[2] / 3.0, plain[3] / 3.0]);
    let weighted =
        case.run(|b, x| op!(b, embedding_bag(x[0], x[1], "sum", per_sample_weights = x[2], max_norm = 2.5)));
    let dy = &weighted.grad_output.data;
    // The weights of entries multiply the shortened rows.
    assert_eq!(grad(&weighted, 2)[0], dy[0] * (3.0 * factor) + dy[1] * (4.0 * factor));
    let largest = case.run(|b, x| op!(b, embedding_bag(x[0], x[1], "max", max_norm = 0.0)));
    assert_eq!(largest.output.data, [0.0; 4]);
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
    let text =
        problem(types(), |b, [i, w, _]| try_op!(b, embedding_bag(i, w, "max", scale_grad_by_freq = true)));
    assert_eq!(
        text,
        "`scale_grad_by_freq` goes with the modes \"sum\" and \"mean\", found \"max\"\n\
         help: leave `scale_grad_by_freq` out, or use another `mode`\n\
         at 7"
    );
}
