//! Resampling.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let row = Case::new().input(shape![2, 2, 5]);
    let image = Case::new().input(shape![1, 2, 4, 5]);
    for mode in ["nearest", "nearest-exact", "area", "linear", "cubic"] {
        assert_eq!(row.check(|b, x| op!(b, interpolate(x[0], 8, mode = mode))).output.shape, [2, 2, 8]);
        let checked = image.check(|b, x| op!(b, interpolate(x[0], [7, 3], mode = mode)));
        assert_eq!(checked.output.shape, [1, 2, 7, 3]);
        let checked = image.check(|b, x| op!(b, interpolate(x[0], scale_factor = [1.7, 0.7], mode = mode)));
        assert_eq!(checked.output.shape, [1, 2, 6, 3]);
        row.check_twice(|b, x| {
            let larger = op!(b, interpolate(x[0], scale_factor = 2, mode = mode));
            op!(b, mul(larger, larger))
        });
    }
    for mode in ["bilinear", "bicubic"] {
        image.check(|b, x| op!(b, interpolate(x[0], [7, 3], mode = mode, align_corners = true)));
        image.check(|b, x| op!(b, interpolate(x[0], [2, 9], mode = mode, antialias = true)));
        image.check(|b, x| op!(b, interpolate(x[0], 1, mode = mode, align_corners = true)));
    }
    let volume = Case::new().input(shape![1, 1, 2, 3, 2]);
    let checked = volume.check(|b, x| op!(b, interpolate(x[0], scale_factor = 2.0, mode = "trilinear")));
    assert_eq!(checked.output.shape, [1, 1, 4, 6, 4]);
    let one = Case::new().input(shape![1, 1, 1]);
    assert_eq!(one.check(|b, x| op!(b, interpolate(x[0], 3, mode = "linear"))).output.shape, [1, 1, 3]);
}

#[test]
fn run_time_sizes() {
    let (n, h) = (Size::symbol("N"), Size::symbol("H"));
    let case = Case::new().size("N", 2).size("H", 5).input(shape![n, 1, h, 4]);
    let checked = case.check(|b, x| op!(b, interpolate(x[0], scale_factor = 2, mode = "bilinear")));
    assert_eq!(checked.output.shape, [2, 1, 10, 8]);
    let checked = case.check(|b, x| op!(b, interpolate(x[0], scale_factor = 0.5)));
    assert_eq!(checked.output.shape, [2, 1, 2, 2]);
    let checked = case.check(|b, x| op!(b, interpolate(x[0], vec![h.clone(), Size::literal(7)])));
    assert_eq!(checked.output.shape, [2, 1, 5, 7]);
}

/// The values of PyTorch 2.15. With a factor that does not give the size exactly, it matters which of them decides.
#[test]
fn values() {
    let case = Case::new().values(shape![1, 1, 4], &[1.0, 2.0, 4.0, 8.0]);
    let given = case.run(|b, x| op!(b, interpolate(x[0], scale_factor = 1.4, mode = "linear")));
    let recomputed = case.run(|b, x| {
        op!(b, interpolate(x[0], scale_factor = 1.4, mode = "linear", recompute_scale_factor = true))
    });
    for (checked, expected) in [
        (given, &[1.0, 1.5714285714285714, 2.5714285714285716, 4.0, 6.857142857142858][..]),
        (recomputed, &[1.0, 1.7000000000000002, 3.0, 5.200000000000001, 8.0]),
        (case.run(|b, x| op!(b, interpolate(x[0], 3, mode = "nearest-exact"))), &[1.0, 4.0, 8.0]),
        (case.run(|b, x| op!(b, interpolate(x[0], 3))), &[1.0, 2.0, 4.0]),
    ] {
        assert_eq!(checked.output.data.len(), expected.len());
        for (found, expected) in checked.output.data.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found}, expected {expected}");
        }
    }
}

#[test]
fn problems() {
    let x = || [f32(shape![1, 2, 4, 5])];
    let text = problem(x(), |b, [x]| try_op!(b, interpolate(x)));
    assert_eq!(
        text,
        "`interpolate` takes either `size` or `scale_factor`, found neither\n\
         help: write `interpolate(scale_factor = 2.0)`, or `interpolate(size = [32, 32])`"
    );
    let text = problem(x(), |b, [x]| try_op!(b, interpolate(x, 4, scale_factor = 2)));
    assert!(text.starts_with("`interpolate` takes either `size` or `scale_factor`, found both"));
    let text = problem(x(), |b, [x]| try_op!(b, interpolate(x, [1, 2, 3])));
    assert_eq!(
        text,
        "`size` of `interpolate` is a whole number, at least 1, or a list of 2, one for each spatial axis, \
         found [1, 2, 3]\nat 1"
    );
    let text = problem(x(), |b, [x]| try_op!(b, interpolate(x, scale_factor = 0)));
    assert_eq!(
        text,
        "`scale_factor` of `interpolate` is a number greater than 0, or a list of 2, one for each spatial axis, \
         found 0\nat 2"
    );
    let text = problem(x(), |b, [x]| try_op!(b, interpolate(x, scale_factor = 0.2)));
    assert_eq!(
        text,
        "the output would be empty: 4 times 0.2 is less than 1\nhelp: use a larger factor\nat 2"
    );
    let text = problem(x(), |b, [x]| try_op!(b, interpolate(x, 4, mode = "trilinear")));
    assert_eq!(
        text,
        "`mode = \"trilinear\"` is for 3 spatial axes, but the tensor has 2\n\
         help: write `mode = \"linear\"`, which suits any number of axes\n\
         at 3"
    );
    let text = problem(x(), |b, [x]| try_op!(b, interpolate(x, 4, align_corners = true)));
    assert_eq!(
        text,
        "`align_corners` concerns linear and cubic interpolation, but `mode` is \"nearest\"\n\
         help: leave `align_corners` out, or write `mode = \"linear\"`\n\
         at 4"
    );
    let text = problem(x(), |b, [x]| try_op!(b, interpolate(x, 4, recompute_scale_factor = true)));
    assert_eq!(
        text,
        "`recompute_scale_factor` goes with `scale_factor`, but `size` is given\n\
         help: leave it out: with `size`, factors follow from the sizes\n\
         at 5"
    );
    let types = [f32(shape![1, 2, Size::symbol("L")])];
    let text = problem(types, |b, [x]| try_op!(b, interpolate(x, scale_factor = 1.5)));
    assert_eq!(
        text,
        "a scale factor of 1.5 needs an image size known at compile time, found L\n\
         help: use a whole factor, give `size`, or declare the image with literal sizes\n\
         at 2"
    );
    let text = problem([f32(shape![2, 4])], |b, [x]| try_op!(b, interpolate(x, 4)));
    assert!(text.starts_with("`interpolate` takes at least 3 axes [N, channels, …] as `x`, found 2 [2, 4]"));
}
