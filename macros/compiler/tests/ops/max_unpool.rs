//! What max pooling lost put back in its place.

use crate::support::*;
use macrograd_compiler::graph::Size;
use macrograd_compiler::reference::Array;

#[test]
pub(crate) fn gradient() {
    let row = Case::new().labels(shape![1, 2, 3], &[0.0, 3.0, 4.0, 1.0, 2.0, 5.0]).input(shape![1, 2, 3]);
    assert_eq!(row.check(|b, x| op!(b, max_unpool1d(x[1], x[0], 2))).output.shape, [1, 2, 6]);
    row.check_twice(|b, x| {
        let squares = op!(b, mul(x[1], x[1]));
        op!(b, max_unpool1d(squares, x[0], 3, stride = 2, padding = 1, output_size = 6))
    });
    let image = Case::new().input(shape![2, 2, 4, 6]);
    image.check_twice(|b, x| {
        let pooled = many!(b, max_pool2d_with_indices(x[0], 2));
        let squares = op!(b, mul(pooled[0], pooled[0]));
        op!(b, max_unpool2d(squares, pooled[1], 2))
    });
    // Windows that do not overlap: of equal indices, each has the gradient, also those that do not win.
    let volume = Case::new().input(shape![1, 2, 3, 5, 6]);
    let checked = volume.check(|b, x| {
        let pooled = many!(b, max_pool3d_with_indices(x[0], [2, 1, 3], [2, 2, 3], padding = [1, 0, 0]));
        let (kernel, stride) = ([2, 1, 3], [2, 2, 3]);
        let [maxima, indices] = [pooled[0], pooled[1]];
        op!(b, max_unpool3d(maxima, indices, kernel, stride, padding = [1, 0, 0], output_size = [3, 0, 0]))
    });
    assert_eq!(checked.output.shape, [1, 2, 3, 5, 6]);
}

#[test]
fn values() {
    let case = Case::new()
        .labels(shape![1, 1, 3], &[1.0, 1.0, 4.0])
        .values(shape![1, 1, 3], &[1.0, 2.0, 3.0])
        .grad_output(Array { shape: vec![1, 1, 6], data: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] });
    let checked = case.run(|b, x| op!(b, max_unpool1d(x[1], x[0], 2)));
    // The last of equal indices wins, and each of them has the gradient, as in PyTorch.
    assert_eq!(checked.output.data, [0.0, 2.0, 0.0, 0.0, 3.0, 0.0]);
    assert_eq!(grad(&checked, 1), [2.0, 2.0, 5.0]);
}

#[test]
fn run_time_sizes() {
    let (n, w) = (Size::symbol("N"), Size::symbol("W"));
    let case = Case::new().size("N", 2).size("W", 6).input(shape![n, 1, 4, w]);
    let checked = case.check(|b, x| {
        let pooled = many!(b, max_pool2d_with_indices(x[0], 2));
        op!(b, max_unpool2d(pooled[0], pooled[1], 2))
    });
    assert_eq!(checked.output.shape, [2, 1, 4, 6]);
}

#[test]
fn problems() {
    let types = || [f32(shape![1, 2, 3]), u8(shape![1, 2, 3])];
    let text = problem(types(), |b, [x, i]| try_op!(b, max_unpool1d(x, i, 3, stride = 2, output_size = [5])));
    assert_eq!(
        text,
        "an axis of size 3 does not come from size 5: `max_unpool1d` with kernel size 3, stride 2 and padding 0 \
         gives 7, and `output_size` is less than one stride away\n\
         help: use 6 to 8\n\
         at 5"
    );
    let text = problem(types(), |b, [x, i]| try_op!(b, max_unpool1d(x, i, 1, 1, output_size = 4)));
    assert!(text.ends_with("help: use 3\nat 5"), "{text}");
    let text = problem(types(), |b, [x, i]| try_op!(b, max_unpool1d(x, i, 2, 1, padding = 3)));
    assert_eq!(
        text,
        "`max_unpool1d` of an axis of size 3 with kernel size 2, stride 1 and padding 3 leaves size -2\n\
         help: use the window of the pooling, or give `output_size`\n\
         at 4"
    );
    let text =
        problem([f32(shape![1, 2, 3]), u8(shape![1, 2, 4])], |b, [x, i]| try_op!(b, max_unpool1d(x, i, 2)));
    assert_eq!(
        text,
        "`max_unpool1d` of [1, 2, 3] takes `indices` of the same shape, found [1, 2, 4]\n\
         help: give each element the index that the pooling returned for it\n\
         at 1"
    );
    let text = problem(types(), |b, [x, _]| try_op!(b, max_unpool1d(x, x, 2)));
    assert!(text.starts_with("`indices` of `max_unpool1d` is a tensor of whole numbers, found"), "{text}");
    let text = problem(types(), |b, [x, i]| try_op!(b, max_unpool2d(x, i, 2)));
    assert!(
        text.starts_with(
            "`max_unpool2d` takes 4 axes [N, channels, height, width] as `x`, found 3 [1, 2, 3]"
        ),
        "{text}"
    );
}
