//! Anchors nearer to positive examples than to negative ones.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    let case = || Case::new().input(shape![4, 3]).input(shape![4, 3]).input(shape![4, 3]);
    for reduction in ["none", "sum", "mean"] {
        for swap in [false, true] {
            case().check_twice(|b, x| {
                op!(b, triplet_margin_loss(x[0], x[1], x[2], swap = swap, reduction = reduction))
            });
        }
    }
    for p in [1.0, 3.0] {
        case().check(|b, x| op!(b, triplet_margin_loss(x[0], x[1], x[2], margin = 5.0, p = p, eps = 0.01)));
    }
    let case = Case::new().input(shape![5]).input(shape![5]).input(shape![5]);
    case.check(|b, x| op!(b, triplet_margin_loss(x[0], x[1], x[2])));
}

#[test]
fn a_number_stands_for_a_tensor_full_of_it() {
    let case = Case::new().input(shape![4, 3]).input(shape![4, 3]);
    for distance in ["euclidean", "cosine"] {
        let [number, tensor] = [false, true].map(|is_tensor| {
            let checked = case.check(|b, x| {
                let far =
                    if is_tensor { op!(b, full_like(x[0], 0.5)).to_argument() } else { 0.5.to_argument() };
                op!(b, triplet_margin_with_distance_loss(x[0], x[1], far, distance = distance, swap = true))
            });
            checked.output.data
        });
        assert_eq!(number, tensor, "{distance}");
    }
}

#[test]
pub(crate) fn gradient_with_distance() {
    let case = || Case::new().input(shape![4, 3]).input(shape![4, 3]).input(shape![4, 3]);
    for reduction in ["none", "sum", "mean"] {
        case().check_twice(|b, x| {
            op!(
                b,
                triplet_margin_with_distance_loss(
                    x[0],
                    x[1],
                    x[2],
                    distance = "cosine",
                    margin = 0.4,
                    swap = true,
                    reduction = reduction
                )
            )
        });
    }
    // A number is a vector of equal elements.
    case().check(|b, x| {
        op!(b, triplet_margin_with_distance_loss(x[0], x[1], 0.5, distance = "cosine", swap = true))
    });
    let checked = case().run(|b, x| {
        let named = op!(b, triplet_margin_with_distance_loss(x[0], x[1], x[2]));
        let plain = op!(b, triplet_margin_loss(x[0], x[1], x[2]));
        op!(b, sub(named, plain))
    });
    assert_eq!(checked.output.data, [0.0]);
}

#[test]
fn problems() {
    let types = || [f32(shape![4, 3]), f32(shape![2, 3]), f32(shape![4, 2])];
    let text = problem(types(), |b, [x, y, _]| try_op!(b, triplet_margin_loss(x, y, x)));
    assert!(
        text.starts_with("`positive` of `triplet_margin_loss` has the shape [4, 3], found [2, 3]"),
        "{text}"
    );
    let text = problem(types(), |b, [x, _, y]| try_op!(b, triplet_margin_loss(x, x, y)));
    assert!(
        text.starts_with("`negative` of `triplet_margin_loss` has the shape [4, 3], found [4, 2]"),
        "{text}"
    );
    let text = problem(types(), |b, [x, _, _]| try_op!(b, triplet_margin_loss(x, x, x, margin = 0.0)));
    assert!(text.starts_with("`margin` of `triplet_margin_loss` is more than 0, found 0"), "{text}");
    let text = problem(types(), |b, [x, _, _]| {
        try_op!(b, triplet_margin_with_distance_loss(x, x, x, distance = "cosinus"))
    });
    assert_eq!(
        text,
        "`distance` of `triplet_margin_with_distance_loss` is one of \"euclidean\", \"cosine\", found \"cosinus\"\n\
         help: did you mean `distance = \"cosine\"`\n\
         at 3"
    );
}
