//! Gated linear unit.

use crate::support::*;

use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    let case = || Case::new().size("N", 2);
    case().input(shape![n, 6]).check_twice(|b, x| op!(b, glu(x[0])));
    case().input(shape![n, 4, 3]).check_twice(|b, x| op!(b, glu(x[0], axis = 1)));
    case().input(shape![2]).check_twice(|b, x| op!(b, glu(x[0], 0)));
    let even = n.mul(&2.into());
    case().input(shape![even, 3]).check_twice(|b, x| op!(b, glu(x[0], axis = 0)));
}

#[test]
fn the_size_is_even() {
    assert_eq!(
        problem([f32(shape![4, 5])], |b, [x]| try_op!(b, glu(x))),
        "`glu` halves axis 1, whose size must be even, found 5\n\
         note: the tensor is [4, 5]\n\
         help: let the layer before it produce twice the features that are wanted"
    );
    let n = Size::symbol("N");
    let text = problem([f32(shape![n, 5])], |b, [x]| try_op!(b, glu(x, 0)));
    assert!(text.contains("found N"), "{text}");
}
