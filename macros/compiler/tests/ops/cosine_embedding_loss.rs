//! Vectors that point the same way, or not.

use crate::support::*;

#[test]
fn a_number_stands_for_a_tensor_full_of_it() {
    let case = Case::new().input(shape![4, 3]);
    let number = case.check(|b, x| op!(b, cosine_embedding_loss(x[0], 0.5, op!(b, ones([4])))));
    let tensor = case.check(|b, x| {
        let other = op!(b, full_like(x[0], 0.5));
        op!(b, cosine_embedding_loss(x[0], other, op!(b, ones([4]))))
    });
    assert_eq!(number.output.data, tensor.output.data);
}

#[test]
pub(crate) fn gradient() {
    let pairs =
        |targets: &[f64]| Case::new().input(shape![4, 3]).input(shape![4, 3]).values(shape![4], targets);
    for reduction in ["none", "sum", "mean"] {
        let case = pairs(&[1.0, -1.0, 1.0, -1.0]);
        // The target decides: it is no place to move.
        let fixed = |b: &mut _, x: &[_]| {
            let target = op!(b, detach(x[2]));
            op!(b, cosine_embedding_loss(x[0], x[1], target, margin = -0.5, reduction = reduction))
        };
        let checked = case.run(fixed);
        assert!(checked.grads[2].is_none());
    }
    for target in [1.0, -1.0] {
        let case = Case::new().input(shape![3]).input(shape![3]);
        case.check_twice(|b, x| {
            let target = b.constant(target);
            op!(b, cosine_embedding_loss(x[0], x[1], target, margin = -2.0))
        });
    }
}

#[test]
fn values() {
    let case = Case::new()
        .values(shape![4, 2], &[1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0])
        .values(shape![4, 2], &[2.0, 0.0, 3.0, 0.0, 0.0, 1.0, 1.0, 1.0])
        .values(shape![4], &[1.0, -1.0, -1.0, 1.0]);
    let checked = case.run(|b, x| op!(b, cosine_embedding_loss(x[0], x[1], x[2], 0.25, "none")));
    let expected = [0.0, 0.75, 0.0, 1.0];
    assert!(
        checked.output.data.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-11),
        "{:?}",
        checked.output
    );
}

#[test]
fn problems() {
    let types = || [f32(shape![4, 3]), f32(shape![2, 3]), f32(shape![3])];
    let text = problem(types(), |b, [x, y, t]| try_op!(b, cosine_embedding_loss(x, y, t)));
    assert!(
        text.starts_with("`other` of `cosine_embedding_loss` has the shape [4, 3], found [2, 3]"),
        "{text}"
    );
    let text = problem(types(), |b, [x, _, t]| try_op!(b, cosine_embedding_loss(x, x, t)));
    assert!(text.starts_with("`target` of `cosine_embedding_loss` has the shape [4], found [3]"), "{text}");
    let text = problem([f32(shape![])], |b, [x]| try_op!(b, cosine_embedding_loss(x, x, x)));
    assert!(
        text.starts_with("`cosine_embedding_loss` compares vectors along the last axis, found []"),
        "{text}"
    );
}
