//! Parts along an axis.

use crate::support::*;
use macrograd_compiler::graph::{Builder, Size, TensorType, Value};
use macrograd_compiler::ops::call::Problem;

/// The parts as one tensor again, each times its number, so that a part in the wrong place shows.
pub(crate) fn weighted(b: &mut Builder, parts: Vec<Value>) -> Value {
    let weighted: Vec<Value> = (1..)
        .zip(parts)
        .map(|(number, part)| {
            let flat = op!(b, flatten(part));
            op!(b, mul(flat, number as f64))
        })
        .collect();
    op!(b, concat(weighted))
}

fn shapes(shape: Vec<Size>, build: impl Fn(&mut Builder, Value) -> Vec<Value>) -> Vec<Vec<usize>> {
    let case = Case::new().size("N", 6).input(shape);
    let sizes = std::cell::RefCell::new(Vec::new());
    case.check_twice(|b, x| {
        let parts = build(b, x[0]);
        let six = |size: &Size| size.evaluate(&[("N".into(), 6)].into_iter().collect()) as usize;
        *sizes.borrow_mut() = parts.iter().map(|&part| b.ty(part).shape.iter().map(six).collect()).collect();
        let all = weighted(b, parts);
        op!(b, mul(all, all))
    });
    sizes.into_inner()
}

#[test]
pub(crate) fn gradient_of_split() {
    let n = Size::symbol("N");
    assert_eq!(shapes(shape![5, 2], |b, x| many!(b, split(x, 2))), [[2, 2], [2, 2], [1, 2]]);
    assert_eq!(shapes(shape![2, 5], |b, x| many!(b, split(x, [1, 4], axis = 1))), [[2, 1], [2, 4]]);
    assert_eq!(shapes(shape![2, 5], |b, x| many!(b, split(x, 7, -1))), [[2, 5]]);
    let rest = n.sub(&2.into());
    assert_eq!(shapes(shape![n, 3], |b, x| many!(b, split(x, [rest.clone(), 2.into()]))), [[4, 3], [2, 3]]);
}

#[test]
pub(crate) fn gradient_of_chunk() {
    let n = Size::symbol("N");
    assert_eq!(shapes(shape![6, 2], |b, x| many!(b, chunk(x, 3))), [[2, 2], [2, 2], [2, 2]]);
    assert_eq!(shapes(shape![2, 7], |b, x| many!(b, chunk(x, 3, axis = 1))), [[2, 3], [2, 3], [2, 1]]);
    // As PyTorch: fewer chunks than asked for.
    assert_eq!(shapes(shape![5], |b, x| many!(b, chunk(x, 4))), [[2], [2], [1]]);
    let twice = n.mul(&2.into());
    assert_eq!(shapes(shape![twice, 1], |b, x| many!(b, chunk(x, 2))), [[6, 1], [6, 1]]);
}

#[test]
pub(crate) fn gradient_of_unbind() {
    assert_eq!(shapes(shape![3, 2], |b, x| many!(b, unbind(x))), [[2], [2], [2]]);
    assert_eq!(shapes(shape![3, 2], |b, x| many!(b, unbind(x, -1))), [[3], [3]]);
}

fn text(ty: TensorType, build: impl Fn(&mut Builder, Value) -> Result<Vec<Value>, Problem>) -> String {
    problem([ty], |b, [x]| build(b, x).map(|parts| parts[0]))
}

#[test]
fn problems() {
    assert_eq!(
        text(f32(shape![5, 2]), |b, x| try_many!(b, split(x, [2, 2]))),
        "the parts [2, 2] of `split` have 4 places in all, but axis 0 of [5, 2] has 5\n\
         help: give sizes that add up to 5\n\
         at 1"
    );
    let n = Size::symbol("N");
    assert_eq!(
        text(f32(shape![n]), |b, x| try_many!(b, chunk(x, 2))),
        "axis 0 of [N] has size N, known at run time only, so the number of parts that `chunk` gives is not known\n\
         help: name the parts: `split([N - 1, 1], axis = 0)`, or choose an axis whose size is known"
    );
    assert_eq!(
        text(f32(shape![4]), |b, x| try_many!(b, split(x, 0))),
        "`sizes` of `split` is a whole number known at compile time, at least 1, found 0\nat 1"
    );
    assert!(
        text(f32(shape![4]), |b, x| try_many!(b, split(x, [0, 4])))
            .starts_with("sizes of `split` are at least 1")
    );
    assert!(text(f32(shape![4]), |b, x| try_many!(b, unbind(x, 1))).starts_with("axis 1 is out of range"));
}
