//! Broadcasting to a shape.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    let pairs = [
        (shape![], shape![2, 3]),
        (shape![3], shape![2, 3]),
        (shape![2, 1], shape![2, 3]),
        (shape![1, 1], shape![4, 2, 3]),
        (shape![2, 3], shape![2, 3]),
        (shape![1], shape![1, 1, 1]),
        (shape![1, 3], shape![n, 3]),
        (shape![n, 1], shape![2, n, 5]),
    ];
    for (from, to) in pairs {
        let case = Case::new().size("N", 4).input(from);
        case.check_twice(|b, x| {
            let wide = op!(b, expand(x[0], to));
            op!(b, mul(wide, wide))
        });
    }
}

#[test]
fn problems() {
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, expand(x, [4, 2])));
    assert_eq!(
        text,
        "[2, 3] cannot be expanded to [4, 2]: axis 1 from the end is 3 and 2\n\
         help: only sizes of 1 are repeated; keep the others as they are, with new axes before them\n\
         at 1"
    );
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, expand(x, [3])));
    assert_eq!(
        text,
        "[2, 3] cannot be expanded to [3]: it has 2 axes and the new shape 1\n\
         help: only sizes of 1 are repeated; keep the others as they are, with new axes before them\n\
         at 1"
    );
    let text = problem([f32(shape![2, 1])], |b, [x]| try_op!(b, expand(x, [1, 3])));
    assert!(text.starts_with("[2, 1] cannot be expanded to [1, 3]: axis 2 from the end is 2 and 1"));
    let text = problem([f32(shape![2, 1])], |b, [x]| try_op!(b, expand(x, [-1, 3])));
    assert_eq!(
        text,
        "sizes of `expand` are at least 1, found -1 in [-1, 3]\n\
         help: write the size itself: none is inferred\n\
         at 1"
    );
}
