//! Hinge loss of a distance.

use crate::support::*;

/// Both targets, on both sides of the margin.
fn case() -> Case {
    Case::new()
        .values(shape![5], &[0.5, 3.0, -0.5, 0.25, 2.0])
        .values(shape![5], &[1.0, -1.0, -1.0, 1.0, -1.0])
}

#[test]
pub(crate) fn gradient() {
    for reduction in ["none", "sum", "mean"] {
        let loss = |b: &mut _, x: &[_]| op!(b, hinge_embedding_loss(x[0], 1.0, reduction = reduction));
        Case::new().between(0.1, 0.9, shape![2, 3]).check_twice(loss);
        let loss = |b: &mut _, x: &[_]| op!(b, hinge_embedding_loss(x[0], -1.0, 1.5, reduction));
        Case::new().between(0.1, 0.9, shape![2, 3]).check_twice(loss);
    }
    let checked = case().run(|b, x| op!(b, hinge_embedding_loss(x[0], x[1], reduction = "none")));
    assert_eq!(checked.output.data, [0.5, 0.0, 1.5, 0.25, 0.0]);
    let signs: Vec<f64> =
        grad(&checked, 0).iter().zip(&checked.grad_output.data).map(|(a, b)| a / b).collect();
    assert_eq!(signs, [1.0, 0.0, -1.0, 1.0, 0.0]);
}

/// As in PyTorch, whose `clamp_min` stops the gradient at the bound.
#[test]
fn the_margin_itself_does_not_push() {
    let checked = Case::new().values(shape![1], &[1.0]).run(|b, x| op!(b, hinge_embedding_loss(x[0], -1.0)));
    assert_eq!((checked.output.data[0], grad(&checked, 0)[0]), (0.0, 0.0));
}

#[test]
fn problems() {
    check_pair_problems("hinge_embedding_loss", ["x", "target"], |b, x, y, r| {
        try_op!(b, hinge_embedding_loss(x, y, reduction = r))
    });
}
