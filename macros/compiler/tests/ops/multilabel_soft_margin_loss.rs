//! One binary decision per class.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    for shape in [shape![4], shape![3, 5], shape![2, 3, 2], shape![3, 1]] {
        let case = Case::new().input(shape.clone()).between(0.0, 1.0, shape.clone());
        let case = case.between(0.5, 2.0, vec![shape[shape.len() - 1].clone()]);
        for reduction in ["none", "sum", "mean"] {
            let checked =
                case.check(|b, x| op!(b, multilabel_soft_margin_loss(x[0], x[1], reduction = reduction)));
            assert_eq!(checked.output.shape.len(), if reduction == "none" { shape.len() - 1 } else { 0 });
            case.check_twice(|b, x| op!(b, multilabel_soft_margin_loss(x[0], x[1], x[2], reduction)));
        }
    }
}

#[test]
fn problems() {
    check_pair_problems("multilabel_soft_margin_loss", ["scores", "target"], |b, x, y, r| {
        try_op!(b, multilabel_soft_margin_loss(x, y, reduction = r))
    });
    assert_eq!(
        problem([f32(shape![])], |b, [x]| try_op!(b, multilabel_soft_margin_loss(x, x))),
        "`multilabel_soft_margin_loss` takes scores [.., classes], found []\n\
         help: give one score for each class\n\
         at 0"
    );
}
