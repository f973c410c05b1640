//! Lookup of embeddings.

use crate::support::*;
use macrograd_compiler::reference::Array;

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

/// A table in PyTorch, and the gradient of what is looked up in it.
fn golden_case() -> Case {
    let weight = [3.0, 4.0, 0.5, -0.25, -1.0, 2.0, 0.0, 0.0, 2.0, -2.0];
    let grad = (1..=12).map(|number| f64::from(number) / 4.0).collect();
    Case::new()
        .labels(shape![2, 3], &[4.0, 0.0, 1.0, 0.0, 4.0, 4.0])
        .values(shape![5, 2], &weight)
        .grad_output(Array { shape: vec![2, 3, 2], data: grad })
}

#[test]
fn long_rows_are_shortened_and_their_gradient_is_not() {
    let golden = [
        (1.5, 2.0, [1.0606601342798225, 0.8999999820000003, 1.1999999760000004]),
        (1.5, 1.0, [0.7499999812500004, 0.6428571336734695, 0.8571428448979593]),
        (1.0, f64::INFINITY, [0.9999999500000026, 0.7499999812500004, 0.9999999750000006]),
    ];
    for (limit, order, [a, b, c]) in golden {
        let checked = golden_case()
            .run(|builder, x| op!(builder, embedding(x[0], x[1], max_norm = limit, norm_type = order)));
        let expected = [a, -a, b, c, 0.5, -0.25, b, c, a, -a, a, -a];
        for (found, expected) in checked.output.data.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-14, "norm {order}: {found}, in PyTorch {expected}");
        }
        assert_eq!(grad(&checked, 1), [2.5, 3.0, 1.25, 1.5, 0.0, 0.0, 0.0, 0.0, 5.25, 6.0]);
    }
    // Rows within the limit are as without one; so is the gradient of their gradient.
    for limit in [100.0, f64::INFINITY] {
        case().check_twice(|b, x| {
            let squares = op!(b, mul(x[1], x[1]));
            op!(b, embedding(x[0], squares, max_norm = limit))
        });
    }
}

#[test]
fn gradients_are_divided_by_frequencies() {
    let checked = golden_case().run(|b, x| op!(b, embedding(x[0], x[1], scale_grad_by_freq = true)));
    assert_eq!(checked.output.data[..6], [2.0, -2.0, 3.0, 4.0, 0.5, -0.25]);
    assert_eq!(grad(&checked, 1), [1.25, 1.5, 1.25, 1.5, 0.0, 0.0, 0.0, 0.0, 1.75, 2.0]);
    let all = golden_case().run(|b, x| op!(b, embedding(x[0], x[1], -1, 1.5, 2.0, true)));
    assert_eq!(grad(&all, 1), [1.25, 1.5, 1.25, 1.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    // An index that names each row once at most divides by 1.
    let distinct = Case::new().labels(shape![3], &[4.0, 0.0, 2.0]).input(shape![5, 2]);
    distinct.check_twice(|b, x| {
        let squares = op!(b, mul(x[1], x[1]));
        op!(b, embedding(x[0], squares, scale_grad_by_freq = true))
    });
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
    let text = problem(types(), |b, [i, w]| try_op!(b, embedding(i, w, max_norm = -1.0)));
    assert_eq!(
        text,
        "`max_norm` of `embedding` is at least 0, found -1.0\n\
         help: give the largest norm that a row may have, or leave `max_norm` out\n\
         at 3"
    );
    let text = problem(types(), |b, [i, w]| try_op!(b, embedding(i, w, norm_type = "two")));
    assert!(
        text.starts_with("`norm_type` of `embedding` is one of \"inf\", \"-inf\", found \"two\""),
        "{text}"
    );
    let text = problem(types(), |b, [i, w]| try_op!(b, embedding(i, w, scale_grad_by_freq = 1)));
    assert!(text.starts_with("`scale_grad_by_freq` of `embedding` is `true` or `false`, found 1"), "{text}");
}
