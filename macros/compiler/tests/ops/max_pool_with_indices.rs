//! Max pooling that also says where the maxima are.

use crate::support::*;
use macrograd_compiler::graph::{Builder, Size, Value};

/// The maxima, and a number that no gradient reaches: the sum of their indices.
fn with_indices(b: &mut Builder, results: Vec<Value>) -> Value {
    let [maxima, indices] = <[Value; 2]>::try_from(results).expect("maxima and indices");
    let indices = op!(b, to_f32(indices));
    op!(b, add(maxima, indices))
}

#[test]
pub(crate) fn gradient() {
    let row = Case::new().input(shape![2, 2, 7]);
    let checked = row.check(|b, x| {
        let results = many!(b, max_pool1d_with_indices(x[0], 3, 2, padding = 1));
        with_indices(b, results)
    });
    assert_eq!(checked.output.shape, [2, 2, 4]);
    let image = Case::new().input(shape![1, 2, 4, 5]);
    image.check(|b, x| many!(b, max_pool2d_with_indices(x[0], 2))[0]);
    image.check_twice(|b, x| {
        let squares = op!(b, mul(x[0], x[0]));
        let results = many!(
            b,
            max_pool2d_with_indices(squares, [2, 3], stride = [1, 2], padding = 1, ceil_mode = true)
        );
        with_indices(b, results)
    });
    let volume = Case::new().input(shape![1, 2, 3, 4, 5]);
    let checked = volume.check(|b, x| {
        let results = many!(b, max_pool3d_with_indices(x[0], [2, 1, 3], 1, dilation = [1, 2, 1]));
        with_indices(b, results)
    });
    assert_eq!(checked.output.shape, [1, 2, 2, 4, 3]);
}

#[test]
pub(crate) fn gradient_of_adaptive_ones() {
    let row = Case::new().input(shape![2, 2, 7]);
    row.check(|b, x| {
        let results = many!(b, adaptive_max_pool1d_with_indices(x[0], 3));
        with_indices(b, results)
    });
    let image = Case::new().input(shape![1, 2, 4, 5]);
    image.check_twice(|b, x| {
        let squares = op!(b, mul(x[0], x[0]));
        let results = many!(b, adaptive_max_pool2d_with_indices(squares, [2, 3]));
        with_indices(b, results)
    });
    let volume = Case::new().input(shape![1, 2, 3, 4, 5]);
    let checked = volume.check(|b, x| {
        let results = many!(b, adaptive_max_pool3d_with_indices(x[0], [2, 0, 7]));
        with_indices(b, results)
    });
    assert_eq!(checked.output.shape, [1, 2, 2, 4, 7]);
}

fn indices(shape: Vec<Size>, data: &[f64], build: impl Fn(&mut Builder, Value) -> Vec<Value>) -> Vec<f64> {
    Case::new().values(shape, data).run(|b, x| build(b, x[0])[1]).output.data
}

/// As in PyTorch.
#[test]
fn places() {
    let nan = f64::NAN;
    let image = [1.0, 3.0, 2.0, 3.0, nan, 0.0, nan, -1.0];
    let found = indices(shape![1, 1, 2, 4], &image, |b, x| many!(b, max_pool2d_with_indices(x, 2)));
    assert_eq!(found, [4.0, 6.0], "a NaN is the largest");
    let found = indices(shape![1, 1, 2, 4], &image, |b, x| {
        many!(b, max_pool2d_with_indices(x, [2, 3], 1, padding = 1))
    });
    assert_eq!(found, [1.0, 1.0, 1.0, 3.0, 4.0, 6.0, 6.0, 6.0, 4.0, 6.0, 6.0, 6.0], "the last of several");
    let found =
        indices(shape![1, 1, 2, 4], &image, |b, x| many!(b, adaptive_max_pool2d_with_indices(x, [1, 3])));
    assert_eq!(found, [4.0, 6.0, 6.0]);
    let ties = [1.0, 1.0, 0.0, 2.0, 1.0, 1.0, 2.0, 2.0];
    let found = indices(shape![1, 1, 2, 4], &ties, |b, x| many!(b, max_pool2d_with_indices(x, 2)));
    assert_eq!(found, [0.0, 3.0], "the first of equal ones");
    let found = indices(shape![1, 1, 4], &[f64::NEG_INFINITY; 4], |b, x| {
        many!(b, max_pool1d_with_indices(x, 3, 2, padding = 1))
    });
    assert_eq!(found, [0.0, 1.0], "padding is no place");
    let signs = [1.0, -1.0, 1.0, -1.0];
    let volume: Vec<f64> = (0..24).map(|place| place as f64 * signs[place % 4]).collect();
    let found = indices(shape![1, 1, 2, 3, 4], &volume, |b, x| many!(b, max_pool3d_with_indices(x, 2)));
    assert_eq!(found, [16.0, 18.0]);
    let found = indices(shape![1, 1, 2, 3, 4], &volume, |b, x| {
        many!(b, adaptive_max_pool3d_with_indices(x, [2, 2, 3]))
    });
    assert_eq!(found, [4.0, 6.0, 6.0, 8.0, 10.0, 10.0, 16.0, 18.0, 18.0, 20.0, 22.0, 22.0]);
    // All taps of the window lie in the padding.
    let found = indices(shape![1, 1, 2], &[1.0, 2.0], |b, x| {
        many!(b, max_pool1d_with_indices(x, 2, 1, padding = 1, dilation = 3))
    });
    assert_eq!(found, [f64::from(u32::MAX)]);
}

#[test]
fn run_time_sizes() {
    let (n, h) = (Size::symbol("N"), Size::symbol("H"));
    for height in [4, 5] {
        let case = Case::new().size("N", 2).size("H", height).input(shape![n, 2, h, 5]);
        let pooled = case.check(|b, x| {
            let results = many!(b, max_pool2d_with_indices(x[0], 2));
            with_indices(b, results)
        });
        assert_eq!(pooled.output.shape, [2, 2, 2, 2]);
        let kept = case.check(|b, x| {
            let results = many!(b, adaptive_max_pool2d_with_indices(x[0], [0, 2]));
            with_indices(b, results)
        });
        assert_eq!(kept.output.shape, [2, 2, height as usize, 2]);
    }
}

#[test]
fn problems() {
    let text = problem([f32(shape![1, 2, 4, 5])], |b, [x]| {
        try_many!(b, max_pool2d_with_indices(x, 3, padding = 2)).map(|values| values[0])
    });
    assert!(text.starts_with("padding 2 is more than half of the kernel size 3"), "{text}");
    let types = [f32(shape![1, 2, Size::symbol("L")])];
    let text =
        problem(types, |b, [x]| try_many!(b, adaptive_max_pool1d_with_indices(x, 2)).map(|values| values[0]));
    assert!(
        text.starts_with(
            "`adaptive_max_pool1d_with_indices` needs image sizes known at compile time, found [1, 2, L]"
        ),
        "{text}"
    );
}
