//! Adaptive pooling.

use crate::support::*;
use macrograd_compiler::graph::Size;
use macrograd_compiler::reference::Array;

#[test]
pub(crate) fn gradient_of_averages() {
    let row = Case::new().input(shape![2, 2, 7]);
    assert_eq!(row.check(|b, x| op!(b, adaptive_avg_pool1d(x[0], 3))).output.shape, [2, 2, 3]);
    assert_eq!(row.check(|b, x| op!(b, adaptive_avg_pool1d(x[0], 9))).output.shape, [2, 2, 9]);
    assert_eq!(row.check(|b, x| op!(b, adaptive_avg_pool1d(x[0], 1))).output.shape, [2, 2, 1]);
    let image = Case::new().input(shape![1, 2, 4, 5]);
    assert_eq!(image.check(|b, x| op!(b, adaptive_avg_pool2d(x[0], [2, 3]))).output.shape, [1, 2, 2, 3]);
    assert_eq!(image.check(|b, x| op!(b, adaptive_avg_pool2d(x[0], [2, 0]))).output.shape, [1, 2, 2, 5]);
    image.check_twice(|b, x| {
        let squares = op!(b, mul(x[0], x[0]));
        op!(b, adaptive_avg_pool2d(squares, 3))
    });
    let volume = Case::new().input(shape![1, 2, 3, 4, 5]);
    let checked = volume.check(|b, x| op!(b, adaptive_avg_pool3d(x[0], [2, 2, 4])));
    assert_eq!(checked.output.shape, [1, 2, 2, 2, 4]);
    assert_eq!(
        volume.check(|b, x| op!(b, adaptive_avg_pool3d(x[0], [3, 2, 5]))).output.shape,
        [1, 2, 3, 2, 5]
    );
    // Sizes known at run time.
    let (n, h) = (Size::symbol("N"), Size::symbol("H"));
    let case = Case::new().size("N", 2).size("H", 5).input(shape![n, 1, h, 4]);
    assert_eq!(case.check(|b, x| op!(b, adaptive_avg_pool2d(x[0], [2, 2]))).output.shape, [2, 1, 2, 2]);
}

#[test]
pub(crate) fn gradient_of_maxima() {
    let row = Case::new().input(shape![2, 2, 7]);
    assert_eq!(row.check(|b, x| op!(b, adaptive_max_pool1d(x[0], 3))).output.shape, [2, 2, 3]);
    assert_eq!(row.check(|b, x| op!(b, adaptive_max_pool1d(x[0], 9))).output.shape, [2, 2, 9]);
    let image = Case::new().input(shape![1, 2, 4, 5]);
    assert_eq!(image.check(|b, x| op!(b, adaptive_max_pool2d(x[0], [2, 3]))).output.shape, [1, 2, 2, 3]);
    assert_eq!(image.check(|b, x| op!(b, adaptive_max_pool2d(x[0], 1))).output.shape, [1, 2, 1, 1]);
    image.check_twice(|b, x| {
        let squares = op!(b, mul(x[0], x[0]));
        op!(b, adaptive_max_pool2d(squares, 3))
    });
    let volume = Case::new().input(shape![1, 2, 3, 4, 5]);
    let checked = volume.check(|b, x| op!(b, adaptive_max_pool3d(x[0], [2, 0, 4])));
    assert_eq!(checked.output.shape, [1, 2, 2, 4, 4]);
    // A kept axis may be known at run time.
    let h = Size::symbol("H");
    let case = Case::new().size("H", 5).input(shape![1, 1, h, 4]);
    assert_eq!(case.check(|b, x| op!(b, adaptive_max_pool2d(x[0], [0, 3]))).output.shape, [1, 1, 5, 3]);
}

#[test]
fn values() {
    let case = Case::new().values(shape![1, 1, 5], &[1.0, 5.0, 2.0, 5.0, 3.0]);
    let means = case.run(|b, x| op!(b, adaptive_avg_pool1d(x[0], 2)));
    let expected = Array { shape: vec![1, 1, 2], data: vec![8.0 / 3.0, 10.0 / 3.0] };
    assert_close(&means.output, &expected, 1e-15, "means");
    let maxima = case.run(|b, x| op!(b, adaptive_max_pool1d(x[0], 2)));
    assert_eq!(maxima.output.data, [5.0, 5.0]);
    let dy = &maxima.grad_output.data;
    assert_eq!(grad(&maxima, 0), [0.0, dy[0], 0.0, dy[1], 0.0]);
    // A last place that is repeated to the length of the longest part does not take the gradient twice.
    let case = Case::new().values(shape![1, 1, 5], &[1.0, 2.0, 9.0, 4.0, 5.0]);
    let maxima = case.run(|b, x| op!(b, adaptive_max_pool1d(x[0], 3)));
    assert_eq!(maxima.output.data, [2.0, 9.0, 5.0]);
    let dy = &maxima.grad_output.data;
    assert_eq!(grad(&maxima, 0), [0.0, dy[0], dy[1], 0.0, dy[2]]);
}

#[test]
fn problems() {
    let text = problem([f32(shape![1, 2, 5])], |b, [x]| try_op!(b, adaptive_avg_pool2d(x, 2)));
    assert!(
        text.starts_with("`adaptive_avg_pool2d` takes 4 axes [N, channels, height, width] as `x`, found 3")
    );
    let types = [f32(shape![1, 2, Size::symbol("L")])];
    let text = problem(types, |b, [x]| try_op!(b, adaptive_max_pool1d(x, 2)));
    assert_eq!(
        text,
        "`adaptive_max_pool1d` needs image sizes known at compile time, found [1, 2, L]\n\
         help: declare the image with literal sizes, or take the maximum over all places with `max`"
    );
    let text = problem([f32(shape![1, 2, 5])], |b, [x]| try_op!(b, adaptive_avg_pool1d(x, 1.5)));
    assert_eq!(
        text,
        "`output_size` of `adaptive_avg_pool1d` is a whole number known at compile time, at least 0, found 1.5\nat 1"
    );
}
