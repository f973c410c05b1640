//! Overlap of masks.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    for shape in [shape![2, 3, 4], shape![2, 1, 3, 2], shape![1, 1, 1]] {
        let case = Case::new().between(0.1, 0.9, shape.clone()).between(0.0, 1.0, shape);
        for reduction in ["none", "sum", "mean"] {
            case.check_twice(|b, x| op!(b, dice_loss(x[0], x[1], reduction = reduction)));
            case.check(|b, x| {
                op!(b, dice_loss(x[0], x[1], 0.5, 0.25, squared = true, reduction = reduction))
            });
        }
    }
}

#[test]
fn empty_masks_agree() {
    let case = Case::new().values(shape![1, 1, 2], &[0.0, 0.0]);
    assert_eq!(case.run(|b, x| op!(b, dice_loss(x[0], 0.0))).output.data, [0.0]);
    let case = Case::new().values(shape![1, 1, 2], &[1.0, 0.0]).values(shape![1, 1, 2], &[0.0, 1.0]);
    assert_eq!(case.run(|b, x| op!(b, dice_loss(x[0], x[1], 0.0, 0.0))).output.data, [1.0]);
}

#[test]
fn problems() {
    let text = problem([f32(shape![2, 1, 3]), f32(shape![2, 3])], |b, [x, y]| try_op!(b, dice_loss(x, y)));
    assert!(text.starts_with("`target` of `dice_loss` has the shape [2, 1, 3], found [2, 3]"), "{text}");
    assert_eq!(
        problem([f32(shape![2, 3])], |b, [x]| try_op!(b, dice_loss(x, x))),
        "`dice_loss` takes masks [N, classes, …], found [2, 3]\n\
         help: add an axis for the classes with `reshape`, of size 1 if there is one mask\n\
         at 0"
    );
}
