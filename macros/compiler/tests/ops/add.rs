//! Addition.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    check_binary(-2.0, 2.0, |b, x, y| op!(b, add(x, y)));
}

#[test]
fn shapes_that_do_not_broadcast() {
    let text = problem([f32(shape![2, 3]), f32(shape![2, 4])], |b, [x, y]| try_op!(b, add(x, y)));
    assert_eq!(
        text,
        "shapes [2, 3] and [2, 4] cannot be broadcast together: axis 1 from the end is 3 and 4\n\
         note: axes are aligned at the end, and a size of 1 is repeated\n\
         help: make the sizes equal, or insert an axis of size 1 with `reshape`"
    );
    let n = Size::symbol("N");
    let text = problem([f32(shape![n, 3]), f32(shape![2, 3])], |b, [x, y]| try_op!(b, add(x, y)));
    assert!(text.starts_with(
        "shapes [N, 3] and [2, 3] cannot be broadcast together: axis 2 from the end is N and 2"
    ));
}
