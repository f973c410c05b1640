//! Coordinates of a grid.

use crate::split::weighted;
use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    let case = Case::new().size("N", 3).input(shape![n]).input(shape![2]).input(shape![4]);
    for indexing in ["ij", "xy"] {
        case.check_twice(|b, x| {
            let grid = many!(b, meshgrid([x[0], x[1], x[2]], indexing = indexing));
            let all = weighted(b, grid);
            op!(b, mul(all, all))
        });
    }
    let case = Case::new().values(shape![2], &[1.0, 2.0]).values(shape![3], &[3.0, 4.0, 5.0]);
    let first = |indexing: &str| {
        let checked = case.run(|b, x| many!(b, meshgrid([x[0], x[1]], indexing))[0]);
        (checked.output.data, checked.output.shape)
    };
    assert_eq!(first("ij"), (vec![1.0, 1.0, 1.0, 2.0, 2.0, 2.0], vec![2, 3]));
    assert_eq!(first("xy"), (vec![1.0, 2.0, 1.0, 2.0, 1.0, 2.0], vec![3, 2]));
}

#[test]
fn problems() {
    let text = problem([f32(shape![3, 1])], |b, [x]| try_many!(b, meshgrid([x])).map(|grid| grid[0]));
    assert_eq!(text, "`meshgrid` takes vectors, found [3, 1]\nhelp: flatten it with `flatten()`\nat 0");
    let text = problem([f32(shape![3])], |b, [x]| try_many!(b, meshgrid([x], "yx")).map(|grid| grid[0]));
    assert!(text.starts_with("`indexing` of `meshgrid` is one of \"ij\", \"xy\", found \"yx\""), "{text}");
}
